package resources

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// A commit's words are message, author, committer, trailers and push options. They describe the
// next commit, so that a change of them alone must never show in a plan. Terraform takes a planned
// value in place of the configured value when it is that of the state and neither is null. Hence
// state never holds null, but the words that the last commit was made with:
//
//	configuration ─┬─ known: planned ────────────────────────────┐
//	               └─ left out ─┬─ the provider block's: planned ┼─► commit ─► state
//	                            └─ else: unknown in the plan ────┘
//
// The message is the exception: state has it as it was configured, and an empty message for none.

// words are message, author and options of a nanogit_commit itself; the provider has the rest.
type words struct {
	Message     string             `json:"message"`
	Author      gitwriter.Identity `json:"author"`
	Committer   gitwriter.Identity `json:"committer"`
	Trailers    map[string]string  `json:"trailers"`     // nil: the provider's
	PushOptions []string           `json:"push_options"` // nil: the provider's
}

// words are those of a configuration, all of which is known.
func (m *commitModel) words(ctx context.Context) words {
	w := words{Message: m.Message.ValueString(), Author: person(m.Author), Committer: person(m.Committer)}
	// The elements are strings: this cannot go wrong.
	m.Trailers.ElementsAs(ctx, &w.Trailers, false)
	m.PushOptions.ElementsAs(ctx, &w.PushOptions, false)
	return w
}

func person(o types.Object) gitwriter.Identity {
	text := func(name string) string {
		s, _ := o.Attributes()[name].(types.String)
		return s.ValueString()
	}
	return gitwriter.Identity{Name: text("name"), Email: text("email")}
}

// meta are message, author and options of a commit with these words.
func (w words) meta(defaults gitwriter.Meta) gitwriter.Meta {
	meta := defaults
	if strings.TrimSpace(w.Message) != "" {
		meta.Message, meta.OnlyMessage = w.Message, true
	}
	either := func(own, other gitwriter.Identity) gitwriter.Identity {
		return gitwriter.Identity{Name: cmp.Or(own.Name, other.Name), Email: cmp.Or(own.Email, other.Email)}
	}
	meta.Author, meta.Committer = either(w.Author, meta.Author), either(w.Committer, meta.Committer)
	if w.Trailers != nil {
		meta.Trailers = nil
		for _, key := range slices.Sorted(maps.Keys(w.Trailers)) {
			meta.Trailers = append(meta.Trailers, gitwriter.Trailer{Key: key, Value: w.Trailers[key]})
		}
	}
	if w.PushOptions != nil {
		meta.PushOptions = w.PushOptions
	}
	return meta
}

// wordsKey is where private state keeps a commit's own words. Its destruction makes a commit
// without a configuration, and state does not tell them from the provider's, which may be others by
// then.
const wordsKey = "words"

func (w words) encode() []byte {
	b, err := json.Marshal(w)
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// ownWords are the words that encode kept in private state. Where there are none, they are those of
// state: before it had the provider's words, an empty message stood for them.
func (m *commitModel) ownWords(ctx context.Context, private []byte) (w words) {
	if len(private) > 0 && json.Unmarshal(private, &w) == nil {
		return w
	}
	w = m.words(ctx)
	if len(w.Trailers) == 0 {
		w.Trailers = nil
	}
	if len(w.PushOptions) == 0 {
		w.PushOptions = nil
	}
	return w
}

// planWords plans the words of a commit that is to be made.
func (m *commitModel) planWords(config *commitModel, s *session.Session) {
	var defaults gitwriter.Meta
	var stated session.Stated
	if s != nil {
		defaults, stated = s.Meta, s.Stated
	}
	m.Message, m.Trailers, m.PushOptions = config.Message, config.Trailers, config.PushOptions
	if m.Message.IsNull() {
		m.Message = types.StringValue("")
	}
	m.Author = plannedPerson(config.Author, defaults.Author, stated.Author)
	m.Committer = plannedPerson(config.Committer, defaults.Committer, stated.Committer)
	if m.Trailers.IsNull() {
		m.Trailers = types.MapUnknown(types.StringType)
		if stated.Trailers {
			m.Trailers = trailersValue(defaults.Trailers)
		}
	}
	if m.PushOptions.IsNull() {
		m.PushOptions = types.ListUnknown(types.StringType)
		if stated.PushOptions {
			m.PushOptions = linesValue(defaults.PushOptions)
		}
	}
}

func plannedPerson(config types.Object, theirs gitwriter.Identity, stated session.StatedIdentity) types.Object {
	if config.IsUnknown() {
		return config
	}
	plan := func(name, theirs string, stated bool) attr.Value {
		switch own := config.Attributes()[name]; {
		case own != nil && !own.IsNull():
			return own
		case stated:
			return types.StringValue(theirs)
		}
		return types.StringUnknown()
	}
	return types.ObjectValueMust(personTypes, map[string]attr.Value{
		"name": plan("name", theirs.Name, stated.Name), "email": plan("email", theirs.Email, stated.Email),
	})
}

// setWords completes the words with those of the commit that was made.
func (m *commitModel) setWords(made gitwriter.Meta) {
	m.settleWords(&commitModel{
		Author: personValue(made.Author), Committer: personValue(made.Committer),
		Trailers: trailersValue(made.Trailers), PushOptions: linesValue(made.PushOptions),
	})
}

// settleWords gives the words that are not known those of another model.
func (m *commitModel) settleWords(from *commitModel) {
	if m.Message.IsUnknown() {
		m.Message = from.Message
	}
	m.Author, m.Committer = settledPerson(m.Author, from.Author), settledPerson(m.Committer, from.Committer)
	if m.Trailers.IsUnknown() {
		m.Trailers = from.Trailers
	}
	if m.PushOptions.IsUnknown() {
		m.PushOptions = from.PushOptions
	}
}

func settledPerson(planned, from types.Object) types.Object {
	if planned.IsUnknown() {
		return from
	}
	values := map[string]attr.Value{"name": types.StringValue(""), "email": types.StringValue("")}
	maps.Copy(values, from.Attributes())
	for name, v := range planned.Attributes() {
		if !v.IsUnknown() {
			values[name] = v
		}
	}
	return types.ObjectValueMust(personTypes, values)
}

func personValue(who gitwriter.Identity) types.Object {
	return types.ObjectValueMust(personTypes, map[string]attr.Value{"name": types.StringValue(who.Name), "email": types.StringValue(who.Email)})
}

func trailersValue(trailers []gitwriter.Trailer) types.Map {
	values := make(map[string]attr.Value, len(trailers))
	for _, t := range trailers {
		values[t.Key] = types.StringValue(t.Value)
	}
	return types.MapValueMust(types.StringType, values)
}

func linesValue(lines []string) types.List {
	values := make([]attr.Value, len(lines))
	for i, line := range lines {
		values[i] = types.StringValue(line)
	}
	return types.ListValueMust(types.StringType, values)
}

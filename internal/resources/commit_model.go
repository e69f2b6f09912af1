package resources

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// commitModel is a nanogit_commit in configuration, plan and state.
type commitModel struct {
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
	Files      types.Map    `tfsdk:"files"`

	Message     types.String `tfsdk:"message"`
	Author      types.Object `tfsdk:"author"`
	Committer   types.Object `tfsdk:"committer"`
	Trailers    types.Map    `tfsdk:"trailers"`
	PushOptions types.List   `tfsdk:"push_options"`

	AllowEmpty types.Bool   `tfsdk:"allow_empty"`
	OnDestroy  types.String `tfsdk:"on_destroy"`

	CommitID       types.String `tfsdk:"commit_id"`
	ParentID       types.String `tfsdk:"parent_id"`
	TreeID         types.String `tfsdk:"tree_id"`
	ChangedFiles   types.Map    `tfsdk:"changed_files"`
	Additions      types.Int64  `tfsdk:"additions"`
	Deletions      types.Int64  `tfsdk:"deletions"`
	RemoteMessages types.List   `tfsdk:"remote_messages"`
}

var personTypes = map[string]attr.Type{"name": types.StringType, "email": types.StringType}

func (m *commitModel) place() place {
	return place{repository: m.Repository.ValueString(), branch: m.Branch.ValueString()}
}

func (m *commitModel) whereabouts() whereabouts { return whereabouts{m.Repository, m.Branch} }

// named is the files as blob ids by path; ok is false while one of them is not known.
func (m *commitModel) named() (files map[string]gitobj.ID, ok bool) {
	files = make(map[string]gitobj.ID, len(m.Files.Elements()))
	if m.Files.IsUnknown() {
		return files, false
	}
	for path, v := range m.Files.Elements() {
		s, isString := v.(types.String)
		if !isString || !known(s) {
			return files, false
		}
		files[path] = idOf(s)
	}
	return files, true
}

// setNamed is the way back.
func (m *commitModel) setNamed(files map[string]gitobj.ID) {
	elements := make(map[string]attr.Value, len(files))
	for path, id := range files {
		elements[path] = types.StringValue(id.String())
	}
	m.Files = types.MapValueMust(types.StringType, elements)
}

// setChanged sets what the commit changes, and the numbers that follow from it. nil: not known yet.
func (m *commitModel) setChanged(changed map[string]string) {
	if changed == nil {
		m.ChangedFiles, m.Additions, m.Deletions = types.MapUnknown(types.StringType), types.Int64Unknown(), types.Int64Unknown()
		return
	}
	var added, deleted int64
	elements := make(map[string]attr.Value, len(changed))
	for path, how := range changed {
		elements[path] = types.StringValue(how)
		switch how {
		case gitwriter.Added:
			added++
		case gitwriter.Deleted:
			deleted++
		}
	}
	m.ChangedFiles = types.MapValueMust(types.StringType, elements)
	m.Additions, m.Deletions = types.Int64Value(added), types.Int64Value(deleted)
}

// setMade sets what the commit is; not known yet when made is nil. Without a commit, what prior says stays.
func (m *commitModel) setMade(made *gitwriter.Result, prior *commitModel) {
	switch {
	case made == nil:
		m.CommitID, m.ParentID, m.TreeID = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
		m.RemoteMessages = types.ListUnknown(types.StringType)
	case !made.Commit.IsZero():
		m.CommitID, m.ParentID, m.TreeID = idValue(made.Commit), idValue(made.Parent), idValue(made.Tree)
		lines := make([]attr.Value, len(made.Messages))
		for i, line := range made.Messages {
			lines[i] = types.StringValue(line)
		}
		m.RemoteMessages = types.ListValueMust(types.StringType, lines)
	case prior != nil:
		m.CommitID, m.ParentID, m.TreeID, m.RemoteMessages = prior.CommitID, prior.ParentID, prior.TreeID, prior.RemoteMessages
	default:
		m.CommitID, m.ParentID, m.TreeID = types.StringNull(), types.StringNull(), types.StringNull()
		m.RemoteMessages = types.ListValueMust(types.StringType, nil)
	}
}

func idValue(id gitobj.ID) types.String {
	if id.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(id.String())
}

// settle takes every computed value from prior, for an update that commits nothing.
func (m *commitModel) settle(prior *commitModel) {
	m.setMade(new(gitwriter.Result), prior)
	m.ChangedFiles, m.Additions, m.Deletions = prior.ChangedFiles, prior.Additions, prior.Deletions
	m.Message, m.Author, m.Committer, m.Trailers, m.PushOptions = prior.Message, prior.Author, prior.Committer, prior.Trailers, prior.PushOptions
}

// setWords plans the words of a commit that is to be made. What is left out is empty: state never holds null, because
// Terraform takes a prior value in place of a configured one as long as neither is null.
func (m *commitModel) setWords(config *commitModel) {
	m.Message, m.Trailers, m.PushOptions = config.Message, config.Trailers, config.PushOptions
	if m.Message.IsNull() {
		m.Message = types.StringValue("")
	}
	if m.Trailers.IsNull() {
		m.Trailers = types.MapValueMust(types.StringType, map[string]attr.Value{})
	}
	if m.PushOptions.IsNull() {
		m.PushOptions = types.ListValueMust(types.StringType, []attr.Value{})
	}
	m.Author, m.Committer = personOrEmpty(config.Author), personOrEmpty(config.Committer)
}

func personOrEmpty(o types.Object) types.Object {
	if o.IsUnknown() {
		return o
	}
	values := map[string]attr.Value{"name": types.StringValue(""), "email": types.StringValue("")}
	for name, v := range o.Attributes() {
		if !v.IsNull() {
			values[name] = v
		}
	}
	return types.ObjectValueMust(personTypes, values)
}

// meta is what the commit says: the model's words, and the provider's where there are none.
func (m *commitModel) meta(ctx context.Context, defaults gitwriter.Meta) gitwriter.Meta {
	meta := defaults
	if s := m.Message.ValueString(); s != "" {
		meta.Message, meta.OnlyMessage = s, true
	}
	meta.Author = person(m.Author, meta.Author)
	meta.Committer = person(m.Committer, meta.Committer)
	trailers := make(map[string]string)
	// The element type is string: this cannot go wrong.
	m.Trailers.ElementsAs(ctx, &trailers, false)
	if len(trailers) > 0 {
		meta.Trailers = nil
		for _, key := range slices.Sorted(maps.Keys(trailers)) {
			meta.Trailers = append(meta.Trailers, gitwriter.Trailer{Key: key, Value: trailers[key]})
		}
	}
	if !m.PushOptions.IsNull() {
		meta.PushOptions = []string{}
		m.PushOptions.ElementsAs(ctx, &meta.PushOptions, false)
	}
	meta.AllowEmpty = m.AllowEmpty.ValueBool()
	return meta
}

func person(o types.Object, fallback gitwriter.Identity) gitwriter.Identity {
	text := func(name, fallback string) string {
		if s, ok := o.Attributes()[name].(types.String); ok && s.ValueString() != "" {
			return s.ValueString()
		}
		return fallback
	}
	return gitwriter.Identity{Name: text("name", fallback.Name), Email: text("email", fallback.Email)}
}

// owedKey is where private state keeps the removals that were asked for and not made, as a list of paths.
const owedKey = "owed_removals"

func encodeOwed(paths []string) []byte {
	if paths == nil {
		paths = []string{}
	}
	b, err := json.Marshal(paths)
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// decodeOwed reads what encodeOwed made; nothing for anything else.
func decodeOwed(b []byte) []string {
	var paths []string
	if json.Unmarshal(b, &paths) != nil {
		return nil
	}
	return paths
}

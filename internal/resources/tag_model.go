package resources

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// tagModel is a nanogit_tag in configuration, plan and state.
type tagModel struct {
	ID         types.String `tfsdk:"id"`
	Repository types.String `tfsdk:"repository"`
	Name       types.String `tfsdk:"name"`
	Target     types.String `tfsdk:"target"`
	Message    types.String `tfsdk:"message"`
	Tagger     types.Object `tfsdk:"tagger"`
	Signed     types.Bool   `tfsdk:"signed"`
	Movable    types.Bool   `tfsdk:"movable"`
	OnDestroy  types.String `tfsdk:"on_destroy"`
	ObjectID   types.String `tfsdk:"object_id"`
	CommitID   types.String `tfsdk:"commit_id"`
}

// tagIdentity names a tag among all tags of all repositories.
type tagIdentity struct {
	Repository types.String `tfsdk:"repository"`
	Tag        types.String `tfsdk:"tag"`
}

func (m *tagModel) identity() tagIdentity { return tagIdentity{m.Repository, m.Name} }

func (m *tagModel) ref() string { return tagsPrefix + m.Name.ValueString() }

func (m *tagModel) subject(verb string) refSubject {
	return refSubject{verb: verb, repository: m.Repository.ValueString(), ref: m.ref()}
}

// text is the message as it is compared: Git ends each message with a newline.
func (m *tagModel) text() string { return strings.TrimRight(m.Message.ValueString(), "\n") }

// annotated reports whether the tag has an object of its own.
func (m *tagModel) annotated() bool { return !m.Message.IsNull() }

// differs are the attributes of the tag's object that are other than in a state.
func (m *tagModel) differs(prior *tagModel) (at []pathOf) {
	if m.Message.IsUnknown() || m.text() != prior.text() || m.annotated() != prior.annotated() {
		at = append(at, atMessage)
	}
	if !m.Tagger.Equal(prior.Tagger) {
		at = append(at, atTagger)
	}
	if !m.Signed.Equal(prior.Signed) {
		at = append(at, atSigned)
	}
	return at
}

// person is the tagger.
func (m *tagModel) person() gitwriter.Identity {
	name, _ := m.Tagger.Attributes()["name"].(types.String)
	email, _ := m.Tagger.Attributes()["email"].(types.String)
	return gitwriter.Identity{Name: name.ValueString(), Email: email.ValueString()}
}

func (m *tagModel) setPerson(who gitwriter.Identity) {
	m.Tagger = types.ObjectValueMust(personTypes, map[string]attr.Value{"name": types.StringValue(who.Name), "email": types.StringValue(who.Email)})
}

// setObject takes over the tag as the repository has it. The commit is zero if it leads to none.
func (m *tagModel) setObject(object, commit gitobj.ID) {
	m.ObjectID, m.CommitID = types.StringValue(object.String()), idValue(commit)
}

// describe takes message, tagger and signature from the object of a tag that is imported.
func (m *tagModel) describe(ctx context.Context, repo *gitqueue.Repo, object gitobj.ID) error {
	m.Message, m.Tagger, m.Signed = types.StringNull(), types.ObjectNull(personTypes), types.BoolValue(false)
	tag, err := readTag(ctx, repo, object)
	if err != nil || tag == nil {
		return err
	}
	text, signature := gitobj.SplitSignature(tag.Message)
	m.Message, m.Signed = types.StringValue(strings.TrimRight(text, "\n")), types.BoolValue(signature != "")
	m.setPerson(gitwriter.Identity{Name: tag.Tagger.Name, Email: tag.Tagger.Email})
	return nil
}

// readTag reads an annotated tag; nil if the object is none.
func readTag(ctx context.Context, repo *gitqueue.Repo, id gitobj.ID) (*gitobj.Tag, error) {
	ob, err := repo.Object(ctx, id)
	if err != nil || ob.Kind != gitobj.KindTag {
		return nil, err
	}
	return gitobj.ParseTag(id.Format(), ob.Data)
}

// isAt reports whether an object is the tag that the model wants at a commit, so that it can be
// adopted. Time and tagger may be others.
func (m *tagModel) isAt(ctx context.Context, repo *gitqueue.Repo, object, commit gitobj.ID) (bool, error) {
	if !m.annotated() {
		return object == commit, nil
	}
	tag, err := readTag(ctx, repo, object)
	if err != nil || tag == nil {
		return false, err
	}
	text, signature := gitobj.SplitSignature(tag.Message)
	return tag.Object == commit && strings.TrimRight(text, "\n") == m.text() && (signature != "") == m.Signed.ValueBool(), nil
}

// madeTag is the tag that the resource made or imported, in private state: another tag in its place
// is drift.
type madeTag struct {
	Object string `json:"object"`
	Commit string `json:"commit"`
}

const madeTagKey = "tag"

func (m *tagModel) made() []byte {
	b, err := json.Marshal(madeTag{m.ObjectID.ValueString(), m.CommitID.ValueString()})
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// decodeMade reads the result of made. Without it, the tag in state is the tag that was made.
func decodeMade(b []byte, state *tagModel) (made madeTag) {
	if json.Unmarshal(b, &made) != nil || made.Object == "" {
		return madeTag{state.ObjectID.ValueString(), state.CommitID.ValueString()}
	}
	return made
}

// unmovableError: a tag that is not movable would move.
type unmovableError struct {
	name      string
	at        string // attribute that changes; "" for a tag that somebody else moved
	from, now string // commits or objects; "" while it is not known
}

func (e *unmovableError) Error() string {
	if e.at == "" {
		return fmt.Sprintf("somebody else moved tag %q from %s to %s, and an apply does not move it back unless movable = true. "+
			"To accept it where it is, let Terraform forget the tag (terraform state rm 'ADDRESS') and import it", e.name, e.from, e.now)
	}
	move := fmt.Sprintf("another %s makes another tag of the same name", e.at)
	if e.now != "" && e.from != e.now {
		move = fmt.Sprintf("it would move from %s to %s", e.from, e.now)
	}
	return fmt.Sprintf("tag %q is to stay as it is: %s. Everybody who fetched the tag keeps the old one, as git fetch does not replace it, "+
		"and builds of a release could no longer be told apart. Make a tag of another name, or set movable = true", e.name, move)
}

package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// fileModel is a nanogit_file in configuration, plan and state.
type fileModel struct {
	ID         types.String `tfsdk:"id"`
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
	Path       types.String `tfsdk:"path"`

	Content          types.String `tfsdk:"content"`
	ContentBase64    types.String `tfsdk:"content_base64"`
	SensitiveContent types.String `tfsdk:"sensitive_content"`
	Source           types.String `tfsdk:"source"`
	ContentWO        types.String `tfsdk:"content_wo"`
	ContentWOVersion types.Int64  `tfsdk:"content_wo_version"`

	Mode              types.String `tfsdk:"mode"`
	LineEndings       types.String `tfsdk:"line_endings"`
	OverwriteOnCreate types.Bool   `tfsdk:"overwrite_on_create"`
	AllowLFSOverwrite types.Bool   `tfsdk:"allow_lfs_overwrite"`
	SeedOnly          types.Bool   `tfsdk:"seed_only"`
	OnDestroy         types.String `tfsdk:"on_destroy"`
	CommitMode        types.String `tfsdk:"commit_mode"`
	CommitMessage     types.String `tfsdk:"commit_message"`

	BlobID   types.String `tfsdk:"blob_id"`
	Size     types.Int64  `tfsdk:"size"`
	CommitID types.String `tfsdk:"commit_id"`
}

// fileIdentity names a file among all files of all repositories.
type fileIdentity struct {
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
	Path       types.String `tfsdk:"path"`
}

// The attributes, as diagnostics name them.
var (
	atRepository = path.Root("repository")
	atBranch     = path.Root("branch")
	atPath       = path.Root("path")

	atContent          = path.Root("content")
	atContentBase64    = path.Root("content_base64")
	atSensitiveContent = path.Root("sensitive_content")
	atSource           = path.Root("source")
	atContentWO        = path.Root("content_wo")
	atContentWOVersion = path.Root("content_wo_version")
)

func (m *fileModel) location() session.Location {
	return m.branchAttributes().at(m.Path.ValueString())
}

func (m *fileModel) branchAttributes() branchAttributes {
	return branchAttributes{m.Repository, m.Branch}
}

func (m *fileModel) setBranchAttributes(at branchAttributes) {
	m.Repository, m.Branch = at.repository, at.branch
}

func (m *fileModel) subject(verb string) subject { return subject{verb: verb, location: m.location()} }

func (m *fileModel) identity() fileIdentity {
	return fileIdentity{m.Repository, m.Branch, m.Path}
}

// mode is the mode of the tree entry; 0 while it is unknown.
func (m *fileModel) mode() gitobj.Mode {
	mode, err := gitobj.ParseMode(m.Mode.ValueString())
	if err != nil {
		return 0
	}
	return mode
}

// blob is the id in state; the zero ID when there is none.
func (m *fileModel) blob() gitobj.ID { return idOf(m.BlobID) }

// blobs is the blob id by the path. Without a model there is none.
func (m *fileModel) blobs() map[string]gitobj.ID {
	if m == nil || m.blob().IsZero() {
		return nil
	}
	return map[string]gitobj.ID{m.Path.ValueString(): m.blob()}
}

func idOf(v types.String) gitobj.ID {
	id, err := gitobj.ParseID(v.ValueString())
	if err != nil {
		return gitobj.ID{}
	}
	return id
}

// endings is how line endings are normalised. A symbolic link's target has none.
func (m *fileModel) endings() filecontent.LineEndings {
	if m.mode().IsSymlink() || m.LineEndings.IsNull() {
		return filecontent.AsIs
	}
	return filecontent.LineEndings(m.LineEndings.ValueString())
}

// content finds the content of the planned file m. It is taken from the plan, where Terraform has
// applied ignore_changes; at apply the configuration knows nothing of that. Only a write-only
// content is nowhere but in the configuration. ok is false while the content is not known yet, and
// when state has none and ignore_changes keeps it so.
func (m *fileModel) content(ctx context.Context, writeOnly types.String, maxSize int64) (c content, ok bool, err error) {
	if !known(m.Mode) || m.LineEndings.IsUnknown() {
		return c, false, nil
	}
	return givenContent{m.Content, m.ContentBase64, m.SensitiveContent, m.Source, writeOnly}.
		content(ctx, path.Empty(), m.mode(), m.endings(), maxSize)
}

// keepsContent reports whether the plan m leaves the content as state has it, so that the file
// keeps its blob. State never has a content that is not the blob's own (see Read). A source is read
// anew: its content is not in state.
func (m *fileModel) keepsContent(prior *fileModel) bool {
	return prior != nil && !prior.SeedOnly.ValueBool() && known(prior.BlobID) && m.Source.IsNull() &&
		m.Content.Equal(prior.Content) && m.ContentBase64.Equal(prior.ContentBase64) && m.SensitiveContent.Equal(prior.SensitiveContent) &&
		m.ContentWOVersion.Equal(prior.ContentWOVersion) && m.LineEndings.Equal(prior.LineEndings) && m.mode().IsSymlink() == prior.mode().IsSymlink()
}

// keepsBlob reports whether the plan m promises the blob of prior, which the branch holds already.
func (m *fileModel) keepsBlob(prior *fileModel) bool {
	return prior != nil && known(m.BlobID) && m.BlobID.Equal(prior.BlobID)
}

func known(v types.String) bool { return !v.IsNull() && !v.IsUnknown() }

package reading

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpatch"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// The states of a changed path: the words for git's letters A, D, M and T, and a word of its own
// for an M that is about the mode alone.
const (
	statusAdded       = "added"
	statusDeleted     = "deleted"
	statusModified    = "modified"
	statusTypeChanged = "type_changed"
	statusModeChanged = "mode_changed"
)

// maxPatch bounds a patch, in bytes: it is kept in the state.
const maxPatch = 4 << 20

// The attributes that name the commits.
var (
	atBase = path.Root("base")
	atHead = path.Root("head")
)

// diffData is data "nanogit_diff".
type diffData struct{ source }

// NewDiff makes the data source nanogit_diff.
func NewDiff() datasource.DataSource { return &diffData{} }

var _ datasource.DataSourceWithConfigure = (*diffData)(nil)

// diffModel has the attributes of data "nanogit_diff".
type diffModel struct {
	Repository   types.String  `tfsdk:"repository"`
	Base         types.String  `tfsdk:"base"`
	Head         types.String  `tfsdk:"head"`
	BaseCommitID types.String  `tfsdk:"base_commit_id"`
	HeadCommitID types.String  `tfsdk:"head_commit_id"`
	Path         types.String  `tfsdk:"path"`
	Patch        types.Bool    `tfsdk:"patch"`
	UnifiedDiff  types.String  `tfsdk:"unified_diff"`
	Files        []changedFile `tfsdk:"files"`
}

// changedFile is a path that differs.
type changedFile struct {
	Path       types.String `tfsdk:"path"`
	Status     types.String `tfsdk:"status"`
	BaseBlobID types.String `tfsdk:"base_blob_id"`
	HeadBlobID types.String `tfsdk:"head_blob_id"`
	BaseMode   types.String `tfsdk:"base_mode"`
	HeadMode   types.String `tfsdk:"head_mode"`
	Binary     types.Bool   `tfsdk:"binary"`
}

// Metadata names the data source.
func (d *diffData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_diff"
}

// Schema describes the data source.
func (d *diffData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the files that are not the same in two commits of a repository, as `git diff --name-status --no-renames` does, and writes a patch if it is asked to. " +
			"It reads only directories that differ, and for a patch the contents of changed files, in a request.",
		Attributes: map[string]schema.Attribute{
			"repository": repositoryAttribute(),
			"base": schema.StringAttribute{
				MarkdownDescription: "The commit to compare with: a branch, a tag, the full name of a ref or the id of a commit with all of its 40 or 64 digits.",
				Required:            true, Validators: []validator.String{resources.ValidCommitName()},
			},
			"head": schema.StringAttribute{
				MarkdownDescription: "The commit that is compared, named like `base`. Default: the provider's `branch`, or else the remote's default branch.",
				Optional:            true, Computed: true, Validators: []validator.String{resources.ValidCommitName()},
			},
			"base_commit_id": computed("Id of the commit that `base` stands for."),
			"head_commit_id": computed("Id of the commit that `head` stands for."),
			"path": schema.StringAttribute{
				MarkdownDescription: "A file or directory: only changes there are listed. Default: all changes.",
				Optional:            true, Validators: []validator.String{validPath()},
			},
			"patch": schema.BoolAttribute{
				MarkdownDescription: fmt.Sprintf("Whether to write `unified_diff`. It may have %d MiB, and the contents of all changed files together %d MiB. Default: `false`.", maxPatch>>20, gitread.MaxContents>>20),
				Optional:            true,
			},
			"unified_diff": computed("The patch from `base` to `head`, in the format of `git diff --full-index --no-renames`. Null unless `patch` is `true`; empty if nothing differs."),
			"files": schema.ListNestedAttribute{
				MarkdownDescription: fmt.Sprintf("The files that differ, sorted by path: %d at most.", gitread.MaxChanges), Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"path": computed("Path of the file. U+FFFD stands for bytes that are not UTF-8."),
					"status": computed("`added`, `deleted`, `modified`, `type_changed` (a file, a symbolic link and a submodule are different types) or `mode_changed` " +
						"(the same content, executable or not; git's letter for it is M)."),
					"base_blob_id": computed("Id of the content in `base`, the commit's id of a submodule; null of an added file."),
					"head_blob_id": computed("Id of the content in `head`, the commit's id of a submodule; null of a deleted file."),
					"base_mode":    computed("Mode in `base`, such as `100644`; null of an added file."),
					"head_mode":    computed("Mode in `head`; null of a deleted file."),
					"binary": schema.BoolAttribute{
						MarkdownDescription: "Whether the patch says only that the content differs. Null unless `patch` is `true`.", Computed: true,
					},
				}},
			},
		},
	}
}

// Read compares the commits.
func (d *diffData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer d.session.Warn(&resp.Diagnostics)
	var m diffModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(d.compare(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &m)...)
}

// compare opens both commits and fills the model.
func (d *diffData) compare(ctx context.Context, m *diffModel) diag.Diagnostics {
	p := m.Path.ValueString()
	about := question{what: "the difference", path: p, at: atPath, refAt: atBase}
	base := place{Repository: m.Repository, Ref: m.Base}
	from, diags := d.openHistory(ctx, &base, about)
	if diags.HasError() {
		return diags
	}
	about.refAt = atHead
	head := place{Repository: base.Repository, Ref: m.Head}
	to, diags := d.openHistory(ctx, &head, about)
	if diags.HasError() {
		return diags
	}
	m.Repository, m.Head, m.BaseCommitID, m.HeadCommitID = head.Repository, head.Ref, base.CommitID, head.CommitID
	to.about.ref = m.Base.ValueString() + " to " + m.Head.ValueString()
	changes, err := changesAt(ctx, from.Snapshot, to.Snapshot, p)
	if err != nil {
		return to.about.report(err, narrowDiff(err))
	}
	m.setFiles(changes)
	if m.UnifiedDiff = types.StringNull(); m.Patch.ValueBool() {
		if err := m.write(ctx, from.Snapshot, to.Snapshot, changes); err != nil {
			return to.about.report(err, narrowDiff(err))
		}
	}
	return nil
}

// changesAt compares two commits at a path, in the composition that it has in the head, or else in
// the base.
func changesAt(ctx context.Context, base, head *gitread.Snapshot, p string) ([]gitread.Change, error) {
	for _, s := range []*gitread.Snapshot{head, base} {
		spelt, err := spelling(ctx, s, p)
		if err != nil {
			return nil, err
		}
		if spelt != p {
			p = spelt
			break
		}
	}
	return gitread.Diff(ctx, base, head, p)
}

// errPatchSize: a patch is larger than is kept in a state.
var errPatchSize = fmt.Errorf("the patch has more than %d bytes", maxPatch)

// narrowDiff says how less is asked for; "" for errors of other kinds.
func narrowDiff(err error) string {
	if errors.Is(err, errPatchSize) || errors.Is(err, gitread.ErrTooMany) || errors.Is(err, gitread.ErrTooLarge) {
		return "Ask for the changes of a directory or file with path, or compare commits that are nearer to each other."
	}
	return ""
}

// setFiles takes the changes over.
func (m *diffModel) setFiles(changes []gitread.Change) {
	m.Files = make([]changedFile, len(changes))
	for i, c := range changes {
		f := changedFile{Path: types.StringValue(inUTF8(c.Path)), Status: types.StringValue(statusOf(c))}
		f.BaseBlobID, f.BaseMode = entryValues(c.Base)
		f.HeadBlobID, f.HeadMode = entryValues(c.Head)
		m.Files[i] = f
	}
}

func entryValues(e gitread.Entry) (id, mode types.String) {
	if !e.Exists() {
		return types.StringNull(), types.StringNull()
	}
	return types.StringValue(e.ID.String()), types.StringValue(e.Mode.String())
}

func statusOf(c gitread.Change) string {
	const kind = gitobj.Mode(0o170000)
	switch {
	case !c.Base.Exists():
		return statusAdded
	case !c.Head.Exists():
		return statusDeleted
	case c.Base.Mode&kind != c.Head.Mode&kind:
		return statusTypeChanged
	case c.ModeOnly():
		return statusModeChanged
	}
	return statusModified
}

// write writes the patch, and says of each file whether it is binary.
func (m *diffModel) write(ctx context.Context, base, head *gitread.Snapshot, changes []gitread.Change) error {
	contents, err := gitread.ChangedBlobs(ctx, base, head, changes)
	if err != nil {
		return err
	}
	var out []byte
	for i, c := range changes {
		f := gitpatch.File{Path: c.Path, Base: sideOf(c.Base, contents), Head: sideOf(c.Head, contents)}
		if c.ModeOnly() { // its content was not read, and is not shown
			f.Base.Binary, f.Head.Binary = false, false
		}
		m.Files[i].Binary = types.BoolValue(f.Base.Binary || f.Head.Binary)
		if out = gitpatch.Append(out, f); len(out) > maxPatch {
			return errPatchSize
		}
	}
	m.UnifiedDiff = types.StringValue(string(out))
	return nil
}

// sideOf is a side of a patch. A content that Terraform would not keep unchanged is taken for
// binary, and so is one that is too large to be read.
func sideOf(e gitread.Entry, contents map[gitobj.ID][]byte) gitpatch.Side {
	s := gitpatch.Side{Mode: e.Mode, ID: e.ID}
	if !e.Exists() || e.Mode.IsSubmodule() {
		return s
	}
	content, read := contents[e.ID]
	shown := text(content)
	s.Binary = !read || shown.IsNull() || gitpatch.IsBinary(content)
	s.Text = shown.ValueString()
	return s
}

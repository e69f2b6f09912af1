package reading

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// fileData is data "nanogit_file".
type fileData struct{ source }

// NewFile makes the data source nanogit_file.
func NewFile() datasource.DataSource { return &fileData{} }

var _ datasource.DataSourceWithConfigure = (*fileData)(nil)

// fileModel has the attributes of data "nanogit_file".
type fileModel struct {
	place
	Path     types.String `tfsdk:"path"`
	Required types.Bool   `tfsdk:"required"`
	Exists   types.Bool   `tfsdk:"exists"`
	fileValues
	LFSOID  types.String `tfsdk:"lfs_oid"`
	LFSSize types.Int64  `tfsdk:"lfs_size"`
}

// fileValues are the values of a file.
type fileValues struct {
	BlobID        types.String `tfsdk:"blob_id"`
	Mode          types.String `tfsdk:"mode"`
	Size          types.Int64  `tfsdk:"size"`
	Content       types.String `tfsdk:"content"`
	ContentBase64 types.String `tfsdk:"content_base64"`
}

// Metadata names the data source.
func (d *fileData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file"
}

// Schema describes the data source.
func (d *fileData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a file of a Git repository at a branch, a tag or a commit. All data sources and resources of a plan that read the same commit share its snapshot: " +
			"a file takes no request for itself but that for its content, and contents that are read at the same time share one.",
		Attributes: placed(map[string]schema.Attribute{
			"path": schema.StringAttribute{
				MarkdownDescription: "Path of the file, relative to the root of the repository.", Required: true,
				Validators: []validator.String{validPath()},
			},
			"required": schema.BoolAttribute{
				MarkdownDescription: "Whether a missing file is an error. With `false`, `exists` is `false` then and the values of the file are null. " +
					"A missing repository or ref is an error in either case, and so is a directory or a submodule at the path. Default: `true`.",
				Optional: true,
			},
			"exists":  schema.BoolAttribute{MarkdownDescription: "Whether the commit has the file.", Computed: true},
			"blob_id": schema.StringAttribute{MarkdownDescription: "Id of the content (`git rev-parse REF:PATH`).", Computed: true},
			"mode":    schema.StringAttribute{MarkdownDescription: "`100644`, `100755` for an executable file, or `120000` for a symbolic link.", Computed: true},
			"size":    schema.Int64Attribute{MarkdownDescription: "Size of the content in bytes.", Computed: true},
			"content": schema.StringAttribute{
				MarkdownDescription: "The content as text; the target of a symbolic link. Null if the content is not UTF-8 in Unicode's composed form (NFC), in which Terraform keeps all strings: " +
					"`content_base64` has it then.",
				Computed: true,
			},
			"content_base64": schema.StringAttribute{MarkdownDescription: "The content in base64, byte for byte.", Computed: true},
			"lfs_oid": schema.StringAttribute{
				MarkdownDescription: "Of a Git LFS pointer, the SHA-256 of the content that it stands for; null of any other file. `content` is that of the pointer.", Computed: true,
			},
			"lfs_size": schema.Int64Attribute{MarkdownDescription: "Of a Git LFS pointer, the size in bytes of the content that it stands for; null of any other file.", Computed: true},
		}),
	}
}

// Read reads the file.
func (d *fileData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer d.session.Warn(&resp.Diagnostics)
	var m fileModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, content, diags := d.readFile(ctx, &m.place, m.Path.ValueString(), isNotFalse(m.Required))
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	m.set(found, content)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &m)...)
}

// readFile finds a file and reads its content.
func (s *source) readFile(ctx context.Context, p *place, path string, required bool) (gitread.Entry, []byte, diag.Diagnostics) {
	ctx, at, diags := s.open(ctx, p, question{what: path, path: path, at: atPath}, path)
	if diags.HasError() {
		return gitread.Entry{}, nil, diags
	}
	defer at.Leave()
	found, err := findFile(ctx, at.Snapshot, path)
	var absent *absentError
	switch {
	case errors.As(err, &absent) && !required:
		return gitread.Entry{Path: path}, nil, nil
	case errors.As(err, &absent):
		return found, nil, at.about.report(err, nearPaths(ctx, at.Snapshot, path), "To take a missing file for none, set required = false.")
	case err != nil:
		return found, nil, at.about.report(err)
	}
	content, err := at.Snapshot.ReadBlob(ctx, found.ID, maxContent)
	if errors.Is(err, gitread.ErrTooLarge) {
		err = tooLarge(err)
	}
	if err != nil {
		return found, nil, at.about.report(err)
	}
	return found, content, nil
}

// findFile finds a file or a symbolic link. A path without one is an *absentError.
func findFile(ctx context.Context, s *gitread.Snapshot, path string) (gitread.Entry, error) {
	found, err := lookup(ctx, s, path)
	var obstacle *gitobj.ObstacleError
	switch {
	case errors.As(err, &obstacle):
		return found, &absentError{pathError{fmt.Sprintf("the commit has no %q: %q is %s", path, obstacle.At, obstacle.Mode.Describe())}}
	case err != nil:
		return found, err
	case !found.Exists():
		return found, &absentError{pathError{fmt.Sprintf("the commit has no %q", path)}}
	case found.IsDir():
		return found, &pathError{fmt.Sprintf("%q is a directory: name a file in it, or read the files below it with nanogit_files", path)}
	case found.Mode.IsSubmodule():
		return found, &pathError{fmt.Sprintf("%q is a submodule, at commit %s of another repository: read the file there, with its URL as repository and the commit as ref", path, found.ID)}
	}
	return found, nil
}

// absentError: the commit has no file at the path.
type absentError struct{ pathError }

// tooLarge is the error of a content that is not returned.
func tooLarge(err error) error {
	var large *gitread.LargeError
	if errors.As(err, &large) && large.Size >= 0 {
		return &pathError{fmt.Sprintf("the file has %d bytes, and a data source returns contents of %d bytes at most: to learn its blob id alone, read it with nanogit_tree", large.Size, maxContent)}
	}
	return &pathError{fmt.Sprintf("a data source returns contents of %d bytes at most: %v", maxContent, err)}
}

// set takes over the file; an entry that does not exist is a missing file.
func (m *fileModel) set(found gitread.Entry, content []byte) {
	m.Exists = types.BoolValue(found.Exists())
	m.fileValues, m.LFSOID, m.LFSSize = fileValues{}, types.StringNull(), types.Int64Null()
	if !found.Exists() {
		return
	}
	m.fileValues = fileValues{
		BlobID: types.StringValue(found.ID.String()), Mode: types.StringValue(found.Mode.String()), Size: types.Int64Value(int64(len(content))),
		Content: text(content), ContentBase64: inBase64(content),
	}
	if p, ok := filecontent.ParseLFSPointer(content); ok && found.Mode.IsFile() {
		m.LFSOID, m.LFSSize = types.StringValue(p.OID), types.Int64Value(p.Size)
	}
}

// isNotFalse is the value of an attribute whose default is true.
func isNotFalse(b types.Bool) bool { return b.IsNull() || b.ValueBool() }

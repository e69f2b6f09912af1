package reading

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// mostEntries bounds the files, the entries of a directory or the refs that a data source returns.
// The state has each of them.
const mostEntries = 10_000

// filesData is data "nanogit_files".
type filesData struct{ source }

// NewFiles makes the data source nanogit_files.
func NewFiles() datasource.DataSource { return &filesData{} }

var _ datasource.DataSourceWithConfigure = (*filesData)(nil)

// filesModel has the attributes of data "nanogit_files".
type filesModel struct {
	place
	Prefix       types.String `tfsdk:"prefix"`
	Include      types.List   `tfsdk:"include"`
	Exclude      types.List   `tfsdk:"exclude"`
	WithContent  types.Bool   `tfsdk:"with_content"`
	MaxTotalSize types.Int64  `tfsdk:"max_total_size"`
	Files        types.Map    `tfsdk:"files"`
}

// Metadata names the data source.
func (d *filesData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_files"
}

// Schema describes the data source.
func (d *filesData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the files of a Git repository below a directory, at a branch, a tag or a commit, and reads their contents where they are wanted. " +
			"All contents come in one request, however many they are.",
		Attributes: placed(map[string]schema.Attribute{
			"prefix": schema.StringAttribute{
				MarkdownDescription: "Directory that the files are below, without a slash at either end. Default: the root. A directory that does not exist has no files.",
				Optional:            true,
				Validators:          []validator.String{validDirectory()},
			},
			"include": patternsAttribute("Which files are meant: patterns that are matched against paths below `prefix`, in which `*` stands for anything but a slash, " +
				"`**` for any number of directories, `?` for one character, `[a-z]` for one of a class and `{a,b}` for either. Default: every file."),
			"exclude": patternsAttribute("Which of them are not, by the same kind of patterns."),
			"with_content": schema.BoolAttribute{
				MarkdownDescription: "Whether contents are read. Default: `false`.", Optional: true,
			},
			"max_total_size": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("How many bytes all contents may have together; more are an error. Default, and at most: %d (16 MiB).", maxContent),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(0, maxContent)},
			},
			"files": schema.MapNestedAttribute{
				MarkdownDescription: "The files and symbolic links, by path below `prefix`. Submodules are not among them: `nanogit_tree` lists them.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: listedFile()},
			},
		}),
	}
}

func patternsAttribute(description string) schema.ListAttribute {
	return schema.ListAttribute{
		MarkdownDescription: description, ElementType: types.StringType, Optional: true,
		Validators: []validator.List{resources.NoNulls{}, listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(resources.ValidGlob())},
	}
}

// listedFile are the attributes of an element of files.
func listedFile() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"blob_id": schema.StringAttribute{MarkdownDescription: "Id of the content.", Computed: true},
		"mode":    schema.StringAttribute{MarkdownDescription: "`100644`, `100755` for an executable file, or `120000` for a symbolic link.", Computed: true},
		"size":    schema.Int64Attribute{MarkdownDescription: "Size of the content in bytes. Null without `with_content`: directories do not have it.", Computed: true},
		"content": schema.StringAttribute{
			MarkdownDescription: "The content as text; the target of a symbolic link. Null without `with_content`, and if the content is not UTF-8 in Unicode's composed form (NFC).", Computed: true,
		},
		"content_base64": schema.StringAttribute{MarkdownDescription: "The content in base64, byte for byte. Null without `with_content`.", Computed: true},
	}
}

// listedFileType is the type of an element of files.
var listedFileType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"blob_id": types.StringType, "mode": types.StringType, "size": types.Int64Type, "content": types.StringType, "content_base64": types.StringType,
}}

// Read lists the files.
func (d *filesData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer d.session.Warn(&resp.Diagnostics)
	var m filesModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &m)...)
	var choice filecontent.Choice
	resp.Diagnostics.Append(m.Include.ElementsAs(ctx, &choice.Include, false)...)
	resp.Diagnostics.Append(m.Exclude.ElementsAs(ctx, &choice.Exclude, false)...)
	if resp.Diagnostics.HasError() {
		return
	}
	prefix := m.Prefix.ValueString()
	ctx, at, diags := d.open(ctx, &m.place, below(prefix, "files"), prefix)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	defer at.Leave()
	files, contents, diags := m.read(ctx, at, choice)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	elements := make(map[string]attr.Value, len(files))
	for i, f := range files {
		v := fileValues{BlobID: types.StringValue(f.ID.String()), Mode: types.StringValue(f.Mode.String())}
		if contents != nil {
			v.Size, v.Content, v.ContentBase64 = types.Int64Value(int64(len(contents[i]))), text(contents[i]), inBase64(contents[i])
		}
		elements[f.Path] = types.ObjectValueMust(listedFileType.AttrTypes, map[string]attr.Value{
			"blob_id": v.BlobID, "mode": v.Mode, "size": v.Size, "content": v.Content, "content_base64": v.ContentBase64,
		})
	}
	m.Files, diags = types.MapValue(listedFileType, elements)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &m)...)
}

// below is the question for the files, or other things, below a directory.
func below(dir, things string) question {
	q := question{what: "the " + things, path: dir, at: atPrefix}
	if dir != "" {
		q.what += " below " + dir
	}
	return q
}

// read lists the files that are meant, with their paths as Terraform holds them. contents are in
// their order; nil if they are not wanted.
func (m *filesModel) read(ctx context.Context, at opened, choice filecontent.Choice) (files []gitread.Entry, contents [][]byte, diags diag.Diagnostics) {
	dir, err := findDirectory(ctx, at.Snapshot, m.Prefix.ValueString())
	var all []gitread.Entry
	if err == nil {
		all, err = at.Snapshot.Below(ctx, dir, false)
	}
	if err != nil {
		return nil, nil, at.about.report(narrow(err))
	}
	known := newNames(all, func(e gitread.Entry) string { return e.Path })
	for _, e := range all {
		if e.Mode.IsSubmodule() {
			continue
		}
		name, ok := known.of(e.Path)
		if !ok || !choice.Picks(name) {
			continue
		}
		e.Path = name
		files = append(files, e)
	}
	if len(files) > mostEntries {
		return nil, nil, at.about.report(&boundError{fmt.Sprintf("%d files are meant, and a data source returns %d at most: narrow the question with prefix, include and exclude", len(files), mostEntries)})
	}
	if m.WithContent.ValueBool() {
		contents, err = m.contents(ctx, at, files)
	}
	if err != nil {
		return nil, nil, at.about.report(err)
	}
	return files, contents, known.warn("files", at.about)
}

// contents reads the contents of files, within the bound.
func (m *filesModel) contents(ctx context.Context, at opened, files []gitread.Entry) ([][]byte, error) {
	ids := make([]gitobj.ID, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	most := int64(maxContent)
	if !m.MaxTotalSize.IsNull() {
		most = m.MaxTotalSize.ValueInt64()
	}
	exceeded := func(why string) error {
		return &boundError{fmt.Sprintf("the contents of %d files take more than %d bytes (max_total_size)%s: narrow the question with prefix, include and exclude, or raise max_total_size, "+
			"which may be %d; the blob ids come without with_content", len(files), most, why, maxContent)}
	}
	if len(ids) == 0 {
		return [][]byte{}, nil
	}
	contents, err := at.Snapshot.ReadBlobs(ctx, ids)
	if errors.Is(err, gitread.ErrTooLarge) {
		return nil, exceeded("")
	}
	if err != nil {
		return nil, err
	}
	total := int64(0)
	for _, c := range contents {
		total += int64(len(c))
	}
	if total > most {
		return nil, exceeded(fmt.Sprintf(", namely %d", total))
	}
	return contents, nil
}

// findDirectory finds a directory; the zero id for one that does not exist.
func findDirectory(ctx context.Context, s *gitread.Snapshot, dir string) (gitobj.ID, error) {
	if dir == "" {
		return s.Root, nil
	}
	found, err := lookup(ctx, s, dir)
	switch {
	case errors.Is(err, gitobj.ErrObstacle):
		return gitobj.ID{}, nil
	case err != nil || !found.Exists():
		return gitobj.ID{}, err
	case !found.IsDir():
		return gitobj.ID{}, &pathError{fmt.Sprintf("%q is %s, not a directory", dir, found.Mode.Describe())}
	}
	return found.ID, nil
}

// boundError: an answer is larger than a data source returns.
type boundError struct{ text string }

// Error implements error.
func (e *boundError) Error() string { return e.text }

// narrow adds the next step to the error of a list that is too long.
func narrow(err error) error {
	if errors.Is(err, gitread.ErrTooMany) {
		return fmt.Errorf("%w: narrow the question with a directory further down", err)
	}
	return err
}

package reading

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// treeData is data "nanogit_tree".
type treeData struct{ source }

// NewTree makes the data source nanogit_tree.
func NewTree() datasource.DataSource { return &treeData{} }

var _ datasource.DataSourceWithConfigure = (*treeData)(nil)

// treeModel has the attributes of data "nanogit_tree".
type treeModel struct {
	place
	Path      types.String `tfsdk:"path"`
	Recursive types.Bool   `tfsdk:"recursive"`
	TreeID    types.String `tfsdk:"tree_id"`
	Entries   types.List   `tfsdk:"entries"`
}

// Metadata names the data source.
func (d *treeData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tree"
}

// Schema describes the data source.
func (d *treeData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the entries of a directory of a Git repository at a branch, a tag or a commit, as `git ls-tree` does: files, symbolic links, directories and submodules. It reads no content.",
		Attributes: placed(map[string]schema.Attribute{
			"path": schema.StringAttribute{
				MarkdownDescription: "The directory, without a slash at either end. Default: the root.", Optional: true,
				Validators: []validator.String{validDirectory()},
			},
			"recursive": schema.BoolAttribute{
				MarkdownDescription: "Whether the entries of all directories further down are listed, too (`git ls-tree -r -t`). Default: `false`.", Optional: true,
			},
			"tree_id": computed("Id of the directory (`git rev-parse REF:PATH`)."),
			"entries": schema.ListNestedAttribute{
				MarkdownDescription: "The entries, in Git's order.", Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"path": computed("Path of the entry from the root of the repository."),
					"name": computed("The last part of the path."),
					"type": computed("`blob` for files and symbolic links, `tree` for directories, `commit` for submodules."),
					"mode": computed("`100644`, `100755` for an executable file, `120000` for a symbolic link, `040000` for a directory, `160000` for a submodule."),
					"id":   computed("Id of the content, the directory, or the commit that the submodule is at."),
				}},
			},
		}),
	}
}

// treeEntryType is the type of an element of entries.
var treeEntryType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"path": types.StringType, "name": types.StringType, "type": types.StringType, "mode": types.StringType, "id": types.StringType,
}}

// Read lists the directory.
func (d *treeData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer d.session.Warn(&resp.Diagnostics)
	var m treeModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	dir := m.Path.ValueString()
	about := below(dir, "entries")
	about.at = atPath
	ctx, at, diags := d.open(ctx, &m.place, about, dir)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	defer at.Leave()
	resp.Diagnostics.Append(m.read(ctx, at)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &m)...)
}

// read lists the directory into the model.
func (m *treeModel) read(ctx context.Context, at opened) diag.Diagnostics {
	dir, err := findTree(ctx, at.Snapshot, m.Path.ValueString())
	if _, absent := errors.AsType[*absentError](err); absent {
		return at.about.report(err, nearPaths(ctx, at.Snapshot, m.Path.ValueString()))
	}
	var all []gitread.Entry
	if err == nil && m.Recursive.ValueBool() {
		all, err = at.Snapshot.Below(ctx, dir, true)
	} else if err == nil {
		all, err = entriesOf(ctx, at.Snapshot, dir)
	}
	switch {
	case err != nil:
		return at.about.report(narrow(err))
	case len(all) > mostEntries:
		return at.about.report(&boundError{fmt.Sprintf("there are %d entries, and a data source returns %d at most: narrow the question with path, leave recursive out, "+
			"or choose files by patterns with nanogit_files", len(all), mostEntries)})
	}
	m.TreeID = types.StringValue(dir.String())
	prefix := ""
	if p := m.Path.ValueString(); p != "" {
		prefix = p + "/"
	}
	known := newNames(all, func(e gitread.Entry) string { return e.Path })
	elements := make([]attr.Value, 0, len(all))
	for _, e := range all {
		if name, ok := known.of(e.Path); ok {
			elements = append(elements, treeEntry(prefix+name, e))
		}
	}
	var diags diag.Diagnostics
	m.Entries, diags = types.ListValue(treeEntryType, elements)
	return append(diags, known.warn("entries", at.about)...)
}

// treeEntry is an element of entries.
func treeEntry(path string, e gitread.Entry) attr.Value {
	kind := gitobj.KindBlob
	switch {
	case e.IsDir():
		kind = gitobj.KindTree
	case e.Mode.IsSubmodule():
		kind = gitobj.KindCommit
	}
	return types.ObjectValueMust(treeEntryType.AttrTypes, map[string]attr.Value{
		"path": types.StringValue(path), "name": types.StringValue(baseName(path)), "type": types.StringValue(kind.String()),
		"mode": types.StringValue(e.Mode.String()), "id": types.StringValue(e.ID.String()),
	})
}

// findTree finds a directory that has to exist.
func findTree(ctx context.Context, s *gitread.Snapshot, dir string) (gitobj.ID, error) {
	found, err := findDirectory(ctx, s, dir)
	if err == nil && found.IsZero() && dir != "" {
		err = &absentError{pathError{fmt.Sprintf("the commit has no directory %q", dir)}}
	}
	return found, err
}

// entriesOf are the entries of a directory alone.
func entriesOf(ctx context.Context, s *gitread.Snapshot, dir gitobj.ID) ([]gitread.Entry, error) {
	entries, err := list(ctx, s, dir)
	if err != nil {
		return nil, err
	}
	all := make([]gitread.Entry, len(entries))
	for i, e := range entries {
		all[i] = gitread.Entry{Path: e.Name, Mode: e.Mode, ID: e.ID}
	}
	return all, nil
}

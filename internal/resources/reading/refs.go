package reading

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// refsData is data "nanogit_refs".
type refsData struct{ source }

// NewRefs makes the data source nanogit_refs.
func NewRefs() datasource.DataSource { return &refsData{} }

var _ datasource.DataSourceWithConfigure = (*refsData)(nil)

// refsModel has the attributes of data "nanogit_refs".
type refsModel struct {
	Repository types.String `tfsdk:"repository"`
	Prefix     types.String `tfsdk:"prefix"`
	Refs       types.Map    `tfsdk:"refs"`
}

// Metadata names the data source.
func (d *refsData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_refs"
}

// Schema describes the data source.
func (d *refsData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the branches, tags and other refs of a Git repository with the objects that they point at, as `git ls-remote` does. It takes one request, and reads no object.",
		Attributes: map[string]schema.Attribute{
			"repository": repositoryAttribute(),
			"prefix": schema.StringAttribute{
				MarkdownDescription: "Beginning of the full names of the refs: `refs/heads/` for branches, `refs/tags/v1.` for some tags, `refs/` for everything that the server shows. " +
					"Default: branches and tags.",
				Optional:   true,
				Validators: []validator.String{validRefPrefix()},
			},
			"refs": schema.MapNestedAttribute{
				MarkdownDescription: "The refs by full name, such as `refs/heads/main`.", Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"object_id": computed("Id of the object that the ref points at: a commit, or an annotated tag."),
					"peeled":    computed("Id of the object that an annotated tag leads to in the end, through tags of tags. Null of any other ref."),
					"commit_id": computed("`peeled`, or else `object_id`: the commit that the ref stands for. Only a tag can lead to another kind of object, which no list tells; tags seldom do."),
				}},
			},
		},
	}
}

// validRefPrefix checks the beginning of full names.
func validRefPrefix() validator.String {
	return resources.Check{Summary: "Invalid prefix", Meaning: "the beginning of the full name of a ref", Rule: func(prefix string) error {
		if !strings.HasPrefix(prefix, "refs/") {
			return fmt.Errorf("prefix %.80q does not begin with refs/: write refs/heads/ for branches, or refs/tags/ for tags", prefix)
		}
		if strings.ContainsFunc(prefix, func(r rune) bool { return r <= ' ' || r == 0x7f }) || len(prefix) > 1024 {
			return errors.New("the prefix has blanks or control characters, or more than 1024 bytes: no ref begins like that")
		}
		return nil
	}}
}

// refType is the type of an element of refs.
var refType = types.ObjectType{AttrTypes: map[string]attr.Type{"object_id": types.StringType, "peeled": types.StringType, "commit_id": types.StringType}}

// Read lists the refs.
func (d *refsData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer d.session.Warn(&resp.Diagnostics)
	var m refsModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	q := question{what: "the refs", ref: m.Prefix.ValueString(), at: atPrefix}
	resp.Diagnostics.Append(d.placeRepository(&m.Repository, &q)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(d.list(ctx, &m, q)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &m)...)
}

// list lists the refs into the model.
func (d *refsData) list(ctx context.Context, m *refsModel, q question) diag.Diagnostics {
	prefixes := []string{"refs/heads/", "refs/tags/"}
	if !m.Prefix.IsNull() {
		prefixes = []string{m.Prefix.ValueString()}
	}
	repo, shown, err := d.session.OpenRepository(ctx, m.Repository.ValueString())
	q.repository = shown
	var refs []gitread.Ref
	if err == nil {
		refs, err = repo.Refs(ctx, prefixes...)
	}
	if err == nil && len(refs) > mostEntries {
		err = &boundError{fmt.Sprintf("there are %d refs, and a data source returns %d at most: narrow the question with prefix", len(refs), mostEntries)}
	}
	if err != nil {
		return q.report(err)
	}
	known := newNames(refs, func(r gitread.Ref) string { return r.Name })
	elements := make(map[string]attr.Value, len(refs))
	for _, r := range refs {
		name, ok := known.of(r.Name)
		if !ok {
			continue
		}
		object := types.StringValue(r.Object.String())
		peeled, commit := types.StringNull(), object
		if !r.Peeled.IsZero() {
			peeled = types.StringValue(r.Peeled.String())
			commit = peeled
		}
		elements[name] = types.ObjectValueMust(refType.AttrTypes, map[string]attr.Value{"object_id": object, "peeled": peeled, "commit_id": commit})
	}
	var diags diag.Diagnostics
	m.Refs, diags = types.MapValue(refType, elements)
	return append(diags, known.warn("refs", q)...)
}

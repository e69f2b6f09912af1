package reading

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// commitData is data "nanogit_commit".
type commitData struct{ source }

// NewCommit makes the data source nanogit_commit.
func NewCommit() datasource.DataSource { return &commitData{} }

var _ datasource.DataSourceWithConfigure = (*commitData)(nil)

// commitModel has the attributes of data "nanogit_commit".
type commitModel struct {
	place
	commitValues
}

// Metadata names the data source.
func (d *commitData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_commit"
}

// Schema describes the data source.
func (d *commitData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := placed(map[string]schema.Attribute{})
	maps.Copy(attributes, commitAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a commit: the one that a branch, a tag or an id stands for. All data sources and resources of a plan that read the same commit share its snapshot, " +
			"which brings the commit along: there is no further request.",
		Attributes: attributes,
	}
}

// Read reads the commit.
func (d *commitData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer d.session.Warn(&resp.Diagnostics)
	var m commitModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	at, diags := d.openHistory(ctx, &m.place, question{what: "the commit"})
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	c, err := gitread.Commit(ctx, at.Snapshot)
	if err != nil {
		resp.Diagnostics.Append(at.about.report(err)...)
		return
	}
	m.commitValues = valuesOf(c)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &m)...)
}

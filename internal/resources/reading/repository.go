package reading

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// repositoryData is data "nanogit_repository".
type repositoryData struct{ source }

// NewRepository makes the data source nanogit_repository.
func NewRepository() datasource.DataSource { return &repositoryData{} }

var _ datasource.DataSourceWithConfigure = (*repositoryData)(nil)

// repositoryModel has the attributes of data "nanogit_repository".
type repositoryModel struct {
	Repository       types.String `tfsdk:"repository"`
	DefaultBranch    types.String `tfsdk:"default_branch"`
	IsEmpty          types.Bool   `tfsdk:"is_empty"`
	ObjectFormat     types.String `tfsdk:"object_format"`
	ProtocolVersion  types.Int64  `tfsdk:"protocol_version"`
	Capabilities     types.List   `tfsdk:"capabilities"`
	PushCapabilities types.List   `tfsdk:"push_capabilities"`
	CanWrite         types.Bool   `tfsdk:"can_write"`
	WriteError       types.String `tfsdk:"write_error"`
}

// Metadata names the data source.
func (d *repositoryData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_repository"
}

const repositoryDescription = "What a Git server says of a repository: its default branch, how it is spoken to, and whether it takes pushes with the credentials " +
	"at hand. It is meant for diagnosis and for conditions: it reads no object, changes nothing, and works on an empty repository and on one that cannot be written to."

// Schema describes the data source.
func (d *repositoryData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	list := func(description string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: description, ElementType: types.StringType, Computed: true}
	}
	resp.Schema = schema.Schema{MarkdownDescription: repositoryDescription, Attributes: map[string]schema.Attribute{
		"repository": repositoryAttribute(),
		"default_branch": schema.StringAttribute{
			MarkdownDescription: "Short name of the branch that the remote's `HEAD` names, whether or not it exists already. Null when `HEAD` names none or the server does not " +
				"tell: of an empty repository, servers of protocol version 0 do not.",
			Computed: true,
		},
		"is_empty":         schema.BoolAttribute{MarkdownDescription: "Whether the repository has no branch yet.", Computed: true},
		"object_format":    schema.StringAttribute{MarkdownDescription: "How the repository names its objects: `sha1` or `sha256`. Null when the server does not tell.", Computed: true},
		"protocol_version": schema.Int64Attribute{MarkdownDescription: "Version of the Git protocol that the server speaks when it is asked for version 2: `0`, `1` or `2`.", Computed: true},
		"capabilities":     list("What the server offers for reading, one capability an element, as it says them (`gitprotocol-v2`, `gitprotocol-capabilities`): `fetch=shallow wait-for-done filter`, `agent=git/2.39.5`."),
		"push_capabilities": list("What the server offers for writing, likewise: `report-status`, `atomic`, `push-options`. Null when `can_write` is `false`. " +
			"In both lists, what is new at each request is left out: `session-id`, and the value of `push-cert`."),
		"can_write": schema.BoolAttribute{
			MarkdownDescription: "Whether the server is ready to take a push with the credentials at hand. `true` does not promise that each branch may be pushed to: protected branches, " +
				"hooks, quotas and permissions by branch (as in Gerrit) show only in a push. Hosts that take proposals by push (AGit, in Gitea and Forgejo) let readers in as well. Of a repository on this machine it says that git serves it.",
			Computed: true,
		},
		"write_error": schema.StringAttribute{MarkdownDescription: "Why `can_write` is `false`, with the server's own words and what to try; null otherwise.", Computed: true},
	}}
}

// Read asks the server.
func (d *repositoryData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m repositoryModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	q := question{what: "the repository"}
	resp.Diagnostics.Append(d.placeRepository(&m.Repository, &q)...)
	if resp.Diagnostics.HasError() {
		return
	}
	about, err := d.session.Describe(ctx, m.Repository.ValueString())
	if err != nil {
		resp.Diagnostics.Append(q.report(err)...)
		return
	}
	resp.Diagnostics.Append(m.set(ctx, about)...)
	if resp.Diagnostics.HasError() {
		return
	}
	d.session.Warn(&resp.Diagnostics)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &m)...)
}

// set takes over the description that the server gives.
func (m *repositoryModel) set(ctx context.Context, d gitread.Description) (diags diag.Diagnostics) {
	m.DefaultBranch = types.StringNull()
	if d.DefaultBranch != "" {
		m.DefaultBranch = types.StringValue(d.DefaultBranch)
	}
	m.IsEmpty = types.BoolValue(d.Empty)
	m.ObjectFormat = types.StringNull()
	if d.Format != 0 {
		m.ObjectFormat = types.StringValue(d.Format.String())
	}
	m.ProtocolVersion = types.Int64Value(int64(d.Read.Version))
	m.Capabilities, diags = types.ListValueFrom(ctx, types.StringType, lasting(d.Read.List))
	m.CanWrite = types.BoolValue(d.Refused == nil)
	if d.Refused != nil {
		m.PushCapabilities, m.WriteError = types.ListNull(types.StringType), types.StringValue(resources.Sentence(d.Refused.Error()))
		return diags
	}
	var more diag.Diagnostics
	m.WriteError = types.StringNull()
	m.PushCapabilities, more = types.ListValueFrom(ctx, types.StringType, lasting(d.Write.List))
	return append(diags, more...)
}

// lasting leaves out the capabilities that are new at each request (gitprotocol-capabilities,
// "session-id" and "push-cert"), and would make every plan differ from the last.
func lasting(capabilities []string) []string {
	out := make([]string, 0, len(capabilities))
	for _, c := range capabilities {
		switch name, _, _ := strings.Cut(c, "="); name {
		case "session-id":
		case "push-cert":
			out = append(out, name)
		default:
			out = append(out, c)
		}
	}
	return out
}

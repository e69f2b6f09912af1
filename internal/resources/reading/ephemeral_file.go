package reading

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

// ephemeralFile is the ephemeral resource nanogit_file: the data source, of which nothing is kept.
type ephemeralFile struct{ fileData }

// NewEphemeralFile makes the ephemeral resource nanogit_file.
func NewEphemeralFile() ephemeral.EphemeralResource { return &ephemeralFile{} }

var _ ephemeral.EphemeralResourceWithConfigure = (*ephemeralFile)(nil)

// Metadata names the ephemeral resource.
func (e *ephemeralFile) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file"
}

// Configure takes the session that the provider made.
func (e *ephemeralFile) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	resp.Diagnostics.Append(e.configure(req.ProviderData)...)
}

// Schema describes the ephemeral resource; its attributes are those of the data source.
func (e *ephemeralFile) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	var of datasource.SchemaResponse
	e.fileData.Schema(ctx, datasource.SchemaRequest{}, &of)
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a file of a Git repository without storing it: its values are neither in the plan nor in state. " +
			"They may be used where Terraform takes ephemeral values: in provider blocks, in write-only arguments such as `content_wo` of `nanogit_file`, and in locals and outputs that are ephemeral themselves. " +
			"Needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: make(map[string]schema.Attribute),
	}
	for name, a := range of.Schema.Attributes {
		switch a := a.(type) {
		case dataschema.StringAttribute:
			resp.Schema.Attributes[name] = schema.StringAttribute{
				MarkdownDescription: a.MarkdownDescription, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Validators: a.Validators,
			}
		case dataschema.BoolAttribute:
			resp.Schema.Attributes[name] = schema.BoolAttribute{MarkdownDescription: a.MarkdownDescription, Optional: a.Optional, Computed: a.Computed}
		case dataschema.Int64Attribute:
			resp.Schema.Attributes[name] = schema.Int64Attribute{MarkdownDescription: a.MarkdownDescription, Optional: a.Optional, Computed: a.Computed}
		}
	}
}

// Open reads the file.
func (e *ephemeralFile) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	defer e.session.Warn(&resp.Diagnostics)
	var m fileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, content, diags := e.readFile(ctx, &m.place, m.Path.ValueString(), isNotFalse(m.Required))
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	m.set(found, content)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
}

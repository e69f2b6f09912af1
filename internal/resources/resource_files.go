package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// filesResource is nanogit_files. Terraform makes it anew for each request; all that lives longer
// is in the session.
type filesResource struct {
	session *session.Session
	records *intent.Records // for validation without a session
}

// NewFiles makes the resource nanogit_files of a provider with these records, which may be nil.
func NewFiles(records *intent.Records) resource.Resource { return &filesResource{records: records} }

var (
	_ resource.ResourceWithConfigure        = (*filesResource)(nil)
	_ resource.ResourceWithConfigValidators = (*filesResource)(nil)
	_ resource.ResourceWithValidateConfig   = (*filesResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*filesResource)(nil)
	_ resource.ResourceWithImportState      = (*filesResource)(nil)
	_ resource.ResourceWithMoveState        = (*filesResource)(nil)
	_ resource.ResourceWithIdentity         = (*filesResource)(nil)
)

// Metadata names the resource. Its identity follows the prefix, so it may change.
func (r *filesResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_files"
	resp.ResourceBehavior.MutableIdentity = true
}

// Configure takes the session that the provider made.
func (r *filesResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req, resp)
}

// filesIdentity names the files below a directory among all files of all repositories.
type filesIdentity struct {
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
	Prefix     types.String `tfsdk:"prefix"`
}

func (m *filesModel) identity() filesIdentity {
	return filesIdentity{m.Repository, m.Branch, m.Prefix}
}

// IdentitySchema names the attributes that tell the files of a directory from all others.
func (r *filesResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"repository": identityschema.StringAttribute{OptionalForImport: true, Description: "URL of the repository; default the provider's url."},
		"branch":     identityschema.StringAttribute{OptionalForImport: true, Description: "Short name of the branch; default the provider's, then the remote's."},
		"prefix":     identityschema.StringAttribute{RequiredForImport: true, Description: "Directory that the files are below; empty for the root."},
	}}
}

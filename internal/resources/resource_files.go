package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// filesResource is nanogit_files. Terraform makes it anew for each request; all that lives longer
// is in the session.
type filesResource struct {
	session *session.Session
}

// NewFiles makes the resource nanogit_files.
func NewFiles() resource.Resource { return &filesResource{} }

var (
	_ resource.ResourceWithConfigure        = (*filesResource)(nil)
	_ resource.ResourceWithConfigValidators = (*filesResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*filesResource)(nil)
	_ resource.ResourceWithImportState      = (*filesResource)(nil)
	_ resource.ResourceWithMoveState        = (*filesResource)(nil)
)

// Metadata names the resource.
func (r *filesResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_files"
}

// Configure takes the session that the provider made.
func (r *filesResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req, resp)
}

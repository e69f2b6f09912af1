package resources

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// fileResource is nanogit_file. Terraform makes it anew for each request; all that lives longer is
// in the session.
type fileResource struct {
	session *session.Session
	records *intent.Records // for validation without a session
}

// NewFile makes the resource nanogit_file of a provider with these records, which may be nil.
func NewFile(records *intent.Records) resource.Resource { return &fileResource{records: records} }

var (
	_ resource.ResourceWithConfigure      = (*fileResource)(nil)
	_ resource.ResourceWithValidateConfig = (*fileResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*fileResource)(nil)
	_ resource.ResourceWithImportState    = (*fileResource)(nil)
	_ resource.ResourceWithIdentity       = (*fileResource)(nil)
	_ resource.ResourceWithMoveState      = (*fileResource)(nil)
)

// Metadata names the resource. A file's identity follows a rename, so it may change.
func (r *fileResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file"
	resp.ResourceBehavior.MutableIdentity = true
}

// Configure takes the session that the provider made.
func (r *fileResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req, resp)
}

// sessionOf is the session that the provider made; nil while a configuration is only validated.
func sessionOf(req resource.ConfigureRequest, resp *resource.ConfigureResponse) *session.Session {
	if req.ProviderData == nil {
		return nil
	}
	configured, ok := req.ProviderData.(*session.Session)
	if !ok {
		resp.Diagnostics.AddError("Unusable provider data", fmt.Sprintf("The provider gave %T to its resources. Please report this.", req.ProviderData))
	}
	return configured
}

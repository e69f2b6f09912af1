package resources

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// commitResource is nanogit_commit. Terraform makes it anew for each request; all that lives longer
// is in the session.
type commitResource struct {
	session *session.Session
}

// NewCommit makes the resource nanogit_commit.
func NewCommit() resource.Resource { return &commitResource{} }

var (
	_ resource.ResourceWithConfigure   = (*commitResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*commitResource)(nil)
	_ resource.ResourceWithImportState = (*commitResource)(nil)
	_ resource.ResourceWithIdentity    = (*commitResource)(nil)
)

// Metadata names the resource. Its identity follows another spelling of the repository.
func (r *commitResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_commit"
	resp.ResourceBehavior.MutableIdentity = true
}

// Configure takes the session that the provider made; there is none yet while a configuration is
// only validated.
func (r *commitResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	configured, ok := req.ProviderData.(*session.Session)
	if !ok {
		resp.Diagnostics.AddError("Unusable provider data", fmt.Sprintf("The provider gave %T to its resources. Please report this.", req.ProviderData))
		return
	}
	r.session = configured
}

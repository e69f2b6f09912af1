package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// branchResource is nanogit_branch. Terraform makes it anew for each request; all that lives longer
// is in the session.
type branchResource struct {
	session *session.Session
}

// NewBranch makes the resource nanogit_branch.
func NewBranch() resource.Resource { return &branchResource{} }

var (
	_ resource.ResourceWithConfigure   = (*branchResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*branchResource)(nil)
	_ resource.ResourceWithImportState = (*branchResource)(nil)
	_ resource.ResourceWithIdentity    = (*branchResource)(nil)
)

// Metadata names the resource. Its identity follows another spelling of the repository.
func (r *branchResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_branch"
	resp.ResourceBehavior.MutableIdentity = true
}

// Configure takes the session that the provider made.
func (r *branchResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionOf(req, resp)
}

const branchDescription = "A branch of a Git repository: it is created at a commit, and deleted with the resource. Commits that others make on it are no drift; " +
	"a branch that somebody deleted is created again.\n\n" +
	"A branch is never moved, and is not deleted while it holds commits that nothing else leads to, unless `force_destroy` says so."

// repositoryOfRef is the attribute repository of branches and tags.
func repositoryOfRef() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "URL of the repository, without credentials. Default: the provider's `url` (`NANOGIT_URL`). " +
			"Another spelling of the same repository, or a repository that has it at the same commit already, changes the state alone; any other repository replaces the resource.",
		Optional: true, Computed: true,
		Validators: []validator.String{validRepository()},
	}
}

// onDestroyOfRef is the attribute on_destroy of branches and tags.
func onDestroyOfRef(what string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "What happens to the " + what + " when the resource is destroyed: `delete` (default) or `keep`. The value in state counts: apply a change of it first.",
		Optional:            true, Computed: true, Default: stringdefault.StaticString(onDestroyDelete),
		Validators: []validator.String{stringvalidator.OneOf(onDestroyDelete, onDestroyKeep)},
	}
}

// Schema describes the resource.
func (r *branchResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: branchDescription, Attributes: map[string]schema.Attribute{
		"repository": repositoryOfRef(),
		"name": schema.StringAttribute{
			MarkdownDescription: "Short name of the branch, as `git check-ref-format --branch` accepts it. Another name replaces the resource.",
			Required:            true,
			Validators:          []validator.String{validBranchName()},
			PlanModifiers:       replaceOnChange(),
		},
		"from": schema.StringAttribute{
			MarkdownDescription: "The branch, tag, full ref (`refs/…`) or commit id that the branch starts at. Default `HEAD`, the remote's default branch. " +
				"It counts when the branch is created, and a later change of it is not shown in a plan.",
			Optional: true, Computed: true,
			Validators: []validator.String{validCommitName()},
		},
		"adopt": schema.BoolAttribute{
			MarkdownDescription: "What happens when the branch exists already on creation. `false` (default): a branch at the same commit is adopted, and at another commit it is an error. " +
				"`true`: it is adopted as it is. A later change is not shown in a plan.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"initialize": schema.BoolAttribute{
			MarkdownDescription: "Whether an empty first commit is made when the repository has no branch at all. Then `from` does not count. Set it for a single branch of a repository, and let the others " +
				"depend on that. Default `false`. A later change is not shown in a plan.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"on_destroy": onDestroyOfRef("branch"),
		"force_destroy": schema.BoolAttribute{
			MarkdownDescription: "Whether the branch is deleted although it holds commits that no other branch and no tag reaches. Default `false`: that is an error which says how many they are. " +
				"The value in state counts: apply a change of it first.",
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		},
		"id":        schema.StringAttribute{MarkdownDescription: "What `terraform import` takes: the name, after `<repository>#` where the repository is not the provider's.", Computed: true},
		"commit_id": schema.StringAttribute{MarkdownDescription: "The branch's head, as the last refresh found it. It is never a reason for a change.", Computed: true},
	}}
}

// IdentitySchema names the attributes that tell a branch from all others.
func (r *branchResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"repository": identityschema.StringAttribute{OptionalForImport: true, Description: "URL of the repository; default the provider's url."},
		"branch":     identityschema.StringAttribute{RequiredForImport: true, Description: "Short name of the branch."},
	}}
}

package resources

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// branchModel is a nanogit_branch in configuration, plan and state.
type branchModel struct {
	ID           types.String `tfsdk:"id"`
	Repository   types.String `tfsdk:"repository"`
	Name         types.String `tfsdk:"name"`
	From         types.String `tfsdk:"from"`
	Adopt        types.Bool   `tfsdk:"adopt"`
	Initialize   types.Bool   `tfsdk:"initialize"`
	OnDestroy    types.String `tfsdk:"on_destroy"`
	ForceDestroy types.Bool   `tfsdk:"force_destroy"`
	CommitID     types.String `tfsdk:"commit_id"`
}

// branchIdentity names a branch among all branches of all repositories.
type branchIdentity struct {
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
}

func (m *branchModel) identity() branchIdentity { return branchIdentity{m.Repository, m.Name} }

func (m *branchModel) ref() string { return headsPrefix + m.Name.ValueString() }

func (m *branchModel) subject(verb string) refSubject {
	return refSubject{verb: verb, repository: m.Repository.ValueString(), ref: m.ref()}
}

// refExistsError: a ref that is to be created exists, and points elsewhere.
type refExistsError struct {
	ref        string
	have, want gitobj.ID
	next       string
}

func (e *refExistsError) Error() string {
	return fmt.Sprintf("%s exists already, at %s and not at %s: %s", e.ref, e.have, e.want, e.next)
}

// lostError: the deletion of a branch would throw commits away.
type lostError struct {
	branch string
	lost   gitread.Unreached
}

func (e *lostError) Error() string {
	return fmt.Sprintf("branch %q holds %s that no other branch and no tag reaches, and that would be lost: merge the branch or tag it, "+
		"or set force_destroy = true and apply before you remove the resource; on_destroy = \"keep\" leaves the branch there", e.branch, e.lost)
}

// headError: a branch that is to be deleted is the remote's default branch.
type headError struct{ branch string }

func (e *headError) Error() string {
	return fmt.Sprintf("branch %q is the default branch, which the remote's HEAD names, and is not deleted: make another branch the default at the host, "+
		"or set on_destroy = \"keep\" and apply before you remove the resource", e.branch)
}

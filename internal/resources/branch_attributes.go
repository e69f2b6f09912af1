package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// branchAttributes are the repository and the branch of a resource, as its configuration, plan or
// state has them.
type branchAttributes struct{ repository, branch types.String }

// at is a path of the branch.
func (a branchAttributes) at(path string) session.Location {
	return session.Location{Repository: a.repository.ValueString(), Branch: a.branch.ValueString(), Path: path}
}

// reporter turns an error of an operation into diagnostics that name its subject.
type reporter interface {
	report(err error) diag.Diagnostics
}

// resolve finds the planned location: repository and branch that the resource names, else those of
// the provider, else the remote's default branch. The target has a branch only when the remote can
// be asked already. about makes the reporter of errors at a place.
func resolve(ctx context.Context, s *session.Session, path string, about func(session.Location) reporter, config, prior branchAttributes) (planned branchAttributes, t session.Target, diags diag.Diagnostics) {
	planned.repository = s.RepositoryFor(config.repository, prior.repository)
	if planned.repository.IsNull() {
		return planned, t, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(atRepository, "No repository",
			"Neither this resource nor the provider says which repository is meant. Set repository here, url in the provider block, or NANOGIT_URL.")}
	}
	planned.branch = s.BranchFor(config.branch, prior.branch)
	if s == nil || s.Partial || !known(planned.repository) {
		if planned.branch.IsNull() {
			planned.branch = types.StringUnknown()
		}
		return planned, t, nil
	}
	if planned.branch.IsUnknown() {
		return planned, t, nil
	}
	at := planned.at(path)
	t, err := s.Open(ctx, at)
	if err != nil {
		return planned, session.Target{}, about(at).report(err)
	}
	t = followRename(ctx, s, t, config, prior)
	planned.branch = types.StringValue(t.Location.Branch)
	return planned, t, nil
}

// movedFrom names the attributes that move a resource to another place than before, which takes a
// replacement.
func (a branchAttributes) movedFrom(prior branchAttributes) (at []pathOf) {
	if !a.repository.Equal(prior.repository) {
		at = append(at, atRepository)
	}
	if !a.branch.Equal(prior.branch) {
		at = append(at, atBranch)
	}
	return at
}

// plannedMessage is the planned commit_message; prior is null for a creation. Terraform takes a
// prior value in place of the configured value as long as neither is null; that is how a message
// that changes alone stays out of the plan. Hence state never holds null.
func plannedMessage(config, prior types.String, writes bool) types.String {
	switch {
	case !writes && !prior.IsNull():
		return prior
	case config.IsNull():
		return types.StringValue("")
	}
	return config
}

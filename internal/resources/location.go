package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// location is the repository and the branch of a resource, as its configuration, plan or state
// has them.
type location struct{ repository, branch types.String }

// reporter turns an error of an operation into diagnostics that name its subject.
type reporter interface {
	report(err error) diag.Diagnostics
}

// resolve finds the planned location: repository and branch that the resource names, else those of
// the provider, else the remote's default branch. The target has a branch only when the remote can
// be asked already. about makes the reporter of errors at a place.
func (s *Session) resolve(ctx context.Context, path string, about func(place) reporter, config, prior location) (planned location, t target, diags diag.Diagnostics) {
	planned.repository = s.repositoryFor(config.repository, prior.repository)
	if planned.repository.IsNull() {
		return planned, t, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(atRepository, "No repository",
			"Neither this resource nor the provider says which repository is meant. Set repository here, url in the provider block, or NANOGIT_URL.")}
	}
	planned.branch = s.branchFor(config.branch, prior.branch)
	if s == nil || s.Partial || !known(planned.repository) {
		if planned.branch.IsNull() {
			planned.branch = types.StringUnknown()
		}
		return planned, t, nil
	}
	if planned.branch.IsUnknown() {
		return planned, t, nil
	}
	at := place{planned.repository.ValueString(), planned.branch.ValueString(), path}
	t, err := s.open(ctx, at)
	if err != nil {
		return planned, target{}, about(at).report(err)
	}
	t = s.followRename(ctx, t, config, prior)
	planned.branch = types.StringValue(t.place.branch)
	return planned, t, nil
}

// movedFrom names the attributes that move a resource to another place than before, which takes a
// replacement.
func (w location) movedFrom(prior location) (at []pathOf) {
	if !w.repository.Equal(prior.repository) {
		at = append(at, atRepository)
	}
	if !w.branch.Equal(prior.branch) {
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

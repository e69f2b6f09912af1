package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// ModifyPlan plans the repository and the computed attributes, and refuses a creation or deletion
// that is known to fail.
func (r *branchResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var config, plan branchModel
	var prior *branchModel
	if !req.State.Raw.IsNull() {
		prior = new(branchModel)
		resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, prior)...)
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.foreseeDeletion(ctx, prior)...)
		return
	}
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var before branchModel
	if prior != nil {
		before = *prior
	}
	place, diags := placeRef(ctx, r.session, plan.subject("plan"), config.Repository, before.Repository, before.CommitID.ValueString())
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.Repository = place.repository
	planID(r.session, &plan, prior, prior == nil)
	if place.replaces {
		resp.RequiresReplace.Append(atRepository)
	}
	if stays := prior != nil && !place.replaces && plan.Name.Equal(prior.Name); stays {
		plan.keep(prior)
	} else {
		plan.CommitID, plan.From = types.StringUnknown(), plannedFrom(config.From)
		resp.Diagnostics.Append(r.foreseeDeletion(ctx, prior)...)
		resp.Diagnostics.Append(r.foreseeCreation(ctx, place.repo, &plan)...)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(tfmodel.Set(ctx, (*tfsdk.State)(&resp.Plan), &plan)...)
	}
}

// keep plans a branch that exists: the instructions for its creation stay as they were.
func (m *branchModel) keep(prior *branchModel) {
	m.CommitID, m.From, m.Adopt, m.Initialize = prior.CommitID, prior.From, prior.Adopt, prior.Initialize
}

// plannedFrom is the planned start. Terraform takes the value in state in place of the configured
// value as long as neither is null.
func plannedFrom(config types.String) types.String {
	if config.IsNull() {
		return types.StringValue(headName)
	}
	return config
}

// foreseeCreation finds out whether the branch can be created. Everybody who plans to write to it
// reads it from now on as it is going to be.
func (r *branchResource) foreseeCreation(ctx context.Context, repo *gitqueue.Repo, plan *branchModel) diag.Diagnostics {
	if repo == nil || !known(plan.Name) {
		return nil
	}
	s := plan.subject("create")
	head, err := repo.RefObject(ctx, s.ref)
	if err != nil {
		return s.report(err)
	}
	branch, err := repo.Branch(ctx, plan.Name.ValueString())
	if err != nil {
		return s.report(err)
	}
	if plan.From.IsUnknown() {
		branch.Creation().Foresee(gitobj.ID{})
		return nil
	}
	base, err := startOf(ctx, repo, plan.From.ValueString())
	missing := errors.Is(err, gitread.ErrNoName)
	switch {
	case err != nil && !missing:
		return s.report(err)
	case head.IsZero():
		branch.Creation().Foresee(base)
		if initializes := plan.Initialize.ValueBool() && isEmpty(err); missing && !initializes {
			return s.warn("The start of the branch is not there yet", err, "The apply will fail unless that is made first.")
		}
	case head != base && !missing && !plan.Adopt.ValueBool() && !r.session.Refreshes().WasHeld(s.location()):
		return s.report(existing(head, base))
	}
	return nil
}

// startOf finds the commit of a name. Of a branch that is going to be created it is the commit that
// the branch is going to start at; zero while that is not known.
func startOf(ctx context.Context, repo *gitqueue.Repo, name string) (gitobj.ID, error) {
	found, err := repo.Find(ctx, name)
	if errors.Is(err, gitread.ErrNoName) && checkBranch(name) == nil {
		if branch, notOpen := repo.Branch(ctx, name); notOpen == nil {
			if base, ok := branch.Creation().Foreseen(); ok {
				return base, nil
			}
		}
	}
	return found.Commit, err
}

// isEmpty reports whether a name is missing because the repository has no commit.
func isEmpty(err error) bool {
	missing, ok := errors.AsType[*gitread.NameError](err)
	return ok && missing.Empty
}

// existing is the error of a branch that exists at another commit.
func existing(have, want gitobj.ID) error {
	return &refExistsError{ref: "the branch", have: have, want: want, next: "to take it over as it is, set adopt = true or import it; or choose another name"}
}

// foreseeDeletion refuses the deletion of the default branch, and warns of commits that would be
// lost: until the branch is deleted, they may be merged. A server that cannot be asked is reported
// by the deletion.
func (r *branchResource) foreseeDeletion(ctx context.Context, prior *branchModel) diag.Diagnostics {
	if prior == nil || prior.OnDestroy.ValueString() == onDestroyKeep {
		return nil
	}
	s := prior.subject("delete")
	repo, _, err := r.session.OpenRepository(ctx, s.repository)
	if err != nil {
		return nil
	}
	head, err := repo.RefObject(ctx, s.ref)
	if err != nil || head.IsZero() {
		return nil
	}
	err = deletable(ctx, repo, prior, head)
	if isHead := (*headError)(nil); errors.As(err, &isHead) {
		return s.report(err)
	}
	if lost := (*lostError)(nil); errors.As(err, &lost) {
		return s.warn("The branch holds commits that nothing else leads to", err, "The apply will fail unless one of these is done first.")
	}
	return nil
}

// deletable is the reason why a branch with this head is not to be deleted; nil for none.
func deletable(ctx context.Context, repo *gitqueue.Repo, m *branchModel, head gitobj.ID) error {
	name := m.Name.ValueString()
	isHead, err := repo.IsHead(ctx, name)
	switch {
	case err != nil:
		return err
	case isHead:
		return &headError{branch: name}
	case m.ForceDestroy.ValueBool():
		return nil
	}
	lost, err := repo.Unreached(ctx, m.ref(), head)
	if err == nil && lost.Count > 0 {
		err = &lostError{branch: name, lost: lost}
	}
	return err
}

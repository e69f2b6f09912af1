package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// Create creates the branch, or adopts it.
func (r *branchResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var plan branchModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	head, err := r.create(ctx, &plan)
	if err != nil {
		resp.Diagnostics.Append(plan.subject("create").report(err)...)
		return
	}
	plan.CommitID = types.StringValue(head.String())
	settleID(r.session, &plan)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// create returns the head of the branch once it is there.
func (r *branchResource) create(ctx context.Context, plan *branchModel) (head gitobj.ID, err error) {
	repo, _, err := r.session.OpenRepository(ctx, plan.Repository.ValueString())
	if err != nil {
		return head, err
	}
	if plan.Initialize.ValueBool() {
		commit, made, err := repo.Initialize(ctx, plan.Name.ValueString(), r.session.Meta)
		if err != nil || made {
			return commit, err
		}
	}
	if head, err = repo.RefObject(ctx, plan.ref()); err != nil {
		return head, err
	}
	if !head.IsZero() && plan.Adopt.ValueBool() {
		return head, nil
	}
	start, err := repo.Find(ctx, plan.From.ValueString())
	switch {
	case isEmpty(err):
		return head, errors.Join(err, errors.New("set initialize = true for an empty first commit, or let depends_on name the resource that makes the first commit"))
	case err != nil:
		return head, err
	case head.IsZero():
		err = repo.SetRef(ctx, gitwriter.RefChange{Ref: plan.ref(), New: start.Commit})
		if moved := (*gitwriter.MovedError)(nil); errors.As(err, &moved) {
			err = existing(moved.Have, start.Commit)
		}
		return start.Commit, err
	case head != start.Commit:
		return head, existing(head, start.Commit)
	}
	return head, nil
}

// Read finds the head. A branch that is gone is no resource any more.
func (r *branchResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var state branchModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	_, head, ok, diags := readRef(ctx, r.session, state.subject("read"), state.CommitID.IsNull())
	resp.Diagnostics.Append(diags...)
	switch {
	case !ok:
	case head.IsZero():
		resp.State.RemoveResource(ctx)
	default:
		state.CommitID = types.StringValue(head.String())
		refreshID(r.session, &state)
		resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	}
}

// Update changes the state alone: no attribute of a branch that exists is an order.
func (r *branchResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan branchModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	settleID(r.session, &plan)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// Delete deletes the branch, unless it is to be kept, is gone already, or must not be deleted.
func (r *branchResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var state branchModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	resp.Diagnostics.Append(state.subject("delete").report(r.remove(ctx, &state))...)
}

func (r *branchResource) remove(ctx context.Context, state *branchModel) error {
	repo, _, err := r.session.OpenRepository(ctx, state.Repository.ValueString())
	if err != nil {
		return err
	}
	if branch, err := repo.Branch(ctx, state.Name.ValueString()); err == nil {
		branch.AwaitPush()
	}
	head, err := repo.RefObject(ctx, state.ref())
	if err != nil || head.IsZero() {
		return err
	}
	if err := deletable(ctx, repo, state, head); err != nil {
		return err
	}
	return repo.SetRef(ctx, gitwriter.RefChange{Ref: state.ref(), Old: head})
}

// branchImport is how branches are imported.
var branchImport = refImport{"branch", headsPrefix, checkBranch, func(name string) error { return &gitread.BranchError{Branch: name} }}

// ImportState takes `name`, `repository#name` or a resource identity. The Read that Terraform makes
// next finds the head.
func (r *branchResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	repository, name, ok := branchImport.find(ctx, r.session, req, resp)
	if !ok {
		return
	}
	state := importedBranch(repository, name)
	settleID(r.session, &state)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// importedBranch has the defaults of the schema.
func importedBranch(repository, name types.String) branchModel {
	return branchModel{
		Repository: repository, Name: name,
		From: types.StringValue(headName), Adopt: types.BoolValue(false), Initialize: types.BoolValue(false),
		OnDestroy: types.StringValue(onDestroyDelete), ForceDestroy: types.BoolValue(false),
	}
}

package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// planRemoval plans the removal of the file.
func (r *fileResource) planRemoval(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var prior fileModel
	if req.State.Raw.IsNull() || tfmodel.Get(ctx, req.State, &prior).HasError() || prior.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	h := loadHints(ctx, req.Private, prior.Path.ValueString(), &resp.Diagnostics)
	if placeMoved(ctx, r.session, req.Private, &prior, &resp.Diagnostics) != nil {
		return // the deletion reports it
	}
	d, err := r.removal(ctx, &prior, h, &resp.Diagnostics)
	if err != nil {
		return // the deletion reports it
	}
	resp.Diagnostics.Append(d.plan(ctx, resp.Private)...)
}

// Delete removes the file from the branch, unless it is to be kept, is gone already, or became
// others'.
func (r *fileResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	r.session.Owners().Records.Apply()
	var state fileModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	h := loadHints(ctx, req.Private, state.Path.ValueString(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	var d *removal
	err := placeMoved(ctx, r.session, req.Private, &state, &resp.Diagnostics)
	s := subject{verb: "delete", location: state.location()}
	if err == nil {
		d, err = r.removal(ctx, &state, h, &resp.Diagnostics)
	}
	if err == nil {
		d.load(ctx, req.Private, &resp.Diagnostics)
		err = d.make(ctx)
	}
	if errors.Is(err, errLeft) {
		resp.Diagnostics.AddWarning("A seed was left in place", s.detail(err))
	} else if err != nil {
		resp.Diagnostics.Append(s.report(err)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, []byte("true"))...)
	}
}

// removal is the removal of the file in state, at the path that the branch has.
func (r *fileResource) removal(ctx context.Context, state *fileModel, h hints, diags *diag.Diagnostics) (d *removal, err error) {
	d = &removal{session: r.session, stages: state.stages(r.session), seed: state.SeedOnly.ValueBool()}
	named := state.Path.ValueString()
	state.atRaw(h)
	if d.Target, err = r.session.Open(ctx, state.location()); err != nil {
		return d, err
	}
	r.beforeRename(ctx, state, &d.Target, h, diags)
	d.about = subject{verb: "delete", location: d.Location}
	d.files, d.hints = []gitread.Entry{state.entry()}, h.moved(named, d.Path)
	return d, nil
}

// atRaw gives the model the path that the branch has.
func (m *fileModel) atRaw(h hints) {
	if decomposed := h.decomposed[m.Path.ValueString()]; decomposed != "" {
		m.Path = types.StringValue(decomposed)
	}
}

package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// planRemoval plans the removal of the files.
func (r *filesResource) planRemoval(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var prior filesModel
	if req.State.Raw.IsNull() || tfmodel.Get(ctx, req.State, &prior).HasError() || prior.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	h := loadHints(ctx, req.Private, "", &resp.Diagnostics)
	if placeMoved(ctx, r.session, req.Private, &prior, &resp.Diagnostics) != nil {
		return // the deletion reports it
	}
	d, err := r.removal(ctx, &prior, h)
	if err != nil {
		return // the deletion reports it
	}
	resp.Diagnostics.Append(d.plan(ctx, resp.Private)...)
}

// Delete removes the files of blob_ids in one commit, unless they are to be kept. Files that others
// put below a mirrored prefix since the last apply stay.
func (r *filesResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	r.session.Owners().Records.Apply()
	var state filesModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	h := loadHints(ctx, req.Private, "", &resp.Diagnostics)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	var d *removal
	err := placeMoved(ctx, r.session, req.Private, &state, &resp.Diagnostics)
	if err == nil {
		d, err = r.removal(ctx, &state, h)
	}
	if err == nil {
		d.load(ctx, req.Private, &resp.Diagnostics)
		err = d.make(ctx)
	}
	if err != nil {
		resp.Diagnostics.Append(state.subject("delete").report(err)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, []byte("true"))...)
	}
}

// removal is the removal of the files in state.
func (r *filesResource) removal(ctx context.Context, state *filesModel, h hints) (d *removal, err error) {
	d = &removal{session: r.session, about: state.subject("delete"), hints: h, stages: r.session.IsExplicit(state.CommitMode)}
	blobs := state.blobs()
	for _, path := range compare(nil, blobs, h, false).gone {
		d.files = append(d.files, gitread.Entry{Path: path, ID: blobs[path], Mode: h.mode(path)})
	}
	d.Target, err = r.session.Open(ctx, state.location())
	return d, err
}

package resources

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Delete removes the files of blob_ids in one commit, unless they are to be kept. What others put below a mirrored prefix
// since the last apply stays theirs.
func (r *filesResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.session.warn(&resp.Diagnostics)
	var state filesModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := req.Private.GetKey(ctx, seenKey)
	resp.Diagnostics.Append(diags...)
	failed, diags := req.Private.GetKey(ctx, deleteFailedKey)
	resp.Diagnostics.Append(diags...)
	planned, diags := req.Private.GetKey(ctx, removalKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	if err := r.remove(ctx, &state, decodeSeen(private), decodePlannedRemovals(planned), len(failed) > 0); err != nil {
		resp.Diagnostics.Append(state.subject("delete").report(err)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, []byte("true"))...)
	}
}

func (r *filesResource) remove(ctx context.Context, state *filesModel, s seen, planned plannedRemovals, failed bool) error {
	t, err := r.session.open(ctx, state.place())
	if err != nil {
		return err
	}
	stages := r.session.explicit(state.CommitMode)
	var pending *gitwriter.Pending
	if !stages {
		pending = t.branch.Announce(announceKey(state, nil))
		defer pending.Withdraw()
	}
	prior := state.blobs()
	var changes []gitwriter.Change
	for _, p := range compare(nil, prior, s, false).gone {
		c := removal(planned.expected(p, prior[p], s.mode(p)), r.session.Overwrite, state)
		c.Message = "" // that in state is of the last write
		changes = append(changes, c)
	}
	if changes, err = present(ctx, t.branch, changes); err != nil {
		return fmt.Errorf("look for the files: %w", err)
	}
	if stages {
		changes = leaveRemovals(t.branch, changes, failed)
	}
	if len(changes) == 0 {
		return nil
	}
	return outcomesError(t.branch.SubmitWhole(ctx, pending, changes))
}

// present leaves out the removals of what is no file on the branch: a file that cannot be there is not there.
func present(ctx context.Context, b *gitwriter.Branch, removals []gitwriter.Change) ([]gitwriter.Change, error) {
	paths := make([]string, len(removals))
	for i, c := range removals {
		paths[i] = c.Path
	}
	there, err := lookupNamed(ctx, b, paths)
	if err != nil {
		return nil, err
	}
	var out []gitwriter.Change
	for _, c := range removals {
		if _, ok := there[c.Path]; ok {
			out = append(out, c)
		}
	}
	return out, nil
}

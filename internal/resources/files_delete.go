package resources

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Delete removes the files of blob_ids in one commit, unless they are to be kept. What others put
// below a mirrored prefix since the last apply stays theirs.
func (r *filesResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.session.warn(&resp.Diagnostics)
	r.session.records().Apply()
	var state filesModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	before := loadHints(ctx, req.Private, "", &resp.Diagnostics)
	failed, diags := req.Private.GetKey(ctx, deleteFailedKey)
	resp.Diagnostics.Append(diags...)
	planned, diags := req.Private.GetKey(ctx, removalKey)
	resp.Diagnostics.Append(diags...)
	decided, diags := req.Private.GetKey(ctx, fateKey)
	resp.Diagnostics.Append(diags...)
	returns, diags := req.Private.GetKey(ctx, returnsKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	d := filesRemoval{state: &state, hints: before, expect: decodePlannedRemovals(planned), failed: len(failed) > 0}
	if d.fate, d.planned = decodeFate(decided); !d.planned {
		d.returns = decodeReturning(returns)
	}
	if err := r.remove(ctx, d); err != nil {
		resp.Diagnostics.Append(state.subject("delete").report(err)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, []byte("true"))...)
	}
}

// filesRemoval is a deletion, with all that is known of it.
type filesRemoval struct {
	state   *filesModel
	hints   hints
	expect  plannedRemovals
	failed  bool // an earlier deletion failed
	fate    fate // as the plan decided it
	planned bool // there was such a plan
	returns returning
}

func (r *filesResource) remove(ctx context.Context, d filesRemoval) error {
	t, err := r.session.open(ctx, d.state.place())
	if err != nil {
		return err
	}
	stages := r.session.explicit(d.state.CommitMode)
	pending := t.branch.Announce(announceKey(d.state, nil))
	defer pending.Withdraw()
	prior := d.state.blobs()
	gone := compare(nil, prior, d.hints, false).gone
	there, err := lookupBlobs(ctx, t.branch, gone)
	if err != nil {
		return fmt.Errorf("look for the files: %w", err)
	}
	gives := make(map[string]gitobj.ID, len(gone))
	changes := make([]gitwriter.Change, 0, len(gone))
	for _, p := range gone {
		have := d.expect.expected(p, prior[p], d.hints.mode(p))
		if gives[p] = have.ID; r.session.Overwrite && !there[p].IsZero() {
			gives[p] = there[p]
		}
		heir := d.planned && r.session.records().Takes(t.spot(), p)
		c := removal(have, r.session.Overwrite && !heir, d.state)
		c.Message = "" // that in state is of the last write
		changes = append(changes, c)
	}
	end := r.session.begin() // and no longer: other deletions must not wait for this one's push
	left := r.session.leftToOthers(ctx, t.place, gives, d.fate, d.planned)
	end()
	changes = slices.DeleteFunc(changes, func(c gitwriter.Change) bool {
		expected := d.expect.expected(c.Path, prior[c.Path], 0).ID
		if d.returns.has(t.place, c.Path, prior[c.Path], d.hints.mode(c.Path)) && there[c.Path] == prior[c.Path] {
			return true
		}
		if r.session.keptByOthers(t.place, c.Path, d.fate, d.planned) {
			return true
		}
		return there[c.Path].IsZero() || left[c.Path] && there[c.Path] == expected
	})
	if stages {
		committed := d.fate.Committed || d.hints.wasCommitted(prior, there)
		changes = leaveRemovals(t.branch, changes, func(c gitwriter.Change) deletion {
			has, _ := r.session.records().Has(d.fate.Plan, t.spot(), c.Path)
			return deletion{
				failed: d.failed, unplanned: !d.planned, moved: !has, committed: committed,
				taker: r.session.taker(d.fate, t.place, c.Path),
			}
		})
	}
	if len(changes) == 0 {
		return nil
	}
	if d.planned {
		r.session.holdForHeirs(t, changes...)
	}
	for {
		out := t.branch.SubmitWhole(ctx, pending, changes)
		rest := r.withoutPut(t.place, changes, out)
		if err := outcomesError(out); err == nil || len(rest) == len(changes) {
			return err
		}
		if changes = rest; len(changes) == 0 {
			return nil
		}
		pending = nil
	}
}

// withoutPut leaves out the removals that met the file which another resource of the run has put at
// their paths already.
func (r *filesResource) withoutPut(p place, changes []gitwriter.Change, out []gitwriter.Outcome) (rest []gitwriter.Change) {
	for i, o := range out {
		var conflict *gitwriter.ConflictError
		if !errors.As(o.Err, &conflict) || conflict.Path != changes[i].Path || !r.session.wroteElsewhere(p, conflict.Have) {
			rest = append(rest, changes[i])
		}
	}
	return rest
}

// present leaves out the removals of what is no file on the branch: a file that cannot be there is
// not there.
func present(ctx context.Context, b *gitqueue.Branch, removals []gitwriter.Change) ([]gitwriter.Change, error) {
	paths := make([]string, len(removals))
	for i, c := range removals {
		paths[i] = c.Path
	}
	there, err := lookupBlobs(ctx, b, paths)
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

package resources

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Delete removes the file from the branch, unless it is to be kept, is gone already, or became
// others'.
func (r *fileResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.session.warn(&resp.Diagnostics)
	r.session.records().Apply()
	var state fileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	h := loadHints(ctx, req.Private, state.Path.ValueString(), &resp.Diagnostics)
	planned, diags := req.Private.GetKey(ctx, removalKey)
	resp.Diagnostics.Append(diags...)
	failed, diags := req.Private.GetKey(ctx, deleteFailedKey)
	resp.Diagnostics.Append(diags...)
	decided, diags := req.Private.GetKey(ctx, fateKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	s := subject{verb: "delete", place: state.place()}
	d := fileRemoval{state: &state, named: state.Path.ValueString(), blob: state.blob(), hints: h, failed: len(failed) > 0}
	state.atRaw(h)
	if t, err := r.session.open(ctx, state.place()); err == nil {
		r.beforeRename(ctx, &state, &t, h, &resp.Diagnostics)
	}
	d.expect = expectedRemoval(&state, planned)
	d.fate, d.planned = decodeFate(decided)
	returns, diags := req.Private.GetKey(ctx, returnsKey)
	resp.Diagnostics.Append(diags...)
	if !d.planned && decodeReturning(returns).has(d.state.place(), state.Path.ValueString(), state.blob(), state.mode()) {
		return // the file comes back as it is
	}
	if err := r.remove(ctx, d); errors.Is(err, errLeft) {
		resp.Diagnostics.AddWarning("A seed was left in place", s.detail(err))
	} else if err != nil {
		resp.Diagnostics.Append(s.report(err)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, []byte("true"))...)
	}
}

// atRaw gives the model the path that the branch has.
func (m *fileModel) atRaw(h hints) {
	if raw := h.raw[m.Path.ValueString()]; raw != "" {
		m.Path = types.StringValue(raw)
	}
}

// errLeft: a seed is not what this resource wrote, so that it is not removed.
var errLeft = errors.New("the file is not the one that this resource wrote (seed_only), and stays for those who changed it")

// fileRemoval is a deletion, with all that is known of it.
type fileRemoval struct {
	state   *fileModel    // with the path that the branch has
	named   string        // the path in state
	blob    gitobj.ID     // in state
	expect  gitread.Entry // at the path
	hints   hints
	failed  bool // an earlier deletion failed
	fate    fate // as the plan decided it
	planned bool // there was such a plan
}

func (r *fileResource) remove(ctx context.Context, d fileRemoval) error {
	t, err := r.session.open(ctx, d.state.place())
	if err != nil {
		return err
	}
	staging := r.session.stages(d.state)
	pending := t.branch.Announce(t.path + "\x00") // an heir of the path announces that
	defer pending.Withdraw()
	have, err := lookupFile(ctx, t)
	if err != nil {
		return err
	}
	end := r.session.begin() // and no longer: other deletions must not wait for this one's push
	left := r.session.leftToOthers(ctx, t.place, r.gives(have, d.expect), d.fate, d.planned)
	end()
	if r.session.keptByOthers(t.place, t.path, d.fate, d.planned) || left[t.path] && (have.ID == d.expect.ID || !have.Exists()) {
		return nil
	}
	if staging {
		if done, err := r.leaveRemoval(ctx, t, d); done || err != nil {
			return err
		}
	}
	c := r.removal(d.state, d.expect)
	if d.state.SeedOnly.ValueBool() {
		switch {
		case !have.Exists():
			return nil
		case have.ID != d.hints.wrote[d.named]:
			return fmt.Errorf("%w: it is blob %s now", errLeft, have.ID)
		}
		c.Expect = gitwriter.ExpectBlob(d.hints.wrote[d.named], 0)
	}
	heir := d.planned && r.session.records().Takes(t.spot(), t.path)
	if heir { // the other half of a replacement comes after this one, and is none
		if !have.Exists() {
			return nil
		}
		if r.session.Overwrite {
			c.Expect = gitwriter.ExpectBlob(have.ID, have.Mode) // and not the heir's, by then
		}
		r.session.holdForHeirs(t, c)
	}
	_, err = t.branch.Submit(ctx, pending, c)
	var conflict *gitwriter.ConflictError
	switch {
	case errors.Is(err, gitread.ErrNoBranch), errors.Is(err, gitobj.ErrObstacle):
		return nil // a file that cannot be there is not there
	case errors.As(err, &conflict) && (heir && r.session.Overwrite || r.session.wroteElsewhere(t.place, conflict.Have)):
		return nil // another process of the run has put its own there already
	}
	return err
}

// gives is the blob that another resource may replace at the path: the one that the plan saw, or
// with conflict = "overwrite" whichever is there.
func (r *fileResource) gives(have, expect gitread.Entry) map[string]gitobj.ID {
	if r.session.Overwrite && have.Exists() {
		expect.ID = have.ID
	}
	return map[string]gitobj.ID{have.Path: expect.ID}
}

// removal is the change that deletes the file. It has no message: that in state is of the last
// write.
func (r *fileResource) removal(state *fileModel, expect gitread.Entry) gitwriter.Change {
	c := gitwriter.Change{
		Path: state.Path.ValueString(), Delete: true, Expect: gitwriter.ExpectBlob(expect.ID, expect.Mode),
	}
	if r.session.Overwrite {
		c.Expect = gitwriter.ExpectAny()
	}
	return c
}

package resources

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// deleteFailedKey is where private state says that a deletion was tried and failed: the next one is
// not left for a commit that may never run.
const deleteFailedKey = "delete_failed"

// uncommittedSummary is constant, so that the engine folds many of these warnings into one.
const uncommittedSummary = "Files were staged and never committed"

// errUncommitted: what a file's state says was staged, and the branch still holds what it held
// before.
var errUncommitted = errors.New("the file was staged for a commit and never committed: no nanogit_commit names it, or the one that does failed or did not run. " +
	"It is planned again. If no nanogit_commit names it, it will never be written: name it in one, or set commit_mode = \"auto\"")

// explicit reports whether a resource with this commit_mode leaves its changes for a
// nanogit_commit.
func (s *Session) explicit(mode types.String) bool {
	if mode.IsNull() {
		return s != nil && s.Explicit
	}
	return mode.ValueString() == CommitExplicit
}

// stages reports whether a file's changes wait for a nanogit_commit. A seed's do not: what becomes
// of it is others' business, so that no commit can promise its content.
func (s *Session) stages(m *fileModel) bool {
	return s.explicit(m.CommitMode) && !m.SeedOnly.ValueBool()
}

// leave puts the change into what waits, and completes the plan's computed values.
func (w *fileWrite) leave(now hints, c gitwriter.Change) hints {
	w.branch.StagePut(c)
	w.settle(c.Blob, gitwriter.Result{})
	var before gitobj.ID
	switch {
	case c.From != "":
		now.renames = map[string]renameSource{c.Path: {c.From, w.prior.blob()}}
		if w.found == c.Blob {
			before = w.found // so that the blob there does not show that the commit ran
		}
	case w.prior != nil:
		before = w.prior.blob()
	default:
		before = w.found
	}
	now.staged = map[string]gitobj.ID{c.Path: before}
	return now
}

// unmoved finds what a rename left that was staged and never committed: the branch has nothing at
// the new path, and at the old one what was there. The file is then where it was, and the rename is
// planned again. Without this the old path would be nobody's, as soon as the commit that was to
// take it away has no state that names it. An old path that holds something else by now may be
// somebody else's: it is left alone, and a warning names it.
//
// A new path that held the content before tells nothing: the old one does.
func unmoved(ctx context.Context, s subject, t target, state *fileModel, have gitread.Entry, h hints, diags *diag.Diagnostics) (gitread.Entry, error) {
	before, staged := h.before(t.path)
	source, renamed := h.renames[t.path]
	blob := h.stagedAs(t.path, state.blob())
	adopted := have.Exists() && have.ID == before && before == blob
	if have.Exists() && !adopted || !staged || !renamed || blob != state.blob() {
		return have, nil
	}
	t.path = source.path
	old, err := lookupFile(ctx, t)
	switch {
	case err != nil || !old.Exists() || adopted && old.ID != source.blob:
		return have, err
	case old.ID != source.blob:
		diags.AddWarning("Files are left on the branch", s.detail(fmt.Errorf("the file was to be renamed, that was never committed, and its old path holds something else by now:\n\n  - %s\n\n"+
			"It is left alone; when it is nobody else's, remove it by hand", old.Path)))
		return have, nil
	}
	return old, nil
}

// deletion is what a deletion in explicit mode depends on.
type deletion struct {
	put    bool // this process put the path: its new owner keeps it
	absent bool // the branch has no such file
	passed bool // a commit that named the path ran or was destroyed in this process
	failed bool // an earlier deletion failed
	// unplanned: the deletion is the first half of a replacement, whose second half takes its
	// place. moved: that one is known to be at another path.
	unplanned, moved bool
	// taker tells whether a commit of this apply takes the removal, committed whether one took
	// changes of the file before.
	taker     taker
	committed bool
}

type deleteHow string

const (
	deleteNothing deleteHow = "nothing"
	deleteNow     deleteHow = "now"   // with a group commit, and its outcome is this deletion's
	deleteStage   deleteHow = "stage" // for the commit that named the path
)

// how applies the rules in their order. A removal that no commit is known to take is made at once:
// nobody would be left to know of it.
func (d deletion) how() deleteHow {
	switch {
	case d.put, d.absent:
		return deleteNothing
	case d.passed, d.failed:
		return deleteNow
	case d.unplanned && (!d.moved || d.taker != takerNone), d.taker == takerCommit, d.taker == takerUnknown && d.committed:
		return deleteStage
	}
	return deleteNow
}

// leaveRemoval stages the removal of a file, where that is what is to be done, or does nothing
// where nothing is. It reports false when the file is to be removed at once.
func (r *fileResource) leaveRemoval(ctx context.Context, t target, f fileRemoval) (done bool, err error) {
	have, err := lookupFile(ctx, t)
	if err != nil {
		return false, err
	}
	has, _ := r.session.records().Has(f.fate.Plan, t.spot(), t.path)
	d := deletion{
		put: t.branch.PutHere(t.path), absent: !have.Exists(), passed: t.branch.Passed(t.path), failed: f.failed,
		unplanned: !f.planned, moved: !has,
		taker: r.session.taker(f.fate, t.place, t.path), committed: f.fate.Committed || f.hints.wasCommitted(map[string]gitobj.ID{f.named: f.blob}, map[string]gitobj.ID{f.named: have.ID}),
	}
	switch d.how() {
	case deleteNothing:
		return true, nil
	case deleteStage:
		c := r.removal(f.state, f.expect)
		if r.session.records().Takes(t.spot(), t.path) {
			if have.ID != f.expect.ID && r.session.wroteElsewhere(t.place, have) {
				return true, nil // its heir has put its own there already
			}
			c.Expect = gitwriter.ExpectBlob(have.ID, have.Mode)
		}
		return t.branch.StageRemoval(c), nil
	}
	return false, nil
}

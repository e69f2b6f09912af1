package resources

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
func (w *fileWrite) leave(wrote written, c gitwriter.Change) written {
	w.branch.StagePut(c)
	w.settle(c.Blob, gitwriter.Result{})
	wrote.staged = true
	switch {
	case c.From != "":
		wrote.left, wrote.leftBlob = c.From, w.prior.blob()
		if w.found == c.Blob {
			wrote.before = w.found // so that the blob there does not show that the commit ran
		}
	case w.prior != nil:
		wrote.before = w.prior.blob()
	default:
		wrote.before = w.found
	}
	return wrote
}

// checkStaged warns of a file that was staged and never committed. The summary is constant, so that
// the engine folds many of them into one. Once the branch holds the blob, private state forgets
// that it was staged.
func checkStaged(ctx context.Context, s subject, state *fileModel, have gitread.Entry, wrote written, resp *resource.ReadResponse) {
	switch {
	case wrote.uncommitted(state.blob(), have.ID):
		resp.Diagnostics.AddWarning(uncommittedSummary, s.detail(errUncommitted))
	case wrote.staged && have.ID == wrote.blob:
		wrote = written{blob: wrote.blob, pointer: wrote.pointer, rival: wrote.rival, token: wrote.token, committed: wrote.wasCommitted(have.ID)}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, writtenKey, wrote.encode())...)
	}
}

// unmoved finds what a rename left that was staged and never committed: the branch has nothing at
// the new path, and at the old one what was there. The file is then where it was, and the rename is
// planned again. Without this the old path would be nobody's, as soon as the commit that was to
// take it away has no state that names it. An old path that holds something else by now may be
// somebody else's: it is left alone, and a warning names it.
//
// A new path that held the content before tells nothing: the old one does.
func unmoved(ctx context.Context, s subject, t target, state *fileModel, have gitread.Entry, wrote written, diags *diag.Diagnostics) (gitread.Entry, error) {
	adopted := have.Exists() && have.ID == wrote.before && wrote.before == wrote.blob
	if have.Exists() && !adopted || !wrote.staged || wrote.left == "" || wrote.blob != state.blob() {
		return have, nil
	}
	t.path = wrote.left
	old, err := lookupFile(ctx, t)
	switch {
	case err != nil || !old.Exists() || adopted && old.ID != wrote.leftBlob:
		return have, err
	case old.ID != wrote.leftBlob:
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
		taker: r.session.taker(f.fate, t.place, t.path), committed: f.fate.Committed || f.written.wasCommitted(have.ID),
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

package resources

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// leave puts the changes into those that wait for the nanogit_commit that names the files. A change
// for which no commit may run is made first, and at once: nobody else would be left to know of it.
func (w *filesWrite) leave(ctx context.Context, puts, removals []gitwriter.Change) error {
	removals, err := w.present(ctx, removals)
	if err != nil {
		return fmt.Errorf("look for the files that are to go: %w", err)
	}
	takes := func(path string) bool {
		commits, known := w.session.records().Commits("", w.spot(), path)
		return commits || !known && w.hints.everStaged() // it was there when it took changes before
	}
	// A commit names blobs: it runs when one of them changes, and not for what the plan merely
	// could not rule out.
	onlyMode := func(c gitwriter.Change) bool { return w.have[c.Path] == c.Blob }
	runs := slices.ContainsFunc(puts, func(c gitwriter.Change) bool { return !onlyMode(c) && takes(c.Path) }) ||
		slices.ContainsFunc(removals, func(c gitwriter.Change) bool { return c.With == "" && takes(c.Path) })
	who := func(c gitwriter.Change) taker {
		if runs && (c.With != "" || takes(c.Path)) {
			return takerCommit
		}
		return takerNone
	}
	now := slices.DeleteFunc(slices.Clone(removals), func(c gitwriter.Change) bool {
		return leaveRemoval(w.branch, c, howToDelete(w.branch, c.Path, deletion{failed: w.failed, taker: who(c)}))
	})
	puts = slices.DeleteFunc(slices.Clone(puts), func(c gitwriter.Change) bool {
		alone := onlyMode(c) && who(c) != takerCommit
		if alone {
			now = append(now, c)
		}
		return alone
	})
	if len(now) > 0 {
		if err := outcomesError(w.branch.SubmitWhole(ctx, nil, now)); err != nil {
			return &removalError{err}
		}
	}
	for _, c := range puts {
		w.branch.StagePut(c)
	}
	return nil
}

// present leaves out the removals of paths without a file on the branch: a file that cannot be
// there is not there.
func (w *filesWrite) present(ctx context.Context, removals []gitwriter.Change) (out []gitwriter.Change, err error) {
	paths := make([]string, len(removals))
	for i, c := range removals {
		paths[i] = c.Path
	}
	found, err := lookupFiles(ctx, w.branch, paths...)
	for i, have := range found {
		if have.Exists() {
			out = append(out, removals[i])
		}
	}
	return out, err
}

// removalError: a change that no commit takes could not be made.
type removalError struct{ err error }

func (e *removalError) Error() string { return e.err.Error() }
func (e *removalError) Unwrap() error { return e.err }

// notes is what private state is to know of the files that were staged: what state says that the
// branch held before. Those of an earlier apply that nobody looked for since (-refresh=false) stay
// noted.
func (w *filesWrite) notes(puts []int) (fresh bool, staged map[string]gitobj.ID) {
	if w.prior == nil {
		return true, nil
	}
	staged = make(map[string]gitobj.ID)
	for i := range w.items {
		if was, ok := w.hints.before(w.items[i].path); ok {
			staged[w.items[i].path] = was
		}
	}
	for _, i := range puts {
		staged[w.items[i].path] = w.have[w.items[i].path]
	}
	return false, staged
}

// announceRemovals is Session.announceRemoval for files that go while the resource stays. Files
// that others put into a mirror go with the commit that names the mirror's files, though that never
// named it.
func (p *filesPlan) announceRemovals(items []item, gone []string) {
	if p.target.branch == nil {
		return
	}
	var foreign []string
	gone = slices.DeleteFunc(slices.Clone(gone), func(path string) bool {
		if p.hints.foreign[path] {
			foreign = append(foreign, path)
		}
		return p.hints.foreign[path]
	})
	p.target.branch.AnnounceRemoval(gone...)
	p.target.branch.AnnounceRemovalWith(announceKey(&p.plan, items), foreign...)
}

// setUnmade plans the commit and the tree of changes that are yet to be made. In explicit mode it
// is the nanogit_commit that makes them.
func (m *filesModel) setUnmade(stages bool) {
	m.CommitID, m.TreeID = types.StringUnknown(), types.StringUnknown()
	if stages {
		m.CommitID, m.TreeID = types.StringNull(), types.StringNull()
	}
}

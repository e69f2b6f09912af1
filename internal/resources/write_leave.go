package resources

import (
	"context"
	"fmt"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// leave puts the changes into those that wait for the nanogit_commit that names the files, and
// returns the puts that wait. A change for which no commit may run is made first, and at once:
// nobody else would be left to know of it.
func (w *write) leave(ctx context.Context, pending *gitqueue.Pending, puts, removals []gitwriter.Change) (left []gitwriter.Change, err error) {
	if removals, err = w.present(ctx, removals); err != nil {
		return nil, fmt.Errorf("look for the files that are to go: %w", err)
	}
	who := w.taker(puts, removals)
	now := slices.DeleteFunc(slices.Clone(removals), func(c gitwriter.Change) bool {
		return leaveRemoval(w.Branch, c, howToDelete(w.Branch, c.Path, deletion{failed: w.failed, taker: who(c)}))
	})
	for _, c := range puts {
		switch {
		case w.onlyMode(c) && who(c) != session.TakerCommit:
			now = append(now, c)
		case w.onlyOldPath(c):
			w.session.Owners().HoldForHeirs(w.Target, c)
			now = append(now, c)
		default:
			left = append(left, c)
		}
	}
	if _, err := w.submit(ctx, pending, now); err != nil {
		return nil, &removalError{err}
	}
	for _, c := range left {
		w.Branch.StagePut(c)
	}
	return left, nil
}

// taker finds out for each change whether a nanogit_commit takes it. A commit names blobs: it runs
// when any of them changes, and not for changes that the plan merely could not rule out.
func (w *write) taker(puts, removals []gitwriter.Change) func(gitwriter.Change) session.Taker {
	takes := func(path string) bool {
		commits, known := w.session.Owners().Records.Commits("", w.OnBoard(), path)
		return commits || !known && w.hints.everStaged() // it was there when it took changes before
	}
	runs := slices.ContainsFunc(puts, func(c gitwriter.Change) bool { return !w.onlyMode(c) && takes(c.Path) }) ||
		slices.ContainsFunc(removals, func(c gitwriter.Change) bool { return c.With == "" && takes(c.Path) })
	return func(c gitwriter.Change) session.Taker {
		if runs && (c.With != "" || takes(c.Path)) {
			return session.TakerCommit
		}
		return session.TakerNone
	}
}

// onlyMode reports whether a put leaves the blob as it is: a commit names blobs, so that none may
// run for a mode alone.
func (w *write) onlyMode(c gitwriter.Change) bool {
	if have, ok := w.have[c.Path]; ok {
		return have.ID == c.Blob
	}
	found := w.found[c.Path]
	return c.From == "" && found.ID == c.Blob && found.Mode != c.Mode
}

// onlyOldPath reports whether a rename finds its content at the new path already, and no
// nanogit_commit of the apply takes it: nothing but the old path has to go.
func (w *write) onlyOldPath(c gitwriter.Change) bool {
	found := w.found[c.Path]
	return c.From != "" && found.ID == c.Blob && found.Mode == c.Mode && w.session.Owners().TakerHere(w.Location, c.Path) == session.TakerNone
}

// removalError: a change that no commit takes could not be made.
type removalError struct{ err error }

// Error implements error.
func (e *removalError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *removalError) Unwrap() error { return e.err }

// present leaves out the removals of paths without a file on the branch: a file that cannot be
// there is not there.
func (w *write) present(ctx context.Context, removals []gitwriter.Change) (out []gitwriter.Change, err error) {
	if len(removals) == 0 {
		return nil, nil
	}
	paths := make([]string, len(removals))
	for i, c := range removals {
		paths[i] = c.Path
	}
	found, err := lookupFiles(ctx, w.Branch, paths...)
	for i, have := range found {
		if have.Exists() {
			out = append(out, removals[i])
		}
	}
	return out, err
}

// stagedHints are the hints of the puts that were staged: the blobs that the branch held before, by
// state, or at a new path by a look. Those of an earlier apply that nobody looked for since
// (-refresh=false) stay.
func (w *write) stagedHints(puts []gitwriter.Change) (fresh bool, staged map[string]gitobj.ID) {
	if w.creates && len(w.found) == 0 {
		return true, nil
	}
	staged = make(map[string]gitobj.ID)
	for i := range w.items {
		if was, ok := w.hints.before(w.items[i].path); ok {
			staged[w.items[i].path] = was
		}
	}
	for _, c := range puts {
		have, ok := w.have[c.Path]
		if found := w.found[c.Path]; !ok && (c.From == "" || found.ID == c.Blob) {
			have = found // of a rename, so that the blob there does not show that the commit ran
		}
		staged[c.Path] = have.ID
	}
	return false, staged
}

// renamedHints are the sources of the renames that wait.
func (w *write) renamedHints(left []gitwriter.Change) map[string]renameSource {
	renames := make(map[string]renameSource)
	for _, c := range left {
		if c.From == "" {
			continue
		}
		i := slices.IndexFunc(w.items, func(it item) bool { return it.path == c.Path })
		renames[c.Path] = renameSource{c.From, w.items[i].from.ID}
	}
	return renames
}

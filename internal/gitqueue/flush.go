package gitqueue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// FlushStaged pushes, as a commit for each branch, the removals that were reported done and that
// no commit took, and with them the puts that only change a file's mode, for which no commit may
// run: a commit names blobs. Other puts are given up: the next plan finds them missing. It is
// called when nothing further will be staged, and waits for the pushes that are under way first.
// When ctx ends before it is done, its pushes go on, and their outcome is not known. It returns the
// number of changes that were pushed.
func (r *Repo) FlushStaged(ctx context.Context) (pushed int, err error) {
	r.mu.Lock()
	branches := slices.Collect(maps.Values(r.branches))
	r.mu.Unlock()
	if r.Closed() {
		return 0, nil
	}
	errs, counts := make([]error, len(branches)), make([]int, len(branches))
	var wg sync.WaitGroup
	for i, b := range branches {
		wg.Go(func() { counts[i], errs[i] = b.flush(ctx) })
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
		for _, n := range counts {
			pushed += n
		}
		return pushed, errors.Join(errs...)
	case <-ctx.Done():
		return 0, fmt.Errorf("removals that no commit took: the server has not answered in time: %w", context.Cause(ctx))
	}
}

// flush is FlushStaged for a single branch.
func (b *Branch) flush(ctx context.Context) (int, error) {
	b.AwaitPush()
	s := &b.staged
	s.mu.Lock()
	var changes []gitwriter.Change
	for _, path := range slices.Sorted(maps.Keys(s.removals)) {
		changes = append(changes, s.removals[path].Change)
	}
	var puts []gitwriter.Change
	for _, path := range slices.Sorted(maps.Keys(s.puts)) {
		puts = append(puts, s.puts[path].Change)
	}
	clear(s.removals)
	s.mu.Unlock()

	modes, unclaimed, err := b.onlyModes(ctx, puts)
	if err != nil {
		b.repo.logf(ctx, "branch %s: what is staged could not be compared: %v", b.Name(), err)
	}
	if len(unclaimed) > 0 {
		b.repo.logf(ctx, "branch %s: %d files were staged and no nanogit_commit took them: %q", b.Name(), len(unclaimed), unclaimed)
	}
	changes = append(changes, modes...)
	if len(changes) == 0 {
		return 0, nil
	}
	var errs []error
	for i, o := range b.commitLeft(ctx, changes) {
		if o.Err != nil && !b.Yields(o.Err) {
			errs = append(errs, fmt.Errorf("%s, which no commit took: %w", changes[i], o.Err))
		}
	}
	return len(changes) - len(errs), errors.Join(errs...)
}

// maxNarrowed bounds the attempts of a removal at the end, each with the blob that the branch has
// at that time.
const maxNarrowed = 4

// commitLeft commits the staged changes that are left at the end. A removal that accepts every
// entry leaves the file of another resource alone: if that resource wrote by another spelling of
// the repository, only the branch shows it.
func (b *Branch) commitLeft(ctx context.Context, changes []gitwriter.Change) []gitwriter.Outcome {
	out, rest := make([]gitwriter.Outcome, len(changes)), make([]int, len(changes))
	asked := slices.Clone(changes)
	for i, c := range changes {
		rest[i] = i
		if e, err := b.Lookup(ctx, c.Path); takesAny(c) && err == nil && e.Exists() {
			asked[i].Expect = gitwriter.ExpectBlob(e.ID, e.Mode)
		}
	}
	for range maxNarrowed {
		batch := make([]gitwriter.Change, len(rest))
		for n, i := range rest {
			batch[n] = asked[i]
		}
		var again []int
		for n, o := range b.Commit(ctx, batch, b.repo.opts.Meta) {
			i := rest[n]
			out[i] = o
			var conflict *gitwriter.ConflictError
			if takesAny(changes[i]) && errors.As(o.Err, &conflict) && !b.Yields(o.Err) {
				asked[i].Expect = gitwriter.ExpectBlob(conflict.Have.ID, conflict.Have.Mode)
				again = append(again, i)
			}
		}
		if rest = again; len(rest) == 0 {
			break
		}
	}
	return out
}

// takesAny reports whether the change is a removal of any entry.
func takesAny(c gitwriter.Change) bool { return c.Delete && c.Expect == gitwriter.ExpectAny() }

// onlyModes selects the puts whose blob the branch has at their path: only the mode has to change,
// or the old path of a rename has to go. unclaimed are the paths of the puts with another blob.
func (b *Branch) onlyModes(ctx context.Context, puts []gitwriter.Change) (modes []gitwriter.Change, unclaimed []string, err error) {
	if len(puts) == 0 {
		return nil, nil, nil
	}
	paths := make([]string, len(puts))
	for i, c := range puts {
		paths[i] = c.Path
	}
	found, _, err := b.LookupAll(ctx, paths)
	if err != nil {
		return nil, paths, err
	}
	for i, c := range puts {
		switch have := found[i]; {
		case have.ID != c.Blob:
			unclaimed = append(unclaimed, c.Path)
		case have.Mode != c.Mode || c.From != "":
			modes = append(modes, c)
		}
	}
	return modes, unclaimed, nil
}

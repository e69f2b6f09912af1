package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// FlushStaged pushes, as one commit a branch, the removals that were reported done and that no
// commit took, and with them the puts that only change a file's mode, for which no commit may run:
// a commit names blobs. Other puts are given up: the next plan finds them missing. It is called
// when nothing further will be staged. When ctx ends first, what is under way goes on, and its
// outcome is not known. Pushes that are under way are awaited first. It returns how many changes
// were pushed.
func (r *Repo) FlushStaged(ctx context.Context) (pushed int, err error) {
	r.mu.Lock()
	branches := slices.Collect(maps.Values(r.branches))
	closed := r.closed
	r.mu.Unlock()
	if closed {
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

// flush is FlushStaged for one branch.
func (b *Branch) flush(ctx context.Context) (int, error) {
	b.awaitPush()
	s := &b.staged
	s.mu.Lock()
	var changes []Change
	for _, path := range slices.Sorted(maps.Keys(s.removals)) {
		changes = append(changes, s.removals[path].Change)
	}
	var puts []Change
	for _, path := range slices.Sorted(maps.Keys(s.puts)) {
		puts = append(puts, s.puts[path].Change)
	}
	clear(s.removals)
	s.mu.Unlock()

	modes, unclaimed, err := b.onlyModes(ctx, puts)
	if err != nil {
		b.repo.opts.Logf(ctx, "branch %s: what is staged could not be compared: %v", b.name, err)
	}
	if len(unclaimed) > 0 {
		b.repo.opts.Logf(ctx, "branch %s: %d files were staged and no nanogit_commit took them: %q", b.name, len(unclaimed), unclaimed)
	}
	changes = append(changes, modes...)
	if len(changes) == 0 {
		return 0, nil
	}
	var errs []error
	for i, o := range b.commitLeft(ctx, changes) {
		if o.Err != nil && !b.yields(o.Err) {
			errs = append(errs, fmt.Errorf("%s, which no commit took: %w", changes[i], o.Err))
		}
	}
	return len(changes) - len(errs), errors.Join(errs...)
}

// maxNarrowed bounds the attempts of a removal at the end, each with the blob that the branch has
// at that time.
const maxNarrowed = 4

// commitLeft commits the staged changes that are left at the end. A removal that takes any blob
// leaves the blob of another resource alone: if that wrote by another spelling of the repository,
// only the branch shows it.
func (b *Branch) commitLeft(ctx context.Context, changes []Change) []Outcome {
	out, rest := make([]Outcome, len(changes)), make([]int, len(changes))
	asked := slices.Clone(changes)
	for i, c := range changes {
		rest[i] = i
		if e, err := b.Lookup(ctx, c.Path); c.takesAny() && err == nil && e.Exists() {
			asked[i].Expect = ExpectBlob(e.ID, e.Mode)
		}
	}
	for range maxNarrowed {
		batch := make([]Change, len(rest))
		for n, i := range rest {
			batch[n] = asked[i]
		}
		var again []int
		for n, o := range b.Commit(ctx, batch, b.repo.opts.Meta) {
			i := rest[n]
			out[i] = o
			var conflict *ConflictError
			if changes[i].takesAny() && errors.As(o.Err, &conflict) && !b.yields(o.Err) {
				asked[i].Expect = ExpectBlob(conflict.Have.ID, conflict.Have.Mode)
				again = append(again, i)
			}
		}
		if rest = again; len(rest) == 0 {
			break
		}
	}
	return out
}

// takesAny reports whether the change is a removal of whatever is there.
func (c Change) takesAny() bool { return c.Delete && c.Expect == ExpectAny() }

// yields reports whether a removal failed because another resource has put its own there already.
func (b *Branch) yields(err error) bool {
	var conflict *ConflictError
	return b.repo.opts.Yields != nil && errors.As(err, &conflict) && b.repo.opts.Yields(b.name, conflict.Have)
}

// onlyModes picks the puts that leave the blob as the branch has it: of a rename, only the old path
// has to go. unclaimed are the paths of the others, but for what
// the branch holds already.
func (b *Branch) onlyModes(ctx context.Context, puts []Change) (modes []Change, unclaimed []string, err error) {
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

// awaitPush returns when the push that is under way, if there is one, has ended.
func (b *Branch) awaitPush() {
	b.push.Lock()
	defer b.push.Unlock()
}

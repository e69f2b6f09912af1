package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// FlushStaged pushes, as one commit a branch, the removals that were reported done and that no commit took, and with them the
// puts that only change a file's mode, for which no commit may run: a commit names blobs. Other puts are given up: the next
// plan finds them missing. It is called when nothing further will be staged. When ctx ends first, what is under way goes on,
// and its outcome is not known. Pushes that are under way are awaited first. It returns how many changes were pushed.
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
	for i, o := range b.Commit(ctx, changes, b.repo.opts.Meta) {
		if o.Err != nil && !b.yields(o.Err) {
			errs = append(errs, fmt.Errorf("%s, which no commit took: %w", changes[i], o.Err))
		}
	}
	return len(changes) - len(errs), errors.Join(errs...)
}

// yields reports whether a removal failed because another resource has put its own there already.
func (b *Branch) yields(err error) bool {
	var conflict *ConflictError
	return b.repo.opts.Yields != nil && errors.As(err, &conflict) && b.repo.opts.Yields(b.name, conflict.Have)
}

// onlyModes picks the puts that leave the blob as the branch has it. unclaimed are the paths of the others, but for what
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
		case have.ID != c.Blob || c.From != "":
			unclaimed = append(unclaimed, c.Path)
		case have.Mode != c.Mode:
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

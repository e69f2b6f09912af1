package resources

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// puts stages the items of these indices, as many at once as there are processors, and describes
// the changes. What the branch holds already is not read again, unless it is to wait: until a
// commit runs, others may take it away.
func (w *filesWrite) puts(ctx context.Context, indices []int) ([]gitwriter.Change, error) {
	read := indices
	if !w.stages {
		var err error
		if read, err = w.absent(ctx, indices); err != nil {
			return nil, err
		}
	}
	err := inParallel(ctx, len(read), func(k int) error { return w.stage(ctx, &w.items[read[k]]) })
	changes := make([]gitwriter.Change, len(indices))
	for k, i := range indices {
		it := &w.items[i]
		changes[k] = gitwriter.Change{Path: it.path, Mode: it.mode, Blob: it.blob, Expect: w.expect(it), Message: w.plan.CommitMessage.ValueString()}
	}
	return changes, err
}

// absent are those of the items that the branch does not hold at their paths; the others are
// unread.
func (w *filesWrite) absent(ctx context.Context, indices []int) ([]int, error) {
	paths := make([]string, len(indices))
	for k, i := range indices {
		paths[k] = w.items[i].path
	}
	found, _, err := w.branch.LookupAll(ctx, paths)
	if err != nil {
		return nil, err
	}
	w.unread = make(map[string]*item)
	var read []int
	for k, i := range indices {
		if it, have := &w.items[i], found[k]; have.Exists() && have.ID == it.blob {
			w.unread[it.path] = it
		} else {
			read = append(read, i)
		}
	}
	return read, nil
}

// stage puts the content of an item into the stage.
func (w *filesWrite) stage(ctx context.Context, it *item) error {
	if !it.known() {
		return it.wrap(errNoContent)
	}
	blob, err := it.content.stage(ctx, w.branch, it.blob)
	if err != nil {
		return it.wrap(err)
	}
	it.blob = blob
	w.mu.Lock()
	defer w.mu.Unlock()
	w.staged = append(w.staged, blob)
	return nil
}

// expect is what this resource believes to be at the path that an item is written to.
func (w *filesWrite) expect(it *item) gitwriter.Expectation {
	have, ok := w.have[it.path]
	switch {
	case ok && w.overwrite, !ok && w.plan.OverwriteOnCreate.ValueBool():
		return gitwriter.ExpectAny()
	case ok:
		return gitwriter.ExpectBlob(have, w.hints.mode(it.path))
	}
	return gitwriter.ExpectAbsent()
}

// removals take away what is gone from the configuration, and what others have below a prefix that
// is to be mirrored from now on.
func (w *filesWrite) removals(ctx context.Context, gone []string) ([]gitwriter.Change, error) {
	others, err := strangers(ctx, w.branch, w.plan, w.prior, w.items)
	if err != nil {
		return nil, err
	}
	var changes []gitwriter.Change
	for _, p := range gone {
		c := deleteOf(gitread.Entry{Path: p, ID: w.have[p], Mode: w.hints.mode(p)}, w.overwrite)
		c.Message = w.plan.CommitMessage.ValueString()
		if w.hints.foreign[p] {
			c.With = announceKey(w.plan, w.items)
		}
		changes = append(changes, c)
	}
	for _, e := range others {
		c := deleteOf(e, w.overwrite)
		c.Message = w.plan.CommitMessage.ValueString()
		c.With = announceKey(w.plan, w.items)
		changes = append(changes, c)
	}
	return changes, nil
}

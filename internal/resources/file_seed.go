package resources

import (
	"context"
	"errors"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// seed writes a file whose content is others' business from then on (seed_only). State always tells of the
// seed, whatever the branch holds.
func (w *fileWrite) seed(ctx context.Context, pending *gitwriter.Pending) (written, error) {
	if w.prior != nil {
		if moved, err := w.moveSeed(ctx, pending); moved || err != nil {
			return w.written, err
		}
	}
	if !w.given {
		return written{}, errNoContent
	}
	have, err := w.branch.Lookup(ctx, w.path)
	if err != nil {
		return written{}, err
	}
	blob, err := w.stage(ctx)
	if err != nil {
		return written{}, err
	}
	defer w.branch.Discard(blob)
	// A path that exists is not touched, and what was not written must not be removed later either.
	if have.Exists() {
		w.settle(blob, gitwriter.Result{})
		return written{}, nil
	}
	c := gitwriter.Change{
		Path: w.path, Mode: w.plan.mode(), Blob: blob,
		Expect: gitwriter.ExpectAbsent(), Message: w.plan.CommitMessage.ValueString(),
	}
	result, err := w.branch.Submit(ctx, pending, c)
	switch {
	case errors.Is(err, gitwriter.ErrConflict): // somebody was faster
		w.settle(blob, gitwriter.Result{})
		return written{}, nil
	case err != nil:
		return written{}, err
	}
	w.settle(blob, result)
	return written{blob: blob}, nil
}

// moveSeed renames what is at the prior path, with whatever others made of it. It reports false when there is nothing.
func (w *fileWrite) moveSeed(ctx context.Context, pending *gitwriter.Pending) (bool, error) {
	old := w.target
	old.path = w.prior.Path.ValueString()
	have, err := lookupFile(ctx, old)
	if err != nil || !have.Exists() || old.path == w.path {
		return false, err
	}
	c := w.change(have.ID, have.Mode)
	c.ExpectFrom = gitwriter.ExpectBlob(have.ID, have.Mode)
	result, err := w.branch.Submit(ctx, pending, c)
	if err != nil {
		return false, err
	}
	seed := w.prior.blob()
	if w.given {
		if seed, err = w.content.blobID(have.ID.Format()); err != nil {
			return false, err
		}
	}
	w.settle(seed, result)
	return true, nil
}

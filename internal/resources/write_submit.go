package resources

import (
	"context"
	"errors"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// submit sends the changes until they are on the branch or cannot be.
func (w *write) submit(ctx context.Context, pending *gitqueue.Pending, changes []gitwriter.Change) (gitwriter.Result, error) {
	if len(changes) == 0 {
		return gitwriter.Result{}, nil
	}
	out := w.Branch.SubmitWhole(ctx, pending, changes)
	for {
		again, err := w.mend(ctx, changes, out)
		if err != nil {
			return gitwriter.Result{}, err
		}
		if !again {
			break
		}
		out = w.Branch.SubmitWhole(ctx, nil, changes)
	}
	if err := outcomesError(out); err != nil {
		return gitwriter.Result{}, err
	}
	for _, o := range out {
		if !o.Result().Commit.IsZero() {
			return o.Result(), nil
		}
	}
	return gitwriter.Result{}, nil
}

// mend corrects changes that met a branch other than when it was looked at, and reports whether it
// did, which is so once for each change at most.
//
// A content that the branch had then, and has no more, is staged: somebody took it away since, and
// it is wanted all the same. A rename whose old path another process of the run has put its own
// file at already leaves that path alone.
func (w *write) mend(ctx context.Context, changes []gitwriter.Change, out []gitwriter.Outcome) (again bool, err error) {
	for i, o := range out {
		var unstaged *gitwriter.UnstagedError
		var conflict *gitwriter.ConflictError
		switch c := &changes[i]; {
		case errors.As(o.Err, &unstaged):
			it := w.unread[unstaged.Change.Path]
			if it == nil {
				continue
			}
			delete(w.unread, it.path)
			if err := w.stage(ctx, it); err != nil {
				return false, err
			}
			again = true
		case c.From != "" && errors.As(o.Err, &conflict) && conflict.Path == c.From && w.claimed(c.From, conflict.Have.ID):
			c.From, c.ExpectFrom = "", gitwriter.Expectation{}
			again = true
		}
	}
	return again, nil
}

package resources

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

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

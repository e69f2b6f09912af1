package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// Branch is a branch of a repository with its reader, and the writer of its commits. It is safe for
// concurrent use.
type Branch struct {
	*gitread.Branch
	repo    *Repo
	history history
	push    sync.Mutex // held while a commit is built and pushed: a branch has a single push at a time
}

func newBranch(r *Repo, reader *gitread.Branch) *Branch {
	b := &Branch{Branch: reader, repo: r}
	b.history.init()
	return b
}

// StageBlob hashes and deflates size bytes of content into the stage and returns the blob's id.
// Nothing of it is sent. If the object format is not known yet, the branch is looked for, which
// saves the first read of the branch that request. The caller owns a reference, which Discard
// takes back.
func (b *Branch) StageBlob(ctx context.Context, size int64, src io.Reader) (gitobj.ID, error) {
	if limit := b.repo.opts.Stage.MaxObjectSize; size > limit {
		return gitobj.ID{}, fmt.Errorf("stage %d bytes: %w of %d bytes (limits.max_object_size)", size, gitread.ErrTooLarge, limit)
	}
	if err := b.nameStage(ctx); err != nil {
		return gitobj.ID{}, fmt.Errorf("stage %d bytes: %w", size, err)
	}
	id, err := b.repo.stage.Put(ctx, gitobj.KindBlob, size, src)
	if err != nil {
		return gitobj.ID{}, fmt.Errorf("stage %d bytes: %w", size, err)
	}
	return id, nil
}

// nameStage gives the stage the repository's object format, before anything is staged.
func (b *Branch) nameStage(ctx context.Context) error {
	f, err := b.Format(ctx)
	if err != nil {
		return err
	}
	if err := b.repo.stage.SetFormat(f); err != nil {
		return fmt.Errorf("%w: %w", gitread.ErrFormat, err)
	}
	return nil
}

// Discard gives up staged blobs that no change will name.
func (b *Branch) Discard(ids ...gitobj.ID) { b.repo.stage.Release(ids...) }

// Retain takes another reference to a staged blob, which Discard takes back. It reports false if
// the blob is not staged.
func (b *Branch) Retain(id gitobj.ID) bool { return b.repo.stage.Retain(id) }

// Wrote reports whether this process put the path on the branch, or found it there as wanted: a
// later deletion of the same path must not take it away (create_before_destroy, a resource under a
// new address).
func (b *Branch) Wrote(path string) bool { return b.history.wrote(path) }

// Removed is the entry that this process removed from path; it does not exist if there was none.
func (b *Branch) Removed(path string) gitread.Entry { return b.history.removed(path) }

// Yields reports whether a change failed because another resource has put its own file there
// already.
func (b *Branch) Yields(err error) bool {
	var conflict *ConflictError
	return b.repo.opts.Yields != nil && errors.As(err, &conflict) && b.repo.opts.Yields(b.Name(), conflict.Have)
}

// AwaitPush returns when the push that is under way, if any, has ended.
func (b *Branch) AwaitPush() {
	b.push.Lock()
	defer b.push.Unlock()
}

// history records the paths that this process put on a branch and removed from it.
type history struct {
	mu   sync.Mutex // guards the fields below
	put  map[string]bool
	gone map[string]gitread.Entry // a commit that still names the path puts the blob back by its id
}

func (h *history) init() {
	h.put, h.gone = make(map[string]bool), make(map[string]gitread.Entry)
}

// reset forgets everything: the branch is gone.
func (h *history) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.init()
}

func (h *history) wrote(path string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.put[path]
}

func (h *history) removed(path string) gitread.Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.gone[path]
}

// add records the edits of a commit that is on the branch.
func (h *history) add(edits []edit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range edits {
		switch e := &edits[i]; {
		case e.state == dropped:
		case !e.Delete:
			h.put[e.Path] = true
		case e.state != unchanged:
			h.gone[e.Path] = *e.at
		}
	}
}

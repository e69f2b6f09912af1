package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Branch is one branch of a repository: the snapshot that all its readers share, and the writer of
// its commits. It is safe for concurrent use.
type Branch struct {
	repo  *Repo
	name  string
	batch *batcher

	push sync.Mutex // held while a commit is built and pushed: a branch has one push at a time

	mu      sync.Mutex // guards what follows
	where   *located   // what the first snapshot is to be of, once it was asked; spares one request
	snap    *snapshot
	failed  error // a failure that asking again would not mend
	loading *load
	levels  int // of directories, the root's included, that lead to the deepest path asked about so far
	// written are the paths that this process put on the branch or found there as wanted: what a
	// later deletion of the same path must not take away (create_before_destroy, a resource under a
	// new address).
	written map[string]bool
	// removed is what this process took off the branch: a commit that still names it puts it back
	// by its id.
	removed map[string]Entry

	staged stagedSet // what waits for a commit that names it
}

// load is a snapshot on its way, for everyone who asks meanwhile.
type load struct {
	done chan struct{}
	snap *snapshot
	err  error
}

func newBranch(r *Repo, name string) *Branch {
	b := &Branch{repo: r, name: name, written: make(map[string]bool), removed: make(map[string]Entry)}
	b.staged.init()
	b.batch = newBatcher(b, r.opts.BatchWindow)
	return b
}

// seed notes the commit that a listing of HEAD told.
func (b *Branch) seed(id gitobj.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.snap == nil && !id.IsZero() {
		b.where = standsAt(id)
	}
}

// Name is the branch's short name.
func (b *Branch) Name() string { return b.name }

// ref is the branch's full name.
func (b *Branch) ref() string { return "refs/heads/" + b.name }

// Head is the branch's commit in this process's snapshot; the zero ID when the branch does not
// exist yet but may be created.
func (b *Branch) Head(ctx context.Context) (gitobj.ID, error) {
	s, err := b.snapshot(ctx)
	if err != nil {
		return gitobj.ID{}, err
	}
	return s.ref, nil
}

// Anticipate says which paths are going to be looked up or written to, before the first question
// about the branch: a first read that reaches down to them spares a request.
func (b *Branch) Anticipate(paths ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range paths {
		b.levels = max(b.levels, levelsOf(p))
	}
}

// deepest is how many levels of directories a first read should reach down.
func (b *Branch) deepest() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.levels
}

// Lookup says what the branch holds at path, in this process's snapshot. Every caller shares that
// snapshot, so that many look-ups cost few requests. A path below something that is no directory is
// an *ObstacleError, a missing branch a *BranchError. A branch that is to be created holds what it
// will start from; Head tells the two apart.
func (b *Branch) Lookup(ctx context.Context, path string) (Entry, error) {
	b.Anticipate(path)
	s, err := b.snapshot(ctx)
	if err != nil {
		return Entry{Path: path}, err
	}
	return s.entry(ctx, path)
}

// LookupAll is Lookup for many paths at once: one request a directory level at most. errs holds an
// *ObstacleError at the index of each path that has one; it is nil when none has.
func (b *Branch) LookupAll(ctx context.Context, paths []string) (found []Entry, errs []error, err error) {
	b.Anticipate(paths...)
	s, err := b.snapshot(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s.entries(ctx, paths)
}

// ReadBlob returns the content of a blob that a look-up named, if it has at most so many bytes. A
// larger one is a *LargeError, which mostly has its size. Concurrent calls share requests.
func (b *Branch) ReadBlob(ctx context.Context, id gitobj.ID, most int64) ([]byte, error) {
	got, err := b.contents(ctx, []gitobj.ID{id}, min(most, inFlight))
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", id, err)
	}
	return got[0], nil
}

// ReadsSingly reports whether the server, as far as is known, sends a blob alone. One that does not
// sends everything for it.
func (b *Branch) ReadsSingly() bool {
	byID, _ := b.repo.remote.Selective()
	return byID
}

// ReadBlobs is ReadBlob for many blobs, in their order. All of them together may have 24 MiB.
func (b *Branch) ReadBlobs(ctx context.Context, ids []gitobj.ID) ([][]byte, error) {
	out, err := b.contents(ctx, ids, inFlight)
	if errors.Is(err, errCrowded) {
		err = fmt.Errorf("%w: more than %d bytes together", ErrTooLarge, mostGathered)
	}
	if err != nil {
		return nil, fmt.Errorf("read %d blobs: %w", len(ids), err)
	}
	return out, nil
}

// contents reads blobs. A server that hands out commits only has to be asked for a commit instead:
// if none is known yet, the branch is read first.
func (b *Branch) contents(ctx context.Context, ids []gitobj.ID, most int64) ([][]byte, error) {
	if err := b.askable(ctx, ids...); err != nil {
		return nil, err
	}
	obs, err := b.repo.objects.get(ctx, ids, nil, most)
	if errors.Is(err, errNoCommit) {
		if _, err = b.snapshot(ctx); err == nil {
			obs, err = b.repo.objects.get(ctx, ids, nil, most)
		}
	}
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(obs))
	for i, ob := range obs {
		if ob.Kind != gitobj.KindBlob {
			return nil, fmt.Errorf("object %s is a %s, not a blob", ob.ID, ob.Kind)
		}
		out[i] = ob.Data
	}
	return out, nil
}

// askable prepares for a request for objects that a state may have named, in a process that has
// read nothing yet. A remote that sends whole commits only has to be asked for one.
func (b *Branch) askable(ctx context.Context, ids ...gitobj.ID) error {
	err := b.checkFormat(ctx, ids...)
	if err == nil && !b.repo.objects.selective(false) {
		_, err = b.snapshot(ctx)
	}
	return err
}

// StageBlob hashes and deflates size bytes of content into the stage and returns the blob's id.
// Nothing of it is sent; where the object format is not known yet, the branch is looked for, which
// the first read of it need not do then. The caller owns one reference, which Submit or Discard
// takes back.
func (b *Branch) StageBlob(ctx context.Context, size int64, src io.Reader) (gitobj.ID, error) {
	if limit := b.repo.opts.MaxObjectSize; size > limit {
		return gitobj.ID{}, fmt.Errorf("stage %d bytes: %w of %d bytes (limits.max_object_size)", size, ErrTooLarge, limit)
	}
	if _, err := b.Format(ctx); err != nil {
		return gitobj.ID{}, fmt.Errorf("stage %d bytes: %w", size, err)
	}
	id, err := b.repo.stage.Put(ctx, gitobj.KindBlob, size, src)
	if err != nil {
		return gitobj.ID{}, fmt.Errorf("stage %d bytes: %w", size, err)
	}
	return id, nil
}

// Discard gives up staged blobs that no change will name.
func (b *Branch) Discard(ids ...gitobj.ID) { b.repo.stage.Release(ids...) }

// snapshot returns this process's view of the branch, reading it once. A failure that asking again
// would not mend, like a wrong password, is remembered: a thousand resources must not knock a
// thousand times.
func (b *Branch) snapshot(ctx context.Context) (*snapshot, error) {
	b.mu.Lock()
	if b.snap != nil || b.failed != nil {
		defer b.mu.Unlock()
		return b.snap, b.failed
	}
	l := b.loading
	if l == nil {
		l = &load{done: make(chan struct{})}
		b.loading = l
		go b.load(context.WithoutCancel(ctx), l)
	}
	b.mu.Unlock()
	select {
	case <-l.done:
		return l.snap, l.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (b *Branch) load(ctx context.Context, l *load) {
	var ref, base gitobj.ID
	if ref, base, l.err = b.locate(ctx).wait(ctx); l.err == nil {
		l.snap, l.err = b.open(ctx, ref, base)
	}
	b.mu.Lock()
	b.loading, b.where = nil, nil
	b.snap = l.snap
	b.failedLocked(l.err)
	b.mu.Unlock()
	close(l.done)
}

// failedLocked remembers a failure that asking again would not mend; nil is none.
func (b *Branch) failedLocked(err error) {
	if err != nil && !b.repo.remote.Transient(err) && !isNoBranch(err) {
		b.failed = err
	}
}

// hasSnapshot reports whether the branch was read before.
func (b *Branch) hasSnapshot() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.snap != nil
}

// adopt makes s the view of the branch from now on.
func (b *Branch) adopt(s *snapshot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.snap = s
}

// resolve finds the branch's commit, and what the next commit builds on: that, or the start of a
// branch that is to be created. Both are zero in a repository without branches, whose first push
// creates this one.
func (b *Branch) resolve(ctx context.Context) (ref, base gitobj.ID, err error) {
	refs, err := b.repo.remote.ListRefs(ctx, "HEAD", b.ref())
	if err != nil {
		return ref, base, fmt.Errorf("find branch %q: %w", b.name, err)
	}
	has := false
	for _, r := range refs {
		if r.Name == b.ref() {
			return r.ID, r.ID, b.repo.recognise(ctx, refs)
		}
		if _, ok := shortName(r.Target); ok && !r.ID.IsZero() {
			has = true // what HEAD names, which spares a list of all branches
		}
	}
	if !has {
		has, err = b.repo.remote.HasBranches(ctx)
	}
	if err == nil {
		err = b.repo.recognise(ctx, refs)
	}
	if err != nil {
		return ref, base, fmt.Errorf("find branch %q: %w", b.name, err)
	}
	if !has {
		return ref, base, nil
	}
	from := b.repo.opts.CreateFrom
	if from == "" {
		return ref, base, &BranchError{Branch: b.name}
	}
	base, err = b.start(ctx, from)
	return ref, base, err
}

// start finds what a new branch is to start from: a branch, a tag or an object id, in this order.
func (b *Branch) start(ctx context.Context, from string) (gitobj.ID, error) {
	names := []string{"refs/heads/" + from, "refs/tags/" + from}
	if strings.HasPrefix(from, "refs/") {
		names = []string{from}
	}
	for _, n := range names {
		// One at a time: of names that begin like this there may be very many, and reading ends
		// where it is clear.
		refs, err := b.repo.remote.ListRefs(ctx, n)
		if err != nil {
			return gitobj.ID{}, fmt.Errorf("find %q to create branch %q from: %w", from, b.name, err)
		}
		if err := b.repo.recognise(ctx, refs); err != nil {
			return gitobj.ID{}, err
		}
		for _, r := range refs {
			if r.Name == n {
				return r.ID, nil
			}
		}
	}
	if id, err := gitobj.ParseID(from); err == nil {
		return id, b.checkFormat(ctx, id)
	}
	return gitobj.ID{}, &BranchError{Branch: b.name, From: from}
}

package gitread

import (
	"context"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Branch is a branch of a repository, with the snapshot that all its readers share. It is safe for
// concurrent use.
type Branch struct {
	repo    *Repo
	locator locator
	hint    hint

	mu      sync.Mutex // guards the fields below
	snap    *Snapshot
	loading *load
	levels  int // of directories, the root's included, that lead to the deepest path asked about so far
}

// load is a first snapshot that is being read, for all callers that wait for it.
type load struct {
	done chan struct{} // closed when the fields below are set
	snap *Snapshot
	err  error
}

func newBranch(r *Repo, name string) *Branch {
	b := &Branch{repo: r, locator: locator{repo: r, name: name}}
	b.hint = hint{objects: r.objects, key: objstore.HintKey("head", r.URL(), b.Ref())}
	return b
}

// Name is the branch's short name.
func (b *Branch) Name() string { return b.locator.name }

// Ref is the branch's full name, "refs/heads/" and its name.
func (b *Branch) Ref() string { return b.locator.ref() }

// Head is the branch's commit in this process's snapshot; the zero ID when the branch does not
// exist yet but may be created.
func (b *Branch) Head(ctx context.Context) (gitobj.ID, error) {
	s, err := b.Snapshot(ctx)
	if err != nil {
		return gitobj.ID{}, err
	}
	return s.Ref, nil
}

// Anticipate names paths that are going to be looked up or written, before the branch is read: a
// first read that reaches down to them saves a request.
func (b *Branch) Anticipate(paths ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range paths {
		b.levels = max(b.levels, levelsOf(p))
	}
}

// Lookup finds a path in this process's snapshot. All callers share the snapshot, so that many
// look-ups cost few requests. A path below a file is an *ObstacleError, a missing branch a
// *BranchError. A branch that is to be created has the paths of its start; Head tells the two
// apart.
func (b *Branch) Lookup(ctx context.Context, path string) (Entry, error) {
	b.Anticipate(path)
	s, err := b.Snapshot(ctx)
	if err != nil {
		return Entry{Path: path}, err
	}
	return s.Lookup(ctx, path)
}

// LookupAll is Lookup for many paths at once: a request for each level of directories at most.
// errs holds an *ObstacleError at the index of each path that has one; it is nil when none has.
func (b *Branch) LookupAll(ctx context.Context, paths []string) (found []Entry, errs []error, err error) {
	b.Anticipate(paths...)
	s, err := b.Snapshot(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s.Entries(ctx, paths)
}

// Snapshot returns this process's view of the branch, which the first call reads. A failure that
// another request would only repeat, like a wrong password, is remembered: a thousand resources
// must not make a thousand failing requests.
func (b *Branch) Snapshot(ctx context.Context) (*Snapshot, error) {
	b.mu.Lock()
	if b.snap != nil {
		defer b.mu.Unlock()
		return b.snap, nil
	}
	if err := b.locator.failure(); err != nil {
		b.mu.Unlock()
		return nil, err
	}
	l := b.loading
	if l == nil {
		l = &load{done: make(chan struct{})}
		b.loading = l
		go b.load(context.WithoutCancel(ctx), l)
	}
	b.mu.Unlock()
	if err := await(ctx, l.done); err != nil {
		return nil, err
	}
	return l.snap, l.err
}

func (b *Branch) load(ctx context.Context, l *load) {
	var ref, base gitobj.ID
	if ref, base, l.err = b.locator.locate(ctx); l.err == nil {
		l.snap, l.err = b.open(ctx, ref, base)
	}
	b.mu.Lock()
	if b.loading == l { // otherwise the branch was forgotten in the meantime
		b.loading, b.snap = nil, l.snap
		b.locator.forget(l.err)
	}
	b.mu.Unlock()
	close(l.done)
}

// open opens the snapshot of a branch that this process has not read before.
func (b *Branch) open(ctx context.Context, ref, base gitobj.ID) (*Snapshot, error) {
	b.mu.Lock()
	want := opening{ref: ref, base: base, levels: b.levels}
	b.mu.Unlock()
	if !ref.IsZero() {
		want.prior = b.hint.snapshot
	}
	s, err := b.repo.open(ctx, want)
	if err != nil {
		return nil, err
	}
	if s.fetched && !ref.IsZero() {
		b.hint.set(ctx, s.Base)
	}
	return s.Snapshot, nil
}

// HasSnapshot reports whether the branch was read before.
func (b *Branch) HasSnapshot() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.snap != nil
}

// adopt makes s the view of the branch from now on.
func (b *Branch) adopt(s *Snapshot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.snap = s
}

// ReadsSingly reports whether the server, as far as is known, sends a single blob. Otherwise it
// sends a whole commit for it.
func (b *Branch) ReadsSingly() bool {
	byID, _ := b.repo.remote.Packs.Selective()
	return byID
}

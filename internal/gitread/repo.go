package gitread

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Refs lists the references of a repository.
type Refs interface {
	// URL is the repository's address without credentials.
	URL() string
	// ListRefs returns the refs whose names begin with any of the prefixes, in the server's order.
	// After the first 500 of them it may leave out those that are no prefix themselves, and are
	// not below a prefix that ends in a slash.
	ListRefs(ctx context.Context, prefixes ...string) ([]gitwire.Ref, error)
	// HasBranches reports whether the repository has any branch.
	HasBranches(ctx context.Context) (bool, error)
	// HeadBranch is the short name of the branch that HEAD names, born or not; empty when the
	// server does not say.
	HeadBranch(ctx context.Context) (string, error)
	// Format is the object format of the repository, as an answer that listed references told it.
	Format(ctx context.Context) (gitobj.Format, error)
}

// Packs fetches objects.
type Packs interface {
	// Fetch hands the pack for req to consume, once for each attempt that the transport makes.
	Fetch(ctx context.Context, req gitwire.Fetch, consume func(pack io.Reader) error) error
	// Selective reports whether the server, as far as is known, sends objects of any kind that are
	// asked for by their ids, and whether it can leave out objects that a filter names. Otherwise
	// whole commits have to be read.
	Selective() (byID, filters bool)
	// Usable is the part of a filter that the server supports, as far as is known.
	Usable(filter string) string
	// RefusesWants reports whether err says that the server does not hand out an object that was
	// asked for by its id.
	RefusesWants(err error, wants []gitobj.ID) bool
	// CommitsOnly tells the remote that an object which was refused was found in a commit:
	// Selective knows it from then on.
	CommitsOnly(ctx context.Context)
}

// Server tells the capabilities of a server.
type Server interface {
	// Capabilities are those for reading.
	Capabilities(ctx context.Context) (gitwire.Capabilities, error)
	// PushCapabilities are those for writing, for users who may write.
	PushCapabilities(ctx context.Context) (gitwire.Capabilities, error)
}

// Remote is a Git server as a reader needs it. A single value may be all three. A request that may
// succeed when it is repeated fails with a gitwire.ErrTransient.
type Remote struct {
	Refs   Refs
	Packs  Packs
	Server Server
}

// Options are a reader's settings. The zero value of each field means its default.
type Options struct {
	// MaxObjectSize bounds every object that is read, in bytes; default 256 MiB.
	MaxObjectSize int64
	// SnapshotBudget bounds the pack, in bytes, of a first read of directories: a larger pack is
	// cut off, and the walk goes on with single directories. Default 160 KiB.
	SnapshotBudget int64
	// CreateFrom is the branch, tag or commit id that a missing branch starts from; empty for none.
	CreateFrom string
	// Logf receives a line for each noteworthy event, for debug logs; default none.
	Logf func(ctx context.Context, format string, args ...any)
}

func (o Options) withDefaults() Options {
	if o.MaxObjectSize <= 0 {
		o.MaxObjectSize = 256 << 20
	}
	if o.SnapshotBudget <= 0 {
		o.SnapshotBudget = 160 << 10
	}
	if o.Logf == nil {
		o.Logf = func(context.Context, string, ...any) {}
	}
	return o
}

// Repo is a repository for reading. It is safe for concurrent use.
type Repo struct {
	remote  Remote
	opts    Options
	objects *objects

	mu       sync.Mutex // guards the fields below
	branches map[string]*Branch
	refs     map[string]*answer[Named]     // of revisions, by full name; no branches
	commits  map[gitobj.ID]*answer[opened] // by the id that a ref names
	head     *Branch
	headName string      // as a list of refs told it by the way; "" before
	search   *headSearch // the search that is under way; nil for none
	headless error       // a lasting reason why HEAD's branch is not known
	closed   bool
}

// Open prepares a repository for reading. It takes the object store from ctx
// (objstore.FromContext), and does not touch the network.
func Open(ctx context.Context, remote Remote, o Options) *Repo {
	o = o.withDefaults()
	return &Repo{
		remote:   remote,
		opts:     o,
		objects:  newObjects(remote, objstore.FromContext(ctx), o),
		branches: make(map[string]*Branch),
		refs:     make(map[string]*answer[Named]),
		commits:  make(map[gitobj.ID]*answer[opened]),
	}
}

// Close makes every later call of Branch and Describe an ErrClosed. It may be called twice.
func (r *Repo) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// Closed reports whether Close was called.
func (r *Repo) Closed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// Options are the settings with which the repository was opened, with their defaults.
func (r *Repo) Options() Options { return r.opts }

// URL is the repository's address without credentials.
func (r *Repo) URL() string { return r.remote.Refs.URL() }

// Branch returns the branch of this short name ("main", "release/1.x"); an empty name stands for
// the branch that the remote's HEAD names. Calls for the same name return the same Branch. A
// branch that does not exist is no error here: reading or writing it says so.
func (r *Repo) Branch(ctx context.Context, name string) (*Branch, error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, ErrClosed
	}
	if name != "" {
		defer r.mu.Unlock()
		return r.branchLocked(name), nil
	}
	if r.head == nil && r.headName != "" {
		r.head = r.branchLocked(r.headName)
	}
	if r.head != nil || r.headless != nil {
		defer r.mu.Unlock()
		return r.head, r.headless
	}
	search := r.search
	if search == nil { // concurrent callers share a request
		search = &headSearch{done: make(chan struct{})}
		r.search = search
		go r.findHead(context.WithoutCancel(ctx), search)
	}
	r.mu.Unlock()
	if err := await(ctx, search.done); err != nil {
		return nil, err
	}
	return search.branch, search.err
}

// await waits until done is closed; its error is the cause of ctx's end.
func await(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// headSearch is a request for the branch that HEAD names.
type headSearch struct {
	asks bool // no list was under way to wait for; guarded by Repo.mu

	done   chan struct{} // closed when the fields below are set
	branch *Branch
	id     gitobj.ID // of the branch's commit; zero if the branch is not born
	err    error
}

// findHead makes the request. It goes on for the other callers when a caller gives up.
func (r *Repo) findHead(ctx context.Context, search *headSearch) {
	defer close(search.done)
	name, id := r.toldHead(ctx, search)
	var err error
	if name == "" {
		name, id, err = r.resolveHead(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.search = nil
	if err != nil {
		if !errors.Is(err, gitwire.ErrTransient) {
			r.headless = err
		}
		search.err = err
		return
	}
	search.branch, search.id = r.branchLocked(name), id
	search.branch.locator.seed(id)
	r.head = search.branch
}

// toldHead waits for the lists of refs that are under way, and returns the name that they tell of
// HEAD's branch; "" for none. A list that begins later waits for the search instead: toldByHead.
func (r *Repo) toldHead(ctx context.Context, search *headSearch) (name string, id gitobj.ID) {
	var lists []*listing
	r.mu.Lock()
	for _, b := range r.branches {
		if n := b.locator.underWay(); n != nil {
			lists = append(lists, n)
		}
	}
	search.asks = len(lists) == 0
	r.mu.Unlock()
	for _, n := range lists {
		if await(ctx, n.done) != nil {
			continue
		}
		if head, _ := n.find("HEAD"); n.err == nil {
			if name, ok := shortName(head.Target); ok {
				return name, head.ID
			}
		}
	}
	return "", id
}

// toldByHead waits for the request for HEAD that is under way, if it does not wait for lists
// itself. It returns the commit of a branch that HEAD names, otherwise zero.
func (r *Repo) toldByHead(ctx context.Context, branch string) gitobj.ID {
	r.mu.Lock()
	search := r.search
	asks := search != nil && search.asks
	r.mu.Unlock()
	if !asks || await(ctx, search.done) != nil || search.err != nil || search.branch.Name() != branch {
		return gitobj.ID{}
	}
	return search.id
}

// awaitHead waits for the search for HEAD's branch that is under way, if there is one.
func (r *Repo) awaitHead(ctx context.Context) error {
	r.mu.Lock()
	search := r.search
	r.mu.Unlock()
	if search == nil {
		return nil
	}
	return await(ctx, search.done)
}

// sawHead takes HEAD's branch from a list of refs.
func (r *Repo) sawHead(n *listing) {
	head, _ := n.find("HEAD")
	if name, ok := shortName(head.Target); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.headName = name
	}
}

func (r *Repo) branchLocked(name string) *Branch {
	b := r.branches[name]
	if b == nil {
		b = newBranch(r, name)
		r.branches[name] = b
	}
	return b
}

// resolveHead finds the branch that HEAD names and, when it is born, its commit.
func (r *Repo) resolveHead(ctx context.Context) (name string, id gitobj.ID, err error) {
	refs, err := r.remote.Refs.ListRefs(ctx, "HEAD")
	if err != nil {
		return "", id, fmt.Errorf("find the default branch: %w", err)
	}
	for _, ref := range refs {
		if ref.Name != "HEAD" {
			continue
		}
		if name, ok := shortName(ref.Target); ok {
			return name, ref.ID, r.learnFormat(ctx, refs)
		}
	}
	name, err = r.remote.Refs.HeadBranch(ctx)
	if err != nil {
		return "", id, fmt.Errorf("find the default branch: %w", err)
	}
	if name == "" {
		return "", id, fmt.Errorf("find the default branch: %w", errDetached)
	}
	return name, id, nil
}

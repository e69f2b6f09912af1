package gitwriter

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
)

// Body is a pack that is sent: of known length, and readable again for another attempt.
type Body = interface {
	Size() int64
	NewReader() io.Reader
}

// Remote is what the writer needs of a Git server.
type Remote interface {
	// URL is the repository's address without credentials.
	URL() string
	// ListRefs returns the refs whose names begin with one of the prefixes, in the server's order.
	ListRefs(ctx context.Context, prefixes ...string) ([]gitwire.Ref, error)
	// HasBranches reports whether the repository has any branch.
	HasBranches(ctx context.Context) (bool, error)
	// Capabilities is what the server offers for reading, PushCapabilities what it offers for
	// writing to those whom it lets.
	Capabilities(ctx context.Context) (gitwire.Capabilities, error)
	PushCapabilities(ctx context.Context) (gitwire.Capabilities, error)
	// HeadBranch is the short name of the branch that HEAD names, born or not; empty when the
	// server does not say.
	HeadBranch(ctx context.Context) (string, error)
	// Fetch hands the pack for req to consume, once for each attempt that the transport makes.
	Fetch(ctx context.Context, req gitwire.Fetch, consume func(pack io.Reader) error) error
	// Selective reports whether the server, as far as is known, sends objects of any kind that are
	// asked for by their ids, and whether it can leave out what a filter names. Where it does not,
	// whole commits have to be read.
	Selective() (byID, filters bool)
	// RefusesWants reports whether err says that the server does not hand out an object that was
	// asked for by its id, and CommitsOnly tells the remote that such an object was found in a
	// commit, so that Selective knows from now on.
	RefusesWants(err error, wants []gitobj.ID) bool
	CommitsOnly(ctx context.Context)
	// Usable is what is left of a filter after all that is known about the server.
	Usable(filter string) string
	// Format is the object format of the repository, as an answer that listed references told it.
	Format(ctx context.Context) (gitobj.Format, error)
	// Push makes one attempt. An error tells nothing about what the server did, unless Unknown says
	// so.
	Push(ctx context.Context, req gitwire.Push, pack Body) (gitwire.Report, error)
	// Prepare begins a fetch and a push ahead of their content. The next Fetch and Push with the
	// context that it returns may finish them, and gain the time; release gives up what was not
	// used.
	Prepare(ctx context.Context) (prepared context.Context, release func())
	// Unknown reports whether the server may have acted on a push that returned err.
	Unknown(err error) bool
	// Transient reports whether what failed with err may succeed when tried again.
	Transient(err error) bool
	// Wait sleeps before the attempt after number attempt (from 1), as long as err or backoff asks
	// for.
	Wait(ctx context.Context, attempt int, err error) error
}

// Options are the writer's settings. The zero value of each field means its default.
type Options struct {
	// Stage says where outgoing objects wait. Its format is found out, unless it is set: then a
	// repository of another one is an ErrFormat.
	Stage packstage.Options
	// Meta is what every group commit says.
	Meta Meta
	// MaxObjectSize bounds every object that is written or read, in bytes; default 256 MiB.
	MaxObjectSize int64
	// PushTimeout bounds the time over which a commit is rebuilt and pushed again while others move
	// the branch; default 5 min.
	PushTimeout time.Duration
	// MaxPushAttempts also bounds how often; 0 for no such bound.
	MaxPushAttempts int
	// BatchWindow is the least quiet time after which a group commit is sealed; default 50 ms.
	BatchWindow time.Duration
	// OutcomeLimit is the time that a cancelled caller waits for the outcome of a push that is
	// under way; default 10 s. Terraform says nothing after an interrupt until its providers have
	// answered.
	OutcomeLimit time.Duration
	// SnapshotBudget is how many bytes of a pack a read of directories that may be many can take
	// before it is cut off and the walk goes on with what is asked for alone; default 160 KiB.
	SnapshotBudget int64
	// Yields reports whether another resource has put what a branch holds at a path: a staged
	// removal leaves it there. It may be nil.
	Yields func(branch string, have Entry) bool
	// PushOptions are sent with every push (git push -o).
	PushOptions []string
	// CreateFrom is the branch, tag or commit id that a missing branch starts from; empty for none.
	CreateFrom string
	// Now is the clock of commits; default time.Now.
	Now func() time.Time
	// Logf receives one line per noteworthy event, for debug logs; default none.
	Logf func(ctx context.Context, format string, args ...any)
}

func (o Options) withDefaults() Options {
	if o.MaxObjectSize <= 0 {
		o.MaxObjectSize = 256 << 20
	}
	if o.PushTimeout <= 0 {
		o.PushTimeout = 5 * time.Minute
	}
	if o.BatchWindow <= 0 {
		o.BatchWindow = 50 * time.Millisecond
	}
	if o.OutcomeLimit <= 0 {
		o.OutcomeLimit = 10 * time.Second
	}
	if o.SnapshotBudget <= 0 {
		o.SnapshotBudget = 160 << 10
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logf == nil {
		o.Logf = func(context.Context, string, ...any) {}
	}
	if o.Stage.MaxObjectSize == 0 {
		o.Stage.MaxObjectSize = o.MaxObjectSize
	}
	return o
}

// Repo is one repository: its remote, the stage that all its branches share, and its branches.
// It is safe for concurrent use.
type Repo struct {
	remote  Remote
	opts    Options
	stage   *packstage.Stage
	objects *objects
	plain   atomic.Bool // once the server did not take a pack with deltas upon what it has

	naming sync.Mutex // guards the format of stage and objects until it is known; then it stays

	mu       sync.Mutex // guards what follows
	branches map[string]*Branch
	head     *Branch
	search   *headSearch // that is under way; nil for none
	headless error       // why HEAD's branch cannot be told, when asking again would not mend it
	closed   bool
}

// Open prepares a repository for reading and writing. It takes the object store from ctx
// (objstore.FromContext), and does not touch the network.
func Open(ctx context.Context, remote Remote, o Options) (*Repo, error) {
	o = o.withDefaults()
	stage, err := packstage.New(o.Stage)
	if err != nil {
		return nil, fmt.Errorf("open writer: %w", err)
	}
	return &Repo{
		remote:   remote,
		opts:     o,
		stage:    stage,
		objects:  newObjects(remote, objstore.FromContext(ctx), o),
		branches: make(map[string]*Branch),
	}, nil
}

// Close gives up what is staged and frees its space. It may be called twice.
func (r *Repo) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	return r.stage.Close()
}

// Branch returns the branch of this short name ("main", "release/1.x"); an empty name stands for
// the branch that the remote's HEAD names. Every call for one name returns the same Branch. A
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
	if r.head != nil || r.headless != nil {
		defer r.mu.Unlock()
		return r.head, r.headless
	}
	search := r.search
	if search == nil { // everyone who asks meanwhile wants the same answer
		search = &headSearch{done: make(chan struct{})}
		r.search = search
		go r.findHead(context.WithoutCancel(ctx), search)
	}
	r.mu.Unlock()
	select {
	case <-search.done:
		return search.branch, search.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// headSearch is a request for the branch that HEAD names.
type headSearch struct {
	done   chan struct{} // closed when the rest is set
	branch *Branch
	err    error
}

// findHead makes the request. A caller who gives up leaves it running for the others.
func (r *Repo) findHead(ctx context.Context, search *headSearch) {
	defer close(search.done)
	name, id, err := r.resolveHead(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.search = nil
	if err != nil {
		if !r.remote.Transient(err) {
			r.headless = err
		}
		search.err = err
		return
	}
	search.branch = r.branchLocked(name)
	search.branch.seed(id)
	r.head = search.branch
}

func (r *Repo) branchLocked(name string) *Branch {
	b := r.branches[name]
	if b == nil {
		b = newBranch(r, name)
		r.branches[name] = b
	}
	return b
}

// resolveHead finds the branch that HEAD names and, when it is born, its commit, in one request.
func (r *Repo) resolveHead(ctx context.Context) (name string, id gitobj.ID, err error) {
	refs, err := r.remote.ListRefs(ctx, "HEAD")
	if err != nil {
		return "", id, fmt.Errorf("find the default branch: %w", err)
	}
	for _, ref := range refs {
		if ref.Name != "HEAD" {
			continue
		}
		if name, ok := shortName(ref.Target); ok {
			return name, ref.ID, r.recognise(ctx, refs)
		}
	}
	name, err = r.remote.HeadBranch(ctx)
	if err != nil {
		return "", id, fmt.Errorf("find the default branch: %w", err)
	}
	if name == "" {
		return "", id, fmt.Errorf("find the default branch: the remote's HEAD names no branch: set branch")
	}
	return name, id, nil
}

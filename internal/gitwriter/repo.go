package gitwriter

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
)

// Body is a pack that is sent: of known length, and readable again for another attempt.
type Body = interface {
	Size() int64
	NewReader() io.Reader
}

// Pusher is the writing half of a Git server.
type Pusher interface {
	// Push makes a single attempt. With an error that is no gitwire.ErrUnknown, the server did
	// nothing.
	Push(ctx context.Context, req gitwire.Push, pack Body) (gitwire.Report, error)
	// Prepare begins a fetch and a push ahead of their content. The next Fetch and Push of the same
	// server may finish them, and gain the time; release gives up the unused ones.
	Prepare(ctx context.Context) (release func())
	// Wait sleeps before the attempt after number attempt (from 1), as long as err or the back-off
	// asks for.
	Wait(ctx context.Context, attempt int, err error) error
}

// Options are the writer's settings. The zero value of each field means its default.
type Options struct {
	// Stage says where outgoing objects wait. Its MaxObjectSize, unless it is set, is the reader's.
	Stage packstage.Options
	// PushTimeout bounds the time over which a commit is rebuilt and pushed again while others move
	// the branch; default 5 min.
	PushTimeout time.Duration
	// MaxPushAttempts also bounds the number of these pushes; 0 for no such bound.
	MaxPushAttempts int
	// OutcomeLimit is the time that a cancelled caller waits for the outcome of a push that is
	// under way; default 10 s. Terraform says nothing after an interrupt until its providers have
	// answered.
	OutcomeLimit time.Duration
	// Yields reports whether another resource has put the entry that a branch has at a path: a
	// removal leaves it there. It may be nil.
	Yields func(branch string, have gitread.Entry) bool
	// PushOptions are sent with every push (git push -o).
	PushOptions []string
	// Sign returns the armored signature of a commit object, whose bytes are payload. It is called
	// once for each commit that is built; a commit that is built again on a new head is signed
	// again. If it fails, the commit fails, and nothing is pushed. Without it commits are unsigned.
	Sign func(ctx context.Context, payload []byte) (signature string, err error)
	// Host, when set, makes every commit, and signs it: the writer's own commits, which are
	// unsigned, only carry the objects to the server. Sign is not called for commits then.
	Host Host
	// Nobody is the author that commits have when nobody chose any. A commit that Host makes names
	// every other author in a trailer.
	Nobody Identity
	// Now is the clock of commits; default time.Now.
	Now func() time.Time
}

func (o Options) withDefaults(reader gitread.Options) Options {
	if o.PushTimeout <= 0 {
		o.PushTimeout = 5 * time.Minute
	}
	if o.OutcomeLimit <= 0 {
		o.OutcomeLimit = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Stage.MaxObjectSize == 0 {
		o.Stage.MaxObjectSize = reader.MaxObjectSize
	}
	return o
}

// Repo is a repository for writing: a reader, and the stage that all its branches share. It is safe
// for concurrent use.
type Repo struct {
	*gitread.Repo
	pusher  Pusher
	opts    Options
	stage   *packstage.Stage
	noDelta atomic.Bool // set when the server did not accept a thin pack
	halves  atomic.Bool // set when the server offered no atomic push
	first   sync.Mutex  // held while a first commit is made
	swept   sync.Once   // the search for helper refs that were left behind

	mu       sync.Mutex // guards the field below
	branches map[string]*Branch
}

// Open prepares a repository for writing. It does not touch the network.
func Open(reader *gitread.Repo, pusher Pusher, o Options) (*Repo, error) {
	o = o.withDefaults(reader.Options())
	stage, err := packstage.New(o.Stage)
	if err != nil {
		return nil, fmt.Errorf("open writer: %w", err)
	}
	return &Repo{Repo: reader, pusher: pusher, opts: o, stage: stage, branches: make(map[string]*Branch)}, nil
}

// Options are the settings with which the repository was opened, with their defaults.
func (r *Repo) Options() Options { return r.opts }

// Close gives up the staged objects and frees their space. It may be called twice.
func (r *Repo) Close() error {
	r.Repo.Close()
	return r.stage.Close()
}

// Branch returns the branch of this short name; see gitread.Repo.Branch.
func (r *Repo) Branch(ctx context.Context, name string) (*Branch, error) {
	reader, err := r.Repo.Branch(ctx, name)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.branches[reader.Name()]
	if b == nil {
		b = newBranch(r, reader)
		r.branches[reader.Name()] = b
	}
	return b, nil
}

// logf writes a line to the reader's debug log.
func (r *Repo) logf(ctx context.Context, format string, args ...any) {
	r.Repo.Options().Logf(ctx, format, args...)
}

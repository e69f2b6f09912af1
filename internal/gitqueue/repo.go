package gitqueue

import (
	"context"
	"sync"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Options are the settings of a queue. The zero value of each field means its default.
type Options struct {
	// Meta holds the fields of every group commit.
	Meta gitwriter.Meta
	// BatchWindow is the least quiet time after which a group commit is sealed; default 50 ms.
	BatchWindow time.Duration
}

// Repo is a repository whose changes are committed together. It is safe for concurrent use.
type Repo struct {
	*gitwriter.Repo
	opts Options

	mu       sync.Mutex // guards the field below
	branches map[string]*Branch
}

// Open prepares a queue in front of a writer, which Close closes.
func Open(writer *gitwriter.Repo, o Options) *Repo {
	if o.BatchWindow <= 0 {
		o.BatchWindow = 50 * time.Millisecond
	}
	return &Repo{Repo: writer, opts: o, branches: make(map[string]*Branch)}
}

// Branch returns the branch of this short name; see gitread.Repo.Branch.
func (r *Repo) Branch(ctx context.Context, name string) (*Branch, error) {
	writer, err := r.Repo.Branch(ctx, name)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.branches[writer.Name()]
	if b == nil {
		b = &Branch{Branch: writer, repo: r}
		b.batch = newBatcher(writer, r.opts, r.Repo.Options().OutcomeLimit)
		b.staged.init()
		r.branches[writer.Name()] = b
	}
	return b, nil
}

// logf writes a line to the reader's debug log.
func (r *Repo) logf(ctx context.Context, format string, args ...any) {
	r.Repo.Repo.Options().Logf(ctx, format, args...)
}

// Branch is a branch whose changes are committed together: in the open batch, or by the commit that
// names them. It is safe for concurrent use.
type Branch struct {
	*gitwriter.Branch
	repo   *Repo
	batch  *batcher
	staged stagedSet
}

// PutHere reports whether this process put the path: on the branch, or into the staged set.
func (b *Branch) PutHere(path string) bool {
	return b.StagedHere(path) || b.Wrote(path)
}

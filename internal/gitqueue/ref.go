package gitqueue

import (
	"context"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// SetRef is the writer's SetRef. The changes that wait for a commit to a branch go with the branch:
// pushed at exit, they would fail, or make it anew.
func (r *Repo) SetRef(ctx context.Context, c gitwriter.RefChange) error {
	err := r.Repo.SetRef(ctx, c)
	name, ok := strings.CutPrefix(c.Ref, "refs/heads/")
	if err != nil || !ok || !c.New.IsZero() {
		return err
	}
	r.mu.Lock()
	b := r.branches[name]
	r.mu.Unlock()
	if b != nil {
		b.dropStaged()
	}
	return nil
}

// dropStaged gives up the staged set.
func (b *Branch) dropStaged() {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.removals)
	for _, p := range s.puts {
		b.dropPutLocked(p)
	}
}

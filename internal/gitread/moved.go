package gitread

import (
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Resolve asks the server for the branch's commit (ref), and for the parent of the next commit
// (base): the same commit, or the start of a branch that is to be created. Both are zero in a
// repository without branches.
func (b *Branch) Resolve(ctx context.Context) (ref, base gitobj.ID, err error) {
	return b.locator.resolve(ctx)
}

// Refresh returns the snapshot of the branch as the server has it now: old if it did not move.
func (b *Branch) Refresh(ctx context.Context, old *Snapshot) (*Snapshot, error) {
	ref, base, err := b.Resolve(ctx)
	if err != nil || (ref == old.Ref && base == old.Base) {
		return old, err
	}
	s, _, err := b.Reopen(ctx, old, ref, base, gitobj.ID{})
	return s, err
}

// Reopen reads the commit to which the branch moved since old. It reports whether ours, unless it
// is zero, is among the commits since old.
func (b *Branch) Reopen(ctx context.Context, old *Snapshot, ref, base, ours gitobj.ID) (*Snapshot, bool, error) {
	prior := func(context.Context) *Snapshot { return old }
	s, err := openSnapshot(ctx, b.repo.objects, opening{ref: ref, base: base, prior: prior, ours: ours})
	if err != nil {
		return nil, false, fmt.Errorf("read branch %q, which moved: %w", b.Name(), err)
	}
	b.adopt(s.Snapshot)
	if !ours.IsZero() && !s.hasOurs && old.Base.IsZero() {
		s.hasOurs, err = s.Descends(ctx, gitobj.ID{}, ours)
	}
	return s.Snapshot, s.hasOurs, err
}

// Pushed makes a commit that the server accepted the branch's snapshot. objs are the commit and the
// directories that it changed, which need not be fetched then; root is its tree, old the snapshot
// on which it was built.
func (b *Branch) Pushed(ctx context.Context, old *Snapshot, commit, root gitobj.ID, objs []objstore.Object) {
	b.repo.objects.put(ctx, objs)
	b.hint.set(ctx, commit)
	s := &Snapshot{objects: b.repo.objects, Ref: commit, Base: commit, Root: root}
	s.wasCut(old.large.Load())
	b.adopt(s)
}

// Held returns those of the objects that are in memory or in the store, in the order of ids.
// Objects that are not have no Kind.
func (b *Branch) Held(ctx context.Context, ids []gitobj.ID) []objstore.Object {
	found, _ := b.repo.objects.local(ctx, ids)
	return found
}

// Selective reports whether the server sends single directories: otherwise, all contents come along
// with a commit.
func (b *Branch) Selective() bool { return b.repo.objects.selective(true) }

package gitread

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// hint is a record in the object store of the commit at which a process read the branch last.
// Directories of that commit are in the store, so that another process can ask the server for the
// changes since then:
//
//	read or pushed: commit c1, its directories ──► store     hint record: c1
//	                                                 │          │
//	the branch moved to c2:    want c2, have c1  ◄───┴──────────┘   a request for the changed directories
//
// The record may be anybody's. It decides nothing but which objects the server may leave out, and a
// missing object is fetched by its id.
type hint struct {
	objects *objects
	key     string // of the record: see objstore.HintKey
}

// snapshot is the commit that the record names, if the store has it and its root; otherwise nil.
func (h hint) snapshot(ctx context.Context) *Snapshot {
	o := h.objects
	value, err := objstore.Hint(ctx, o.store, h.key)
	if err != nil {
		o.logf(ctx, "object cache: %v", err)
	}
	id, err := gitobj.ParseID(string(value))
	if err != nil || id.Format() != o.format() {
		return nil
	}
	found, _ := o.local(ctx, []gitobj.ID{id})
	if found[0].Kind != gitobj.KindCommit {
		return nil
	}
	s := &Snapshot{objects: o, Ref: id, Base: id}
	if err := s.setBase(ctx, found[0]); err != nil {
		return nil
	}
	if root, _ := o.local(ctx, []gitobj.ID{s.Root}); root[0].Kind != gitobj.KindTree {
		return nil
	}
	return s
}

// set records the branch's commit, whose directories are in the store as far as they were read.
func (h hint) set(ctx context.Context, id gitobj.ID) {
	if err := objstore.SetHint(ctx, h.objects.store, h.key, []byte(id.String())); err != nil {
		h.objects.logf(ctx, "object cache: %v", err)
	}
}

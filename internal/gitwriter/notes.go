package gitwriter

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// A store that is shared between processes holds what the branch was made of when one of them read
// it last. A note beside it tells which commit that was, so that another process can ask the remote
// for what changed since:
//
//	read or pushed: commit c1, its directories ──► store     note: c1
//	                                                 │          │
//	the branch moved to c2:    want c2, have c1  ◄───┴──────────┘   one request, of the directories that changed
//
// Anybody may have written the note. All that depends on it is what the remote is asked to leave
// out, and what is missing then is asked for by its id.

// open opens the snapshot of a branch that this process has not read before.
func (b *Branch) open(ctx context.Context, ref, base gitobj.ID) (*snapshot, error) {
	want := opening{ref: ref, base: base, levels: b.deepest()}
	if !ref.IsZero() {
		want.prior = b.noted
	}
	s, err := openSnapshot(ctx, b.repo.objects, want)
	if err != nil {
		return nil, err
	}
	if s.fetched && !ref.IsZero() {
		b.noteHead(ctx, s.base)
	}
	return s.snapshot, nil
}

// noteKey names the note of the commit at which the branch was last seen.
func (b *Branch) noteKey() string {
	return objstore.NoteKey("head", b.repo.remote.URL(), b.ref())
}

// noted is the commit that the note names, if the store holds it and its root; else nil.
func (b *Branch) noted(ctx context.Context) *snapshot {
	o := b.repo.objects
	value, err := objstore.Note(ctx, o.store, b.noteKey())
	if err != nil {
		o.logf(ctx, "object cache: %v", err)
	}
	id, err := gitobj.ParseID(string(value))
	if err != nil || id.Format() != o.format {
		return nil
	}
	found, _ := o.local(ctx, []gitobj.ID{id})
	if found[0].Kind != gitobj.KindCommit {
		return nil
	}
	s := &snapshot{objects: o, ref: id, base: id}
	if err := s.setBase(ctx, found[0]); err != nil {
		return nil
	}
	if root, _ := o.local(ctx, []gitobj.ID{s.root}); root[0].Kind != gitobj.KindTree {
		return nil
	}
	return s
}

// noteHead notes the branch's commit, whose directories are in the store as far as they were read.
func (b *Branch) noteHead(ctx context.Context, id gitobj.ID) {
	o := b.repo.objects
	if err := objstore.SetNote(ctx, o.store, b.noteKey(), []byte(id.String())); err != nil {
		o.logf(ctx, "object cache: %v", err)
	}
}

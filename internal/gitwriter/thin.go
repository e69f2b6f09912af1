package gitwriter

import (
	"context"
	"errors"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// This file makes packs thin (gitprotocol-pack, "Packfile Negotiation"; index-pack --fix-thin):
// a changed object is sent as a delta on the object that the parent commit has at the same path,
// which the server has already.
//
//	directories   always: the old content was just read. The entry of a directory of 50 files takes 70 bytes
//	              instead of 1,300, that of 5,000 files 70 bytes instead of 130,000
//	files         if the old content is in the object store; nothing is fetched for it
//
// If a server refuses a thin pack, the push is repeated at once with whole objects, and the process
// sends no further thin pack to that repository.

const (
	// A delta is computed for a file whose entry takes leastPacked bytes or more, and sent if it is
	// smaller by the factor worth.
	leastPacked, worth = 4 << 10, 4
	// mostContent bounds the new contents for which deltas are computed in one commit, in bytes:
	// the old contents are in memory together.
	mostContent = gitpack.MaxDeltaSource
)

// makeDeltas stages deltas for the changed objects of a proposal, where a delta saves most of the
// bytes.
func (b *Branch) makeDeltas(ctx context.Context, p *proposal, changes []Change) error {
	var d deltas
	for i, was := range p.draft.was {
		ob := p.draft.trees[i]
		// Half of a directory's bytes are ids, which do not deflate. A delta of less than half the
		// size is therefore always smaller than the deflated directory.
		if was.ID.IsZero() || len(was.Data) == 0 {
			continue
		}
		if err := d.stage(ctx, p, ob.ID, was, ob.Data, len(ob.Data)/2-ob.ID.Format().Size()); err != nil {
			return err
		}
	}
	updates := b.updates(p, changes)
	if len(updates) == 0 {
		return nil
	}
	ids := make([]gitobj.ID, len(updates))
	for i, u := range updates {
		ids[i] = u.was
	}
	found, _ := b.repo.objects.local(ctx, ids)
	for i, u := range updates {
		if found[i].Kind != gitobj.KindBlob || !found[i].Held() {
			continue
		}
		_, content, err := p.stage.Bytes(u.blob)
		if err == nil {
			err = d.stage(ctx, p, u.blob, found[i], content, int(u.packed/worth))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deltas computes deltas one by one, and reuses its buffers.
type deltas struct {
	gitpack.Deltifier
	buf []byte
}

// stage stages content, which has this id, as a delta on the object upon, if the delta takes at
// most limit bytes.
func (d *deltas) stage(ctx context.Context, p *proposal, id gitobj.ID, upon objstore.Object, content []byte, limit int) error {
	delta, ok := d.Append(d.buf[:0], upon.Data, content, limit)
	if !ok {
		return nil
	}
	d.buf = delta
	if err := p.stage.PutDelta(ctx, id, upon.ID, delta); err != nil {
		return err
	}
	p.deltas = append(p.deltas, id)
	return nil
}

// update is a large file whose content changes.
type update struct {
	blob, was gitobj.ID
	packed    int64 // bytes of its entry
}

// updates lists the changed files for which a delta may be worth its time, each content once.
func (b *Branch) updates(p *proposal, changes []Change) (found []update) {
	left, seen := int64(mostContent), make(map[gitobj.ID]bool)
	for i, c := range changes {
		was := p.draft.at[i]
		if c.Delete || p.draft.failed(i) || p.draft.noop[i] || !was.Exists() || was.IsDir() || was.Mode.IsSubmodule() || was.ID == c.Blob {
			continue
		}
		content, packed, ok := p.stage.Sizes(c.Blob)
		if !ok || packed < leastPacked || content > left || seen[c.Blob] {
			continue
		}
		seen[c.Blob] = true
		left -= content
		found = append(found, update{blob: c.Blob, was: was.ID, packed: packed})
	}
	return found
}

// thin are the objects that are staged as deltas.
func (p *proposal) thin() map[gitobj.ID]bool {
	all := make(map[gitobj.ID]bool, len(p.deltas))
	for _, id := range p.deltas {
		all[id] = true
	}
	return all
}

// makeWhole replaces the deltas of a proposal by the objects that they make, and has no further
// ones made.
func (b *Branch) makeWhole(ctx context.Context, p *proposal) error {
	b.repo.plain.Store(true)
	p.pack.Close()
	p.stage.ReleaseDeltas(p.deltas...)
	p.deltas = nil
	p.stage.Release(p.owned...)
	p.owned = nil
	return b.fill(ctx, p)
}

// refusesThin reports whether the deltas of a pack may be why a push came to nothing: the server
// unpacked nothing, or says that it takes none.
func refusesThin(report gitwire.Report, err error) bool {
	return errors.Is(err, gitwire.ErrNoThin) || err == nil && report.BlamesDeltas()
}

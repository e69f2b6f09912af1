package gitwriter

import (
	"context"
	"errors"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
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
	// mostContent bounds the new contents for which deltas are computed in a commit, in bytes:
	// the old contents are in memory together.
	mostContent = gitpack.MaxDeltaSource
)

// stageDeltas stages deltas for the changed objects of a pending commit, where a delta saves most
// of the bytes.
func (p *pending) stageDeltas(ctx context.Context) error {
	d := deltas{stage: p.branch.repo.stage}
	defer func() { p.deltas = d.staged }()
	for i, was := range p.was {
		ob := p.trees[i]
		// Half of a directory's bytes are ids, which do not deflate. A delta of less than half the
		// size is therefore always smaller than the deflated directory.
		if was.ID.IsZero() || len(was.Data) == 0 {
			continue
		}
		if err := d.add(ctx, ob.ID, was, ob.Data, len(ob.Data)/2-ob.ID.Format().Size()); err != nil {
			return err
		}
	}
	updates := p.updates()
	if len(updates) == 0 {
		return nil
	}
	ids := make([]gitobj.ID, len(updates))
	for i, u := range updates {
		ids[i] = u.was
	}
	found := p.branch.Held(ctx, ids)
	for i, u := range updates {
		if found[i].Kind != gitobj.KindBlob || !found[i].Held() {
			continue
		}
		_, content, err := d.stage.Bytes(u.blob)
		if err == nil {
			err = d.add(ctx, u.blob, found[i], content, int(u.packed/worth))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deltas computes and stages deltas, and reuses its buffers.
type deltas struct {
	gitpack.Deltifier
	stage  *packstage.Stage
	staged []gitobj.ID
	buf    []byte
}

// add stages content, which has this id, as a delta on the object base, if the delta takes at most
// limit bytes.
func (d *deltas) add(ctx context.Context, id gitobj.ID, base objstore.Object, content []byte, limit int) error {
	delta, ok := d.Append(d.buf[:0], base.Data, content, limit)
	if !ok {
		return nil
	}
	d.buf = delta
	if err := d.stage.PutDelta(ctx, id, base.ID, delta); err != nil {
		return err
	}
	d.staged = append(d.staged, id)
	return nil
}

// update is a large file whose content changes.
type update struct {
	blob, was gitobj.ID
	packed    int64 // bytes of its entry
}

// updates lists the changed files for which a delta may be worth its time, each content once.
func (p *pending) updates() (found []update) {
	left, listed := int64(mostContent), make(map[gitobj.ID]bool)
	for i := range p.edits {
		e := &p.edits[i]
		if e.Delete || e.state != applies || !e.at.Exists() || e.at.IsDir() || e.at.Mode.IsSubmodule() || e.at.ID == e.Blob {
			continue
		}
		content, packed, ok := p.branch.repo.stage.Sizes(e.Blob)
		if !ok || packed < leastPacked || content > left || listed[e.Blob] {
			continue
		}
		listed[e.Blob] = true
		left -= content
		found = append(found, update{blob: e.Blob, was: e.at.ID, packed: packed})
	}
	return found
}

// thin is the set of objects that are staged as deltas.
func (p *pending) thin() map[gitobj.ID]bool {
	all := make(map[gitobj.ID]bool, len(p.deltas))
	for _, id := range p.deltas {
		all[id] = true
	}
	return all
}

// unthin replaces the deltas of a pending commit by whole objects, and ends the use of deltas.
func (p *pending) unthin(ctx context.Context) error {
	stage := p.branch.repo.stage
	p.branch.repo.noDelta.Store(true)
	p.pack.Close()
	stage.ReleaseDeltas(p.deltas...)
	stage.Release(p.owned...)
	p.deltas, p.owned = nil, nil
	return p.stagePack(ctx)
}

// refusesThin reports whether a push may have failed for the deltas of its pack: the server
// unpacked nothing, or says that it accepts none.
func refusesThin(report gitwire.Report, err error) bool {
	return errors.Is(err, gitwire.ErrNoThin) || err == nil && report.BlamesDeltas()
}

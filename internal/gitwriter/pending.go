package gitwriter

import (
	"context"
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittree"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
)

// mostEdited bounds the directories that a commit changes, in bytes before the change; rebuilt,
// they are in memory once more.
const mostEdited = 32 << 20

// pending is a commit on its way to the branch, built on a snapshot:
//
//	build ─► edits checked, directories rebuilt
//	stage ─► commit and trees staged, pack selected
//	exchange ─► pack pushed to a helper ref, commit made by the host; only with Options.Host
//	push ──► landed
//	     ├─► stays: nothing changed on the server, the same pack may be pushed again
//	     └─► moved: the branch has another head, and a new pending commit is built on that
type pending struct {
	branch *Branch
	meta   Meta
	snap   *gitread.Snapshot
	edits  []edit

	// Set by build. trees are the rebuilt directories, was their former content, in their order;
	// new directories have no id there. blobs are the staged contents to send.
	empty bool // the commit is made although the tree stays the same
	root  gitobj.ID
	trees []objstore.Object
	was   []objstore.Object
	blobs []gitobj.ID

	// Set by stage.
	id     gitobj.ID         // of the commit
	commit gitobj.Commit     // without a signature
	objs   []objstore.Object // the commit and its trees, for the snapshot after it
	owned  []gitobj.ID       // references to staged objects, which close takes back
	deltas []gitobj.ID       // the same, of deltas; the pack is thin if there are any
	pack   *packstage.Pack

	// Set by exchange: the ref at which the objects wait. nil for a commit of the writer's own.
	helper *helper

	// Set by push.
	state  pushState
	why    error          // the reason why the commit is not on the branch
	report gitwire.Report // of the last push
	unsure bool           // the outcome of a push is unknown: it may land late
	atomic bool           // the last push was to delete the helper ref as well
	alone  bool           // the next push leaves the helper ref as it is
	head   head           // the branch's new head, if it moved
}

// pushState is the outcome of a push that does not end the attempts, or landed.
type pushState uint8

const (
	stays pushState = iota
	moved
	landed
)

// head is the head to which a branch moved; the snapshot is nil until the head was read.
type head struct {
	ref, base gitobj.ID
	snap      *gitread.Snapshot
}

// build compares the changes with a snapshot and rebuilds the directories that they touch. A change
// that does not apply is dropped alone.
func (b *Branch) build(ctx context.Context, s *gitread.Snapshot, changes []Change, m Meta) (*pending, error) {
	p := &pending{branch: b, meta: m, snap: s, edits: make([]edit, len(changes))}
	for i := range changes {
		p.edits[i].Change = &changes[i]
	}
	k := checker{wrote: b.Wrote, removed: b.Removed, staged: b.repo.stage.Has, yields: b.Yields, lookup: s.Entries, edits: p.edits}
	if err := k.look(ctx); err != nil {
		return nil, err
	}
	// An edit that meets an obstacle is dropped, and with it its other effects: the remaining ones
	// start again from the untouched tree.
	for {
		k.check()
		editor, err := gittree.New(ctx, s.Format(), s.Root, p.directories())
		if err != nil {
			return nil, err
		}
		again, err := p.apply(ctx, editor)
		if err != nil {
			return nil, err
		}
		if again {
			continue
		}
		p.root, err = editor.Write(func(tree, was gittree.Tree) {
			p.trees, p.was = append(p.trees, object(tree)), append(p.was, object(was))
		})
		if err != nil {
			return nil, err
		}
		if s.Root.IsZero() && p.root == p.emptyTree() {
			p.root, p.trees, p.was = s.Root, nil, nil // nothing applied to a repository without commits
		}
		p.blobs = k.outgoing()
		p.allowEmpty()
		return p, nil
	}
}

// emptyTree is the id of a directory without entries.
func (p *pending) emptyTree() gitobj.ID { return gitobj.Hash(p.snap.Format(), gitobj.KindTree, nil) }

// allowEmpty makes a commit of an unchanged tree if Meta.AllowEmpty asks for it, unless a change
// was dropped: then the commit would be told twice.
func (p *pending) allowEmpty() {
	if !p.meta.AllowEmpty {
		return
	}
	for i := range p.edits {
		if p.edits[i].state == dropped {
			return
		}
	}
	p.empty = true
	if p.root.IsZero() {
		p.root = p.emptyTree()
		p.trees, p.was = []objstore.Object{{ID: p.root, Kind: gitobj.KindTree, Data: []byte{}}}, make([]objstore.Object, 1)
	}
}

// makesCommit reports whether there is a commit to make: the tree changed, or need not change.
func (p *pending) makesCommit() bool { return p.empty || p.root != p.snap.Root }

// directories reads the directories that the commit changes, which are bounded together.
func (p *pending) directories() gittree.ReadFunc {
	size := 0
	return func(ctx context.Context, id gitobj.ID) ([]byte, error) {
		raw, err := p.snap.Directory(ctx, id)
		if err != nil {
			return nil, err
		}
		if size += len(raw); size > mostEdited {
			return nil, fmt.Errorf("%w: the directories that one commit changes take more than %d bytes, with directory %s: "+
				"change fewer files in one commit", gitread.ErrTooLarge, mostEdited, id)
		}
		return raw, nil
	}
}

// object is a tree as the object store has it; the zero value for a tree that does not exist.
func object(t gittree.Tree) objstore.Object {
	if t.ID.IsZero() {
		return objstore.Object{}
	}
	return objstore.Object{ID: t.ID, Kind: gitobj.KindTree, Data: t.Raw}
}

// apply makes the edits in memory: removals first, so that a put beats every removal of its path
// and a file may take the place of a directory that empties in the same commit. It reports whether
// an edit was dropped, so that the caller has to start again.
func (p *pending) apply(ctx context.Context, editor *gittree.Editor) (again bool, err error) {
	for i := range p.edits {
		e := &p.edits[i]
		var path string
		switch {
		case e.state != applies:
			continue
		case e.Delete:
			path = e.Path
		case e.moves():
			path = e.From
		default:
			continue
		}
		if err := editor.Remove(ctx, path); err != nil {
			return false, err
		}
	}
	for i := range p.edits {
		e := &p.edits[i]
		if e.state != applies || e.Delete {
			continue
		}
		err := editor.Put(ctx, e.Path, e.Mode, e.Blob)
		switch {
		case errors.Is(err, gitobj.ErrObstacle):
			e.drop(err)
			again = true
		case err != nil:
			return false, err
		}
	}
	return again, nil
}

// stageCommit stages the commit and the trees and selects the objects that the remote lacks.
func (p *pending) stageCommit(ctx context.Context) error {
	b := p.branch
	if err := b.nameStage(ctx); err != nil {
		return fmt.Errorf("commit to branch %q: %w", b.Name(), err)
	}
	if err := p.encode(ctx); err != nil {
		return fmt.Errorf("commit to branch %q: %w", b.Name(), err)
	}
	if !b.repo.noDelta.Load() {
		if err := p.stageDeltas(ctx); err != nil {
			return fmt.Errorf("stage deltas for branch %q: %w", b.Name(), err)
		}
	}
	p.was = nil
	return p.stagePack(ctx)
}

// encode makes the commit object and signs it; objs are the commit and its trees, the commit first.
// A branch that is created without a change has neither: it starts at the snapshot's base.
func (p *pending) encode(ctx context.Context) error {
	if !p.makesCommit() {
		p.id = p.snap.Base
		return nil
	}
	c := p.branch.repo.newCommit(p.meta)
	c.Tree, c.Message = p.root, newAccount(p.branch.Name(), p.edits).message(p.branch.repo.credited(p.meta))
	if !p.snap.Base.IsZero() {
		c.Parents = []gitobj.ID{p.snap.Base}
	}
	raw, err := p.branch.repo.signed(ctx, &c)
	if err != nil {
		return err
	}
	p.commit, p.id = c, gitobj.Hash(p.snap.Format(), gitobj.KindCommit, raw)
	p.objs = append(make([]objstore.Object, 0, 1+len(p.trees)), objstore.Object{ID: p.id, Kind: gitobj.KindCommit, Data: raw})
	p.objs = append(p.objs, p.trees...)
	return nil
}

// stagePack stages the objects that are not staged as deltas, and selects the pack.
func (p *pending) stagePack(ctx context.Context) (err error) {
	b, stage := p.branch, p.branch.repo.stage
	ids := make([]gitobj.ID, 0, len(p.objs)+len(p.blobs))
	thin := p.thin()
	for _, ob := range p.objs {
		ids = append(ids, ob.ID)
		if thin[ob.ID] {
			continue
		}
		id, err := stage.PutBytes(ctx, ob.Kind, ob.Data)
		if err != nil {
			return fmt.Errorf("stage %s for branch %q: %w", ob.Kind, b.Name(), err)
		}
		p.owned = append(p.owned, id)
	}
	pack := stage.ThinPack
	if len(p.deltas) == 0 {
		pack = stage.Pack // another branch may have staged some
	}
	if p.pack, err = pack(append(ids, p.blobs...)); err != nil {
		return fmt.Errorf("build pack for branch %q: %w", b.Name(), err)
	}
	return nil
}

// close frees the objects that the pending commit staged; the blobs belong to the changes. It may
// be called twice, and on nil.
func (p *pending) close() {
	if p == nil {
		return
	}
	if p.pack != nil {
		p.pack.Close()
		p.pack = nil
	}
	stage := p.branch.repo.stage
	stage.Release(p.owned...)
	stage.ReleaseDeltas(p.deltas...)
	p.owned, p.deltas = nil, nil
}

// result is the outcome of the changes that the commit made, once it landed.
func (p *pending) result() Result {
	if !p.makesCommit() {
		return Result{Messages: p.report.Messages} // a branch that was only created
	}
	return Result{Commit: p.id, Tree: p.root, Parent: p.snap.Base, Messages: p.report.Messages}
}

// resembles reports whether an edit is dropped, or unchanged, that was not so in other: the branch
// may have the result of other.
func (p *pending) resembles(other *pending) bool {
	for i := range p.edits {
		if p.edits[i].state != other.edits[i].state {
			return true
		}
	}
	return false
}

package gitread

import (
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Snapshot is a commit of a branch, read as far as somebody asked. The commit never changes. It
// is safe for concurrent use.
type Snapshot struct {
	// Ref is the branch's commit; zero when the branch does not exist.
	Ref gitobj.ID
	// Base is the parent of the next commit: Ref, or the start of a branch that is to be created;
	// zero in a repository without commits.
	Base gitobj.ID
	// Root is Base's tree; zero without a commit, which is an empty tree.
	Root gitobj.ID

	objects *objects
	finders finders
	progress
}

// StartsBranch reports whether the branch is missing while the commit that it starts from exists.
func (s *Snapshot) StartsBranch() bool { return s.Ref.IsZero() && !s.Base.IsZero() }

// Format is the object format of the snapshot's repository.
func (s *Snapshot) Format() gitobj.Format { return s.objects.format() }

// opening says which snapshot to open.
type opening struct {
	ref, base gitobj.ID // as in Snapshot; base may name a tag
	// prior, when set, returns a snapshot of which much is in the store, so that only the changes
	// since then are asked for. It is called when the base is not in the store, and may return nil.
	prior func(context.Context) *Snapshot
	// ours, when set, is a commit to look for among those since prior.
	ours gitobj.ID
	// levels is the number of levels of directories, the root's included, that lead to the first
	// paths; 0 for the usual number.
	levels int
	// unnamed says that the server has not named the base in this process: it is asked for it, even
	// if the store has the commit. The store may be shared, and the reader may not be allowed to
	// read the repository that the commit is from.
	unnamed bool
}

// opened is a snapshot, with the findings of its first read.
type opened struct {
	*Snapshot
	hasOurs bool
	fetched bool // the base was not in the store
}

// openSnapshot reads a commit and, within the budget, its uppermost directories or those that
// changed, in a single request.
func openSnapshot(ctx context.Context, o *objects, want opening) (opened, error) {
	s := &Snapshot{objects: o, Ref: want.ref, Base: want.base}
	if s.Base.IsZero() {
		return opened{Snapshot: s}, nil
	}
	if want.unnamed && o.isTip(s.Base) {
		want.unnamed = false
	}
	if found, _ := o.local(ctx, []gitobj.ID{s.Base}); found[0].Kind != 0 && want.ours.IsZero() {
		if want.unnamed {
			if err := o.confirm(ctx, s.Base); err != nil {
				return opened{Snapshot: s}, fmt.Errorf("read commit %s: %w", want.base, err)
			}
		}
		o.rememberTip(s.Base)
		return opened{Snapshot: s}, s.setBase(ctx, found[0])
	}
	if !want.unnamed {
		o.rememberTip(s.Base)
	}
	got := opened{Snapshot: s, fetched: true}
	tip, err := s.fetch(ctx, want, &got)
	if err != nil {
		return got, fmt.Errorf("read commit %s: %w", want.base, err)
	}
	o.rememberTip(s.Base)
	return got, s.setBase(ctx, tip)
}

// confirm asks the server for an object that the store has, without anything that it leads to.
func (o *objects) confirm(ctx context.Context, id gitobj.ID) error {
	has := false
	_, err := o.receive(ctx, reading{
		req:     gitwire.Fetch{Wants: []gitobj.ID{id}, Filter: lone, Depth: 1, Format: o.format()},
		noBlobs: true, budget: readAheadBudget,
		visit: func(ob objstore.Object) { has = has || ob.ID == id },
	})
	if err == nil && !has {
		err = ErrMissing
	}
	return err
}

// fetch makes the first read of a snapshot and returns the object that base names.
func (s *Snapshot) fetch(ctx context.Context, want opening, got *opened) (tip objstore.Object, err error) {
	o := s.objects
	req := gitwire.Fetch{Wants: []gitobj.ID{s.Base}, Filter: upTo(want.levels), Depth: 1, Format: o.format()}
	if byID, _ := o.remote.Packs.Selective(); !byID {
		req.Filter = all // a directory that is left out could only be had with the whole commit
	}
	if want.prior != nil {
		s.since(want.prior(ctx), want.ours, &req)
	}
	announced := 0
	in := reading{
		req: req, budget: o.budget, noBlobs: true,
		early:     want.levels > upperLevels && req.Filter == upTo(want.levels),
		announced: func(n int) { announced = n },
		visit: func(ob objstore.Object) {
			got.hasOurs = got.hasOurs || ob.ID == want.ours
			if ob.ID == want.base {
				tip = ob
			}
		},
	}
	cut, err := o.receive(ctx, in)
	if err == nil && in.early && cut && o.remote.Packs.Usable(upper) == upper {
		// The upper levels of a large repository come first, then the directories that are wanted.
		s.known = announced
		in.early, in.req.Filter = false, upper
		cut, err = o.receive(ctx, in)
	}
	if err != nil {
		return tip, err
	}
	s.wasCut(cut)
	if tip.Kind == 0 {
		alone, err := o.get(ctx, []gitobj.ID{want.base}, nil, inFlight)
		if err != nil {
			return tip, err
		}
		tip = alone[0]
	}
	return tip, nil
}

// since turns a first read into a read of the changes since prior, which may be nil.
//
// A server that does not know prior ignores it, and sends as much as the depth and the budget
// allow. A server that knows it leaves out the objects of prior, and may send the others as deltas
// on those: some hundred bytes for a directory.
func (s *Snapshot) since(prior *Snapshot, ours gitobj.ID, req *gitwire.Fetch) {
	if prior == nil || prior.Base.IsZero() || prior.Base == s.Base {
		return
	}
	req.Haves, req.Filter, req.Thin = []gitobj.ID{prior.Base}, all, true
	if !ours.IsZero() {
		// The commits since prior are wanted too. Should prior be no ancestor, the budget ends the
		// transfer of a whole history.
		req.Depth = 0
	}
	s.large.Store(prior.large.Load())
}

// maxTagDepth bounds how many tags of tags lead to a commit.
const maxTagDepth = 8

// setBase takes the root tree from the commit ob, or from the commit to which the annotated tag ob
// leads.
func (s *Snapshot) setBase(ctx context.Context, ob objstore.Object) error {
	for range maxTagDepth {
		switch ob.Kind {
		case gitobj.KindCommit:
			c, err := gitobj.ParseCommit(s.Format(), ob.Data)
			if err != nil {
				return fmt.Errorf("commit %s: %w", ob.ID, err)
			}
			if s.Ref == s.Base { // not that of a branch: only commits are there
				s.Ref = ob.ID
			}
			s.Base, s.Root = ob.ID, c.Tree
			return nil
		case gitobj.KindTag:
			tag, err := gitobj.ParseTag(s.Format(), ob.Data)
			if err != nil {
				return fmt.Errorf("tag %s: %w", ob.ID, err)
			}
			got, err := s.objects.get(ctx, []gitobj.ID{tag.Object}, nil, inFlight)
			if err != nil {
				return fmt.Errorf("tag %s: %w", ob.ID, err)
			}
			ob = got[0]
		default:
			return fmt.Errorf("object %s is a %s: %w", ob.ID, ob.Kind, ErrNotCommit)
		}
	}
	return fmt.Errorf("tag %s does not lead to a commit within %d steps", s.Base, maxTagDepth)
}

// Directory returns a directory's raw content by its id.
func (s *Snapshot) Directory(ctx context.Context, id gitobj.ID) ([]byte, error) {
	obs, err := s.trees(ctx, []gitobj.ID{id})
	if err != nil {
		return nil, err
	}
	return obs[0].Data, nil
}

// trees returns raw directories by id, from memory where possible and otherwise in a request.
func (s *Snapshot) trees(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	found, _, err := s.read(ctx, ids)
	return found, err
}

// read is trees, and reports whether the process's own memory lacked any.
func (s *Snapshot) read(ctx context.Context, ids []gitobj.ID) (found []objstore.Object, lacked bool, err error) {
	if len(ids) == 0 {
		return nil, false, nil
	}
	lacked = s.prefetch(ctx, ids)
	if found, err = s.objects.get(ctx, ids, s, inFlight); err != nil {
		return nil, lacked, err
	}
	for _, ob := range found {
		if ob.Kind != gitobj.KindTree {
			return nil, lacked, fmt.Errorf("object %s is a %s where a directory was expected", ob.ID, ob.Kind)
		}
	}
	return found, lacked, nil
}

// shortName is the branch name in a full ref name.
func shortName(ref string) (string, bool) {
	const heads = "refs/heads/"
	if len(ref) <= len(heads) || ref[:len(heads)] != heads {
		return "", false
	}
	return ref[len(heads):], true
}

package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// snapshot is one commit of one branch, read as far as somebody asked. It never changes.
type snapshot struct {
	objects *objects
	// ref is the branch's commit; zero when the branch does not exist.
	ref gitobj.ID
	// base is the commit that the next commit builds on: ref, or the start of a branch that is to
	// be created; zero in a repository without commits.
	base gitobj.ID
	// root is base's tree; zero when there is none, which is an empty tree.
	root gitobj.ID
	// finders are those of the directories that were looked at last.
	finders finders
	reach
}

// finders are some directories' finders, of which the oldest gives way.
type finders struct {
	mu   sync.Mutex
	last [4]struct {
		tree   gitobj.ID
		finder *gitobj.Finder
	}
	next int
}

// of returns the finder of a directory.
func (f *finders) of(format gitobj.Format, tree gitobj.ID, raw []byte) *gitobj.Finder {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, known := range f.last {
		if known.finder != nil && known.tree == tree {
			return known.finder
		}
	}
	finder := gitobj.NewFinder(format, raw)
	if finder.Indexes() {
		f.last[f.next].tree, f.last[f.next].finder = tree, finder
		f.next = (f.next + 1) % len(f.last)
	}
	return finder
}

// startsBranch reports whether the branch is missing while the commit that it starts from exists.
func (s *snapshot) startsBranch() bool { return s.ref.IsZero() && !s.base.IsZero() }

// opening says which snapshot to open.
type opening struct {
	ref, base gitobj.ID // as in snapshot; base may name a tag
	// prior, when set, finds a snapshot of which much is at hand, so that only what changed since
	// is asked for. It is called when the base is not at hand, and may return nil.
	prior func(context.Context) *snapshot
	// landed, when set, is a commit that is looked for among those since prior.
	landed gitobj.ID
	// levels is how many levels of directories, the root's included, lead to what is wanted first;
	// 0 for what is usual.
	levels int
}

// opened is the snapshot, and what showed on the way.
type opened struct {
	*snapshot
	hasLanded bool
	fetched   bool // the base was not at hand
}

// openSnapshot reads a commit and, within the budget, its uppermost directories or those that
// changed, in one request.
func openSnapshot(ctx context.Context, o *objects, want opening) (opened, error) {
	s := &snapshot{objects: o, ref: want.ref, base: want.base}
	if s.base.IsZero() {
		return opened{snapshot: s}, nil
	}
	o.noteTip(s.base)
	if found, _ := o.local(ctx, []gitobj.ID{s.base}); found[0].Kind != 0 && want.landed.IsZero() {
		return opened{snapshot: s}, s.setBase(ctx, found[0])
	}
	got := opened{snapshot: s, fetched: true}
	req := gitwire.Fetch{Wants: []gitobj.ID{s.base}, Filter: upTo(want.levels), Depth: 1, Format: o.format}
	if byID, _ := o.remote.Selective(); !byID {
		req.Filter = all // a directory that is left out could only be had with the whole commit
	}
	if want.prior != nil {
		s.since(want.prior(ctx), want.landed, &req)
	}
	var tip objstore.Object
	in := reading{req: req, budget: o.budget, noBlobs: true, visit: func(ob objstore.Object) {
		if ob.ID == want.landed {
			got.hasLanded = true
		}
		if ob.ID == want.base {
			tip = ob
		}
	}}
	in.picky = want.levels > upperLevels && req.Filter == upTo(want.levels)
	announced := 0
	in.announced = func(n int) { announced = n }
	cut, err := o.receive(ctx, in)
	if err == nil && in.picky && cut && o.remote.Usable(upper) == upper {
		// Of a large repository the upper levels come first, and then what is wanted.
		s.known = announced
		in.picky, in.req.Filter = false, upper
		cut, err = o.receive(ctx, in)
	}
	if err != nil {
		return got, fmt.Errorf("read commit %s: %w", want.base, err)
	}
	s.sized(cut)
	if tip.Kind == 0 {
		alone, err := o.get(ctx, []gitobj.ID{want.base}, nil, inFlight)
		if err != nil {
			return got, fmt.Errorf("read commit %s: %w", want.base, err)
		}
		tip = alone[0]
	}
	return got, s.setBase(ctx, tip)
}

// since makes a first read one of what changed since prior, which may be nil.
//
// A server that does not know prior ignores it, and what the depth and the budget leave comes. One
// that knows it leaves out what prior holds, and may send the rest as deltas upon that: some
// hundred bytes for a directory.
func (s *snapshot) since(prior *snapshot, landed gitobj.ID, req *gitwire.Fetch) {
	if prior == nil || prior.base.IsZero() || prior.base == s.base {
		return
	}
	req.Haves, req.Filter, req.Thin = []gitobj.ID{prior.base}, all, true
	if !landed.IsZero() {
		// The commits since prior are wanted too. Should prior be no ancestor, the budget ends what
		// would become a whole history.
		req.Depth = 0
	}
	s.large.Store(prior.large.Load())
}

// maxTagDepth bounds how many tags of tags lead to a commit.
const maxTagDepth = 8

// setBase takes the root tree from the commit that ob is, or that it leads to as an annotated tag.
func (s *snapshot) setBase(ctx context.Context, ob objstore.Object) error {
	for range maxTagDepth {
		switch ob.Kind {
		case gitobj.KindCommit:
			c, err := gitobj.ParseCommit(s.objects.format, ob.Data)
			if err != nil {
				return fmt.Errorf("commit %s: %w", ob.ID, err)
			}
			s.base, s.root = ob.ID, c.Tree
			return nil
		case gitobj.KindTag:
			tag, err := gitobj.ParseTag(s.objects.format, ob.Data)
			if err != nil {
				return fmt.Errorf("tag %s: %w", ob.ID, err)
			}
			got, err := s.objects.get(ctx, []gitobj.ID{tag.Object}, nil, inFlight)
			if err != nil {
				return fmt.Errorf("tag %s: %w", ob.ID, err)
			}
			ob = got[0]
		default:
			return fmt.Errorf("object %s is a %s, not a commit", ob.ID, ob.Kind)
		}
	}
	return fmt.Errorf("tag %s does not lead to a commit within %d steps", s.base, maxTagDepth)
}

// trees returns raw directories by id, from memory where possible and otherwise in one request.
func (s *snapshot) trees(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	found, _, err := s.read(ctx, ids)
	return found, err
}

// read is trees, and reports whether the writer's own memory lacked any.
func (s *snapshot) read(ctx context.Context, ids []gitobj.ID) (found []objstore.Object, lacked bool, err error) {
	if len(ids) == 0 {
		return nil, false, nil
	}
	lacked = s.prefetch(ctx, ids)
	if found, err = s.objects.get(ctx, ids, s, inFlight); err != nil {
		return nil, lacked, err
	}
	found, err = checkTrees(found)
	return found, lacked, err
}

func checkTrees(obs []objstore.Object) ([]objstore.Object, error) {
	for _, ob := range obs {
		if ob.Kind != gitobj.KindTree {
			return nil, fmt.Errorf("object %s is a %s where a directory was expected", ob.ID, ob.Kind)
		}
	}
	return obs, nil
}

// entries finds what is at each path, in the order of paths, with one request a level at most. A
// path below something that is no directory gets an ObstacleError in errs, at its index; errs is
// nil when there is none.
func (s *snapshot) entries(ctx context.Context, paths []string) (found []Entry, errs []error, err error) {
	found = make([]Entry, len(paths))
	walks := make([]walk, 0, len(paths))
	for i, p := range paths {
		found[i].Path = p
		if !s.root.IsZero() {
			walks = append(walks, walk{index: i, rest: p, tree: s.root})
		}
	}
	waited, left := false, int64(mostWalked)
	for parts := [][]walk{walks}; len(parts) > 0; {
		walks, parts = parts[len(parts)-1], parts[:len(parts)-1]
		raw, lacked, err := s.level(ctx, walks)
		if errors.Is(err, errCrowded) {
			one, two := halve(walks, func(w walk) gitobj.ID { return w.tree })
			parts = append(parts, two, one)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		for _, dir := range raw {
			left -= int64(len(dir))
		}
		if left < 0 {
			return nil, nil, fmt.Errorf("%w: the directories that lead to %d paths take more than %d bytes", ErrTooLarge, len(paths), mostWalked)
		}
		if lacked && !waited {
			waited = true
			s.sought.Add(1)
		}
		deeper := walks[:0]
		for _, w := range walks {
			name, rest, more := strings.Cut(w.rest, "/")
			e, ok, err := s.finders.of(s.objects.format, w.tree, raw[w.tree]).Find(name)
			switch {
			case err != nil:
				return nil, nil, fmt.Errorf("directory %s: %w", w.tree, err)
			case !ok:
			case !more:
				found[w.index].Mode, found[w.index].ID = e.Mode, e.ID
			case e.Mode.IsTree():
				w.rest, w.tree = rest, e.ID
				deeper = append(deeper, w)
			default:
				if errs == nil {
					errs = make([]error, len(paths))
				}
				p := paths[w.index]
				errs[w.index] = &ObstacleError{Path: p, At: p[:len(p)-len(rest)-1], Mode: e.Mode}
			}
		}
		if len(deeper) > 0 {
			parts = append(parts, deeper)
		}
	}
	return found, errs, nil
}

// halve parts a request that leads to several directories, so that each half leads to half of them.
func halve[T any](all []T, to func(T) gitobj.ID) (one, two []T) {
	at := make(map[gitobj.ID]int)
	for _, x := range all {
		if _, ok := at[to(x)]; !ok {
			at[to(x)] = len(at)
		}
	}
	for _, x := range all {
		if at[to(x)] < len(at)/2 {
			one = append(one, x)
		} else {
			two = append(two, x)
		}
	}
	return one, two
}

// walk is one path on its way down: what is left of it, and the directory that it has reached.
type walk struct {
	index int
	rest  string
	tree  gitobj.ID
}

// level reads the directories that the walks have reached. It reports whether the writer's own
// memory lacked any.
func (s *snapshot) level(ctx context.Context, walks []walk) (raw map[gitobj.ID][]byte, lacked bool, err error) {
	raw = make(map[gitobj.ID][]byte)
	var ids []gitobj.ID
	for _, w := range walks {
		if _, ok := raw[w.tree]; !ok {
			raw[w.tree] = nil
			ids = append(ids, w.tree)
		}
	}
	obs, lacked, err := s.read(ctx, ids)
	if err != nil {
		return nil, lacked, err
	}
	for _, ob := range obs {
		raw[ob.ID] = ob.Data
	}
	return raw, lacked, nil
}

// entry is entries for one path.
func (s *snapshot) entry(ctx context.Context, path string) (Entry, error) {
	found, errs, err := s.entries(ctx, []string{path})
	if err != nil {
		return Entry{}, err
	}
	if errs != nil {
		return found[0], errs[0]
	}
	return found[0], nil
}

// shortName is the branch name in a full ref name.
func shortName(ref string) (string, bool) {
	name, ok := strings.CutPrefix(ref, "refs/heads/")
	return name, ok && name != ""
}

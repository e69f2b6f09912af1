package gitread

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// graph is the part of a repository's history that this process has read. All walks share it.
type graph struct {
	objects *objects
	turn    chan struct{} // holds a value while nobody loads what is shared

	mu     sync.Mutex // guards the fields below
	nodes  map[gitobj.ID]*node
	absent map[gitobj.ID]bool // parents that the server itself does not have: its history is cut off
	// tipsOnly: the server refuses commits that no branch or tag is at.
	tipsOnly bool
}

// node is a commit, without its text.
type node struct {
	tree    gitobj.ID
	date    int64 // of the committer, in seconds since 1970
	parents []gitobj.ID
}

// portions are the numbers of generations that a walk fetches at a time, one after the other; the
// last is repeated.
var portions = []int{64, 1024, 8192}

const (
	// mostKept is the number of commits, about 200 bytes each, from which on a new walk begins with
	// an empty graph.
	mostKept = 100_000
	// smallPortion is the largest number of commits or directories that go to the object store
	// together. More of them would displace the objects of heads, for a question that may never be
	// asked again.
	smallPortion = 256
	// mostStored bounds the commits of a walk that are looked up in the object store, each of which
	// is a question of its own.
	mostStored = 64
)

// history is the graph of the repository.
func (o *objects) history() *graph {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.graph == nil || o.graph.size() > mostKept {
		o.graph = &graph{objects: o, turn: make(chan struct{}, 1), nodes: make(map[gitobj.ID]*node), absent: make(map[gitobj.ID]bool)}
		o.graph.turn <- struct{}{}
	}
	return o.graph
}

// begin waits until no other walk loads what all of them share: commits and root directories.
func (g *graph) begin(ctx context.Context) error {
	select {
	case <-g.turn:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end follows each begin.
func (g *graph) end() { g.turn <- struct{}{} }

func (g *graph) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.nodes)
}

// node is a commit that was read; nil for others.
func (g *graph) node(id gitobj.ID) *node {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.nodes[id]
}

// parents are the parents of a commit. Where the server's own history is cut off, there are none,
// as git sees it.
func (g *graph) parents(n *node) []gitobj.ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.ContainsFunc(n.parents, func(p gitobj.ID) bool { return g.absent[p] }) {
		return nil
	}
	return n.parents
}

// hasAll reports whether all these commits were read, or are known to be absent.
func (g *graph) hasAll(ids []gitobj.ID) bool { return len(g.lacking(ids)) == 0 }

// lacking lists those of the commits, each once, that were not read.
func (g *graph) lacking(ids []gitobj.ID) (missing []gitobj.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		if g.nodes[id] == nil && !g.absent[id] && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	return missing
}

// add takes a commit over and reports whether it is new.
func (g *graph) add(ob objstore.Object) (bool, error) {
	c, err := gitobj.ParseCommit(g.objects.format(), ob.Data)
	if err != nil {
		return false, fmt.Errorf("commit %s: %w", ob.ID, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.nodes[ob.ID] != nil {
		return false, nil
	}
	n := &node{tree: c.Tree, parents: slices.Clip(c.Parents)}
	if !c.Committer.When.IsZero() {
		n.date = c.Committer.When.Unix()
	}
	g.nodes[ob.ID] = n
	return true, nil
}

// only reports whether the server refuses commits other than tips, as far as is known.
func (g *graph) only() bool {
	byID, _ := g.objects.remote.Packs.Selective()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tipsOnly || !byID
}

// loading reads commits for a walk.
type loading struct {
	graph  *graph
	base   gitobj.ID // the head, which every server sends
	most   int       // commits that the walk may read
	read   int
	stored int // looked up in the store
	turn   int // in portions
}

// commits reads commits, and ancestors of them: depth generations, or as many as the next portion
// has if depth is 0. more are further commits that the walk is going to need.
func (l *loading) commits(ctx context.Context, ids, more []gitobj.ID, depth int) error {
	g := l.graph
	if err := g.begin(ctx); err != nil {
		return err
	}
	defer g.end()
	l.fromStore(ctx, ids)
	missing := g.lacking(ids)
	if len(missing) == 0 {
		return nil
	}
	if l.read >= l.most {
		return fmt.Errorf("%w: more than %d commits", ErrTooFar, l.most)
	}
	if depth == 0 {
		depth = portions[min(l.turn, len(portions)-1)]
		l.turn++
	}
	depth = min(depth, l.most+1-l.read)
	if !g.only() {
		wants := g.lacking(slices.Concat(missing, more[:min(len(more), max(maxWants-len(missing), 0))]))
		_, err := l.fetch(ctx, wants, depth)
		switch {
		case err != nil && g.objects.remote.Packs.RefusesWants(err, wants):
			g.objects.logf(ctx, "%s: reading history from its head: %v", g.objects.remote.Refs.URL(), err)
			g.mu.Lock()
			g.tipsOnly = true
			g.mu.Unlock()
		case err != nil:
			return err
		case g.hasAll(missing):
			return nil
		case l.read > l.most:
			return fmt.Errorf("%w: more than %d commits", ErrTooFar, l.most)
		default:
			return fmt.Errorf("commit %s: %w", g.lacking(missing)[0], ErrMissing)
		}
	}
	return l.fromHead(ctx, missing, depth)
}

// fromHead reads the history from the head on, further back each time, until it has the commits
// that are missing. Two times of the same number of commits are the whole history of the server.
func (l *loading) fromHead(ctx context.Context, missing []gitobj.ID, depth int) error {
	g, before := l.graph, -1
	for _, depth := range []int{min(depth, portions[0]), portions[0], portions[1], 16 * portions[1], l.most + 1} {
		n, err := l.fetch(ctx, []gitobj.ID{l.base}, depth)
		if err != nil || g.hasAll(missing) {
			return err
		}
		if n == before && depth > portions[0] {
			g.mu.Lock()
			defer g.mu.Unlock()
			for _, id := range missing {
				if g.nodes[id] == nil {
					g.absent[id] = true
				}
			}
			return nil
		}
		before = n
	}
	return fmt.Errorf("%w: more than %d commits", ErrTooFar, l.most)
}

// fromStore follows the first of the missing commits through the object store.
func (l *loading) fromStore(ctx context.Context, ids []gitobj.ID) {
	for l.stored < mostStored {
		missing := l.graph.lacking(ids)
		if len(missing) == 0 {
			return
		}
		found, lacking := l.graph.objects.local(ctx, missing)
		l.stored += len(missing)
		for _, ob := range found {
			if ob.Kind == gitobj.KindCommit {
				_, _ = l.graph.add(ob) // the fetch reports a commit that cannot be read
			}
		}
		if len(lacking) > 0 {
			return
		}
	}
}

// fetch reads commits and depth generations of their ancestors, without directories. It returns
// their number.
func (l *loading) fetch(ctx context.Context, wants []gitobj.ID, depth int) (n int, err error) {
	o := l.graph.objects
	var bad error
	arrived := make(map[gitobj.ID]bool)
	announced := 0
	_, err = o.receive(ctx, reading{
		req: gitwire.Fetch{Wants: wants, Filter: lone, Depth: depth, Format: o.format()}, budget: readAheadBudget, noBlobs: true,
		announced: func(n int) { announced = n },
		keep:      func(ob objstore.Object) bool { return ob.Kind == gitobj.KindCommit && announced <= smallPortion },
		visit: func(ob objstore.Object) {
			if ob.Kind != gitobj.KindCommit || arrived[ob.ID] || l.read > l.most {
				return
			}
			arrived[ob.ID] = true
			added, err := l.graph.add(ob)
			if err != nil {
				bad = err
			}
			if added {
				l.read++
			}
			if announced > smallPortion {
				o.remember(ctx, ob)
			}
		},
	})
	if err != nil {
		return 0, fmt.Errorf("read commits: %w", err)
	}
	return len(arrived), bad
}

// remember keeps an object in the process's own memory alone.
func (o *objects) remember(ctx context.Context, ob objstore.Object) {
	ob.Data = slices.Clone(ob.Data)
	if err := o.recent.Put(ctx, []objstore.Object{ob}); err != nil {
		o.logf(ctx, "recent objects: %v", err)
	}
}

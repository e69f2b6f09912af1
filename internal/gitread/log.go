package gitread

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// The history of a commit is walked as git log walks it (revision.c), over commits alone:
//
//	head ──► queue, the newest committer date first ──► commit ──► answer
//	           ▲                                          │
//	           └── parents; with a path, one parent alone ┘
//	               if it has the same at the path
//
// A commit that is not in memory is fetched together with its ancestors, in growing portions
// (graph.go). With a path, the directories that lead to it are fetched for the commits that come
// next (track.go).

// MaxHistory is the default bound of the commits that a question about history reads.
const MaxHistory = 50_000

// ErrTooFar says that the answer is further back in the history than is read.
var ErrTooFar = errors.New("the history is longer than is read")

// Query asks for commits of a history.
type Query struct {
	// Path is a file or directory: only commits that changed it; "" for all commits.
	Path string
	// Limit is the number of commits at most; 0 or less for no bound.
	Limit int
	// Since and Until are the first and the last committer date, to the second; the zero time for
	// no bound. A commit before Since ends the walk along its line, as in git.
	Since, Until time.Time
	// FirstParent follows the first parent of merges alone.
	FirstParent bool
	// MaxCommits bounds the commits that are read; 0 for MaxHistory.
	MaxCommits int
}

// Logged is a commit of a history, with its id.
type Logged struct {
	ID gitobj.ID
	*gitobj.Commit
}

// Log answers q about the history of a snapshot, the newest commit first: the commits that `git log
// [--first-parent] [--since] [--until] [-- path]` shows, in its order. With a path, it simplifies
// the history as git does by default: of a merge that has at the path what a parent has, it follows
// that parent alone. A history that is longer than q.MaxCommits is an ErrTooFar, unless the answer
// is complete before.
func Log(ctx context.Context, s *Snapshot, q Query) ([]Logged, error) {
	if s.Base.IsZero() {
		return nil, nil
	}
	w := newWalk(s, q)
	ids, err := w.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history of commit %s: %w", s.Base, err)
	}
	return s.objects.logged(ctx, ids)
}

// logged reads the commits of an answer. Most are in memory, as the walk fetched them.
func (o *objects) logged(ctx context.Context, ids []gitobj.ID) ([]Logged, error) {
	commits, err := o.commits(ctx, ids)
	if err != nil {
		return nil, err
	}
	all := make([]Logged, len(ids))
	for i, id := range ids {
		all[i] = Logged{ID: id, Commit: commits[i]}
	}
	return all, nil
}

// walk is a question that is being answered.
type walk struct {
	q       Query
	graph   *graph
	load    loading
	track   *track // nil without a path
	queue   queue
	seen    map[gitobj.ID]bool
	answer  []gitobj.ID
	first   gitobj.ID
	enough  bool // a commit without a further one suffices
	pending int  // pushed so far, for the order of equal dates
}

func newWalk(s *Snapshot, q Query) *walk {
	if q.MaxCommits <= 0 {
		q.MaxCommits = MaxHistory
	}
	w := &walk{q: q, graph: s.objects.history(), seen: make(map[gitobj.ID]bool), first: s.Base}
	w.load = loading{graph: w.graph, base: s.Base, most: q.MaxCommits}
	if q.Path != "" {
		w.track = newTrack(w.graph, s.Base, q.Path)
	}
	return w
}

func (w *walk) run(ctx context.Context) ([]gitobj.ID, error) {
	if err := w.push(ctx, []gitobj.ID{w.first}); err != nil {
		return nil, err
	}
	for w.queue.Len() > 0 && !w.enough {
		at := heap.Pop(&w.queue).(queued) //nolint:forcetypeassert // there is nothing else in it
		if !w.q.Since.IsZero() && at.date < w.q.Since.Unix() {
			continue
		}
		if err := w.visit(ctx, at); err != nil {
			return nil, err
		}
	}
	return w.answer, nil
}

// visit decides about a commit and queues its parents.
func (w *walk) visit(ctx context.Context, at queued) error {
	if w.track == nil && w.show(at) {
		return nil // its parents need not be read
	}
	parents := w.parentsOf(at.node)
	if err := w.require(ctx, parents); err != nil {
		return err
	}
	parents = w.parentsOf(at.node) // a server's own history may end here
	if w.track != nil {
		changed, follow, err := w.compare(ctx, at.id, parents)
		if err != nil {
			return err
		}
		if changed && w.show(at) {
			return nil
		}
		parents = follow
	}
	return w.push(ctx, parents)
}

// parentsOf are the parents that the walk follows.
func (w *walk) parentsOf(n *node) []gitobj.ID {
	parents := w.graph.parents(n)
	if w.q.FirstParent && len(parents) > 1 {
		return parents[:1]
	}
	return parents
}

// show adds a commit to the answer, if its date is wanted, and reports whether that is complete.
func (w *walk) show(at queued) bool {
	if w.q.Until.IsZero() || at.date <= w.q.Until.Unix() {
		w.answer = append(w.answer, at.id)
	}
	w.enough = w.q.Limit > 0 && len(w.answer) >= w.q.Limit
	return w.enough
}

// push queues commits that were not queued before.
func (w *walk) push(ctx context.Context, ids []gitobj.ID) error {
	if err := w.require(ctx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		n := w.graph.node(id)
		if n == nil || w.seen[id] {
			continue
		}
		w.seen[id] = true
		w.pending++
		heap.Push(&w.queue, queued{id: id, node: n, turn: w.pending})
	}
	return nil
}

// require reads commits that are not in memory, with the ancestors that the walk needs next.
func (w *walk) require(ctx context.Context, ids []gitobj.ID) error {
	if w.graph.hasAll(ids) {
		return nil
	}
	depth := 0 // as the portions say
	if w.track == nil && w.q.Limit > 0 && w.q.Until.IsZero() {
		depth = w.q.Limit - len(w.answer) // so many generations are enough
	}
	for some := range slices.Chunk(ids, maxWants) { // a merge may have any number of parents
		if err := w.load.commits(ctx, some, w.frontier(), depth); err != nil {
			return err
		}
	}
	return nil
}

// frontier are the parents, of the queued commits, that are not in memory.
func (w *walk) frontier() (ids []gitobj.ID) {
	for _, at := range w.queue {
		for _, p := range w.parentsOf(at.node) {
			if !w.graph.hasAll([]gitobj.ID{p}) {
				ids = append(ids, p)
			}
		}
	}
	return ids
}

// compare compares a commit with its parents at the path. Of a commit that has there what a parent
// has, that parent alone is followed (revision.c, try_to_simplify_commit).
func (w *walk) compare(ctx context.Context, id gitobj.ID, parents []gitobj.ID) (changed bool, follow []gitobj.ID, err error) {
	if err := w.track.need(ctx, append([]gitobj.ID{id}, parents...), w.ahead); err != nil {
		return false, nil, err
	}
	own := w.track.at[id]
	if len(parents) == 0 {
		return own.exists(), nil, nil
	}
	for i, p := range parents {
		if w.track.at[p] == own {
			return false, parents[i : i+1], nil
		}
	}
	return true, parents, nil
}

// ahead lists up to n commits, in memory, whose spot is not known: those of from, and those that
// the walk probably comes to next.
func (w *walk) ahead(from []gitobj.ID, n int) (ids []gitobj.ID) {
	listed := make(map[gitobj.ID]bool)
	next := slices.Clone(from)
	for _, at := range w.queue {
		next = append(next, at.id)
	}
	for steps := 0; len(next) > 0 && len(ids) < n && steps < 4*n; steps++ {
		id := next[0]
		next = next[1:]
		commit := w.graph.node(id)
		if listed[id] || commit == nil || !w.q.Since.IsZero() && commit.date < w.q.Since.Unix() && steps >= len(from) {
			continue
		}
		listed[id] = true
		if _, known := w.track.at[id]; !known {
			ids = append(ids, id)
		}
		next = append(next, w.parentsOf(commit)...)
	}
	return ids
}

// queued is a commit in the queue.
type queued struct {
	*node
	id   gitobj.ID
	turn int
}

// queue has the commit with the newest date in front. Of equal dates, the first that came is.
type queue []queued

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if q[i].date != q[j].date {
		return q[i].date > q[j].date
	}
	return q[i].turn < q[j].turn
}

func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	*q = append(*q, x.(queued)) //nolint:forcetypeassert // there is nothing else in it
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}

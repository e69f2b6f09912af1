package gitread

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Without a branch, the commits that nothing else leads to are lost as soon as the server collects
// its garbage. A single fetch tells their number: it wants the head and has all other refs, and the
// filter leaves out everything but commits.

const (
	// mostUnreached bounds the commits that are counted.
	mostUnreached = 1_000
	// mostHaves bounds the refs that a request names. With more refs the count may be too high.
	mostHaves = 10_000
)

// Unreached is the number of commits that no ref leads to but the given ref.
type Unreached struct {
	Count int
	More  bool // there are more than Count
}

func (u Unreached) String() string {
	switch {
	case u.More:
		return fmt.Sprintf("at least %d commits", u.Count)
	case u.Count == 1:
		return "1 commit"
	}
	return fmt.Sprintf("%d commits", u.Count)
}

// Unreached counts the commits that head leads to, and that no branch or tag but ref leads to.
func (r *Repo) Unreached(ctx context.Context, ref string, head gitobj.ID) (Unreached, error) {
	if r.Closed() {
		return Unreached{}, ErrClosed
	}
	refs, err := r.remote.Refs.ListRefs(ctx, "refs/heads/", "refs/tags/")
	if err == nil {
		err = r.learnFormat(ctx, refs)
	}
	if err != nil {
		return Unreached{}, fmt.Errorf("count the commits of %s: %w", ref, err)
	}
	others := tipsBut(ref, refs)
	if others[head] {
		return Unreached{}, nil
	}
	n, err := r.countUnreached(ctx, head, others)
	if err != nil {
		return Unreached{}, fmt.Errorf("count the commits of %s: %w", ref, err)
	}
	return n, nil
}

// tipsBut are the objects that branches and tags lead to, without those of ref alone.
func tipsBut(ref string, refs []gitwire.Ref) map[gitobj.ID]bool {
	tips := make(map[gitobj.ID]bool)
	for _, other := range refs {
		if other.Name == ref || !strings.HasPrefix(other.Name, "refs/") {
			continue
		}
		tips[other.ID] = true
		if !other.Peeled.IsZero() {
			tips[other.Peeled] = true
		}
	}
	return tips
}

func (r *Repo) countUnreached(ctx context.Context, head gitobj.ID, others map[gitobj.ID]bool) (Unreached, error) {
	req := gitwire.Fetch{Wants: []gitobj.ID{head}, Filter: lone, Format: r.objects.format(), MaxObjects: mostUnreached}
	for id := range others {
		if req.Haves = append(req.Haves, id); len(req.Haves) == mostHaves {
			break
		}
	}
	parents, announced := make(map[gitobj.ID][]gitobj.ID), 0
	cut, err := r.objects.receive(ctx, reading{
		req: req, budget: readAheadBudget, noBlobs: true,
		announced: func(n int) { announced = n },
		keep:      func(objstore.Object) bool { return false },
		visit: func(ob objstore.Object) {
			if ob.Kind != gitobj.KindCommit {
				return
			}
			if c, err := gitobj.ParseCommit(ob.ID.Format(), ob.Data); err == nil && len(parents) <= mostVisited {
				parents[ob.ID] = c.Parents
			}
		},
	})
	if err != nil {
		return Unreached{}, err
	}
	if cut && len(parents) == 0 && announced > mostUnreached {
		return Unreached{Count: mostUnreached, More: true}, nil
	}
	n := unreached(head, others, parents)
	return Unreached{Count: min(n, mostUnreached), More: cut || n > mostUnreached}, nil
}

// unreached counts the commits that head leads to and others do not, among those with known
// parents: a server may send more than it was asked for.
func unreached(head gitobj.ID, others map[gitobj.ID]bool, parents map[gitobj.ID][]gitobj.ID) int {
	reached := history(slices.Collect(maps.Keys(others)), parents, nil)
	return len(history([]gitobj.ID{head}, parents, reached))
}

// history is the set of commits with known parents that lead from some commits backwards, without
// those of a set.
func history(from []gitobj.ID, parents map[gitobj.ID][]gitobj.ID, without map[gitobj.ID]bool) map[gitobj.ID]bool {
	set := make(map[gitobj.ID]bool)
	for len(from) > 0 {
		id := from[len(from)-1]
		from = from[:len(from)-1]
		if of, known := parents[id]; known && !set[id] && !without[id] {
			set[id] = true
			from = append(from, of...)
		}
	}
	return set
}

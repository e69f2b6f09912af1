package gitread

import (
	"context"
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// A push whose answer was lost may have landed, and somebody may have committed on top of it. A
// gateway that sends a push twice hides the first answer behind the refusal of the second. In both
// cases our commit is an ancestor of the head:
//
//	head before ◄── our commit ◄── theirs ◄── head      landed, whatever theirs holds at our paths
//
// The fetch of the changes since the head before brings those commits as well. Without a head
// before, as for the first commit of a repository, commits alone are asked for, more of them each
// time.

// depths are the numbers of commits of history that are asked for, until they suffice; 0 is all.
var depths = []int{64, 1024, 0}

// Descends reports whether commit is the snapshot's commit or an ancestor of it. prior is a commit
// before commit; zero for none.
func (s *Snapshot) Descends(ctx context.Context, prior, commit gitobj.ID) (bool, error) {
	if s.Base.IsZero() {
		return false, nil
	}
	tries := depths
	if !prior.IsZero() {
		tries = []int{0}
	}
	for _, depth := range tries {
		found, whole, err := s.seek(ctx, prior, commit, depth)
		if err != nil {
			return false, fmt.Errorf("look for commit %s before %s: %w", commit, s.Base, err)
		}
		if found || whole {
			return found, nil
		}
	}
	return false, nil
}

// seek is Descends for the last depth commits of history. whole says that these are all.
func (s *Snapshot) seek(ctx context.Context, prior, commit gitobj.ID, depth int) (found, whole bool, err error) {
	req := gitwire.Fetch{Wants: []gitobj.ID{s.Base}, Filter: lone, Depth: depth, Format: s.Format()}
	if !prior.IsZero() {
		req.Haves = []gitobj.ID{prior}
	}
	visited, parents := make(map[gitobj.ID]bool), make(map[gitobj.ID]bool)
	_, err = s.objects.receive(ctx, reading{
		req: req, budget: readAheadBudget, noBlobs: true,
		keep: func(objstore.Object) bool { return false },
		visit: func(ob objstore.Object) {
			found = found || ob.ID == commit
			if ob.Kind != gitobj.KindCommit || depth == 0 || len(parents) > mostVisited {
				return
			}
			visited[ob.ID] = true
			if c, err := gitobj.ParseCommit(s.Format(), ob.Data); err == nil {
				for _, p := range c.Parents {
					parents[p] = true
				}
			}
		},
	})
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return false, false, err
	}
	for p := range parents {
		if !visited[p] {
			return found, false, nil
		}
	}
	return found, true, nil
}

package gitwriter

import (
	"context"
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// A push whose answer was lost may have landed, and somebody may have committed on top; a gateway
// that sends a push twice hides the first answer behind the refusal of the second. Then our commit
// is an ancestor of the head:
//
//	head before ◄── our commit ◄── theirs ◄── head      landed, whatever theirs holds at our paths
//
// The fetch of what changed since the head before brings those commits as well. Where there was
// none, as for the first commit of a repository, commits alone are asked for, more of them each
// time.

// depths are how many commits of history are asked for, one after the other; 0 is all.
var depths = []int{64, 1024, 0}

// descends reports whether a commit is among the ancestors of a snapshot's. prior is a commit
// before it, or none.
func (s *snapshot) descends(ctx context.Context, prior, commit gitobj.ID) (bool, error) {
	if s.base.IsZero() {
		return false, nil
	}
	tries := depths
	if !prior.IsZero() {
		tries = []int{0}
	}
	for _, depth := range tries {
		found, whole, err := s.seek(ctx, prior, commit, depth)
		if err != nil {
			return false, fmt.Errorf("look for commit %s before %s: %w", commit, s.base, err)
		}
		if found || whole {
			return found, nil
		}
	}
	return false, nil
}

// seek is descends for some commits of history. whole says that these are all.
func (s *snapshot) seek(ctx context.Context, prior, commit gitobj.ID, depth int) (found, whole bool, err error) {
	req := gitwire.Fetch{Wants: []gitobj.ID{s.base}, Filter: lone, Depth: depth, Format: s.objects.format}
	if !prior.IsZero() {
		req.Haves = []gitobj.ID{prior}
	}
	seen, parents := make(map[gitobj.ID]bool), make(map[gitobj.ID]bool)
	_, err = s.objects.receive(ctx, reading{
		req: req, budget: wholeBudget, noBlobs: true,
		keep: func(objstore.Object) bool { return false },
		visit: func(ob objstore.Object) {
			found = found || ob.ID == commit
			if ob.Kind != gitobj.KindCommit || depth == 0 || len(parents) > mostSeen {
				return
			}
			seen[ob.ID] = true
			if c, err := gitobj.ParseCommit(s.objects.format, ob.Data); err == nil {
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
		if !seen[p] {
			return found, false, nil
		}
	}
	return found, true, nil
}

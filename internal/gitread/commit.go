package gitread

import (
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Commit reads the commit of a snapshot, which the snapshot's own first read brought: a request is
// made only if it has left the memory since. An empty repository has none: ErrMissing.
func Commit(ctx context.Context, s *Snapshot) (*gitobj.Commit, error) {
	if s.Base.IsZero() {
		return nil, fmt.Errorf("read the commit of an empty repository: %w", ErrMissing)
	}
	s.objects.rememberTip(s.Base)
	all, err := s.objects.commits(ctx, []gitobj.ID{s.Base})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// commits reads commits by their ids, in the order of ids.
func (o *objects) commits(ctx context.Context, ids []gitobj.ID) ([]*gitobj.Commit, error) {
	obs, err := o.get(ctx, ids, nil, inFlight)
	if err != nil {
		return nil, fmt.Errorf("read %d commits: %w", len(ids), err)
	}
	all := make([]*gitobj.Commit, len(obs))
	for i, ob := range obs {
		if ob.Kind != gitobj.KindCommit {
			return nil, fmt.Errorf("object %s is a %s: %w", ob.ID, ob.Kind, ErrNotCommit)
		}
		if all[i], err = gitobj.ParseCommit(o.format(), ob.Data); err != nil {
			return nil, fmt.Errorf("commit %s: %w", ob.ID, err)
		}
	}
	return all, nil
}

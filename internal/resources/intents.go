package resources

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// board is where the resources of this run tell each other their changes, by path.
func (s *Session) board() *intent.Board {
	if s == nil {
		return nil
	}
	return s.Intents
}

// begin announces a call that may tell others something.
func (s *Session) begin() (end func()) { return s.board().Begin() }

// apply is begin for a call that applies a plan.
func (s *Session) apply() (end func()) {
	s.records().Apply()
	return s.begin()
}

// spot is the branch of a place on the board.
func (p place) spot() intent.Location {
	return intent.Location{Repository: giturl.Key(p.repository), Branch: p.branch}
}

func (s *Session) records() *intent.Records {
	if s == nil {
		return nil
	}
	return s.Records
}

// givenUp reports whether another resource of the run holds this entry and gives up its path, so
// that it may be written over. doubt is the answer where too many ask at a time to wait for an
// answer.
func (s *Session) givenUp(ctx context.Context, p place, have gitread.Entry, doubt bool) bool {
	if s.records().Leaves(p.spot(), have.Path, have.ID.String()) {
		return true
	}
	verdict := s.board().Await(ctx, s.board().Patience(), p.spot(), []string{have.Path}, func(_ string, n intent.Notice) bool {
		return n.Leaves == have.ID.String()
	})
	return verdict == intent.Said || verdict == intent.Unknown && doubt
}

// replaced reports whether a file that is to be created takes the place of this entry, which the
// same resource holds: Terraform replaces it. The entry is given up, then.
func (s *Session) replaced(p place, have gitread.Entry, blob gitobj.ID) bool {
	if blob.IsZero() || !s.board().At(p.spot(), have.Path).Replaced(blob.String()) {
		return false
	}
	s.board().Leave(p.spot(), have.Path, have.ID.String())
	return true
}

// rivals tells others that a resource in state has the paths, and returns the blobs of those that
// another resource is to have. It is for a refresh: of the findings of a plan, an object that is
// deposed keeps nothing until it is destroyed.
func (s *Session) rivals(p place, token string, paths ...string) map[string]gitobj.ID {
	at, board := p.spot(), s.board()
	board.Hold(at, token, paths...)
	blobs := make(map[string]gitobj.ID)
	board.Some(at, paths, func(path string, n intent.Notice) bool {
		if blob, ok := n.Rival(token); ok {
			if id, err := gitobj.ParseID(blob); err == nil {
				blobs[path] = id
			}
		}
		return false
	})
	return blobs
}

// threatened reports whether another resource that has any of the paths is to be removed. A
// resource without a change is not part of an apply, and an object that is deposed is planned anew
// there: so this resource has to be part of it, to say that the path is its own.
func (s *Session) threatened(ctx context.Context, p place, paths []string) bool {
	at, board := p.spot(), s.board()
	suspects := board.Some(at, paths, func(_ string, n intent.Notice) bool { return n.Removed || n.Unclaimed() })
	if len(suspects) == 0 {
		return false
	}
	board.Await(ctx, board.Patience(), at, suspects, func(_ string, n intent.Notice) bool { return n.Removed || !n.Unclaimed() })
	return len(board.Some(at, suspects, func(_ string, n intent.Notice) bool { return n.Removed || n.Unclaimed() })) > 0
}

// HasPut reports whether an entry of a branch is the entry that a configured resource is to have at
// its path.
func (s *Session) HasPut(repository, branch string, have gitread.Entry) bool {
	return s.wroteElsewhere(place{repository: repository, branch: branch}, have)
}

// wroteElsewhere reports whether an entry is the entry that another resource of the run is to have
// at its path.
func (s *Session) wroteElsewhere(p place, have gitread.Entry) bool {
	if !have.Exists() {
		return false
	}
	n := s.board().At(p.spot(), have.Path)
	claimed, _ := s.records().Claims("", p.spot(), have.Path, have.ID.String())
	return claimed || n.Claims.Any() && n.Blob == have.ID.String()
}

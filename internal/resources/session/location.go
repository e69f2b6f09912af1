package session

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// Location is where a file is, or a directory of files: the unit of everything that is remembered
// between two calls of Terraform.
type Location struct{ Repository, Branch, Path string }

// ImportID is the id of the location for `terraform import`.
func (l Location) ImportID() string {
	return giturl.Canonical(l.Repository) + "#" + l.Branch + ":" + l.Path
}

// OnBoard is the branch of a location as the notice board knows it.
func (l Location) OnBoard() intent.Branch {
	return intent.Branch{Repository: giturl.Key(l.Repository), Name: l.Branch}
}

// Target is a location whose branch can be asked.
type Target struct {
	Location
	Branch *gitqueue.Branch
}

// AnnounceRemoval tells the commits that are planned in this process that files at a location are
// to go. It is a hint: a branch that cannot be opened says so elsewhere.
func (s *Session) AnnounceRemoval(ctx context.Context, l Location, paths ...string) {
	if t, err := s.Open(ctx, l); err == nil {
		t.Branch.AnnounceRemoval(paths...)
	}
}

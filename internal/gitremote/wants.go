package gitremote

import (
	"errors"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// refusedWants are the words of servers for a want that they do not hand out: git's, of today and
// before 2.16, JGit's and libgit2's. Most name the object.
var refusedWants = []string{"not our ref", "unadvertised object", "not a valid want"}

// RefusesWants reports whether a fetch failed because the server does not hand out an object that
// was asked for by its id. Either the repository lacks it, or the server hands out commits only:
// protocol version 2 lets it decide, and JGit takes commits that a reference leads to. See
// [Remote.CommitsOnly].
func RefusesWants(err error, wants []gitobj.ID) bool {
	var e *Error
	if !errors.As(err, &e) || !errors.Is(e, ErrServer) || e.Server == "" {
		return false
	}
	return gitwire.SaysAny(e.Server, refusedWants) ||
		slices.ContainsFunc(wants, func(id gitobj.ID) bool { return gitwire.Says(e.Server, id.String()) })
}

// RefusesWants is the function of this name, for callers who know a remote by its methods only.
func (r *Remote) RefusesWants(err error, wants []gitobj.ID) bool { return RefusesWants(err, wants) }

package session

import (
	"context"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// Owners tells which resources of a run have which paths, by their notices on the board and by the
// records of earlier processes. The zero value knows of no other resource.
type Owners struct {
	Board   *intent.Board
	Records *intent.Records
}

// Owners returns the owners of paths in the session's run.
func (s *Session) Owners() Owners {
	if s == nil {
		return Owners{}
	}
	return Owners{Board: s.Intents, Records: s.Records}
}

// Begin announces a call that may tell others something, until end.
func (o Owners) Begin() (end func()) { return o.Board.Begin() }

// Apply is Begin for a call that applies a plan.
func (o Owners) Apply() (end func()) {
	o.Records.Apply()
	return o.Begin()
}

// RecordPlan asks, while planning, for records: changes of a resource depend on others.
func (o Owners) RecordPlan() { o.Records.Entrust() }

// GivenUp reports whether another resource of the run holds this entry and gives up its path, so
// that it may be written over. doubt is the answer where too many ask at a time to wait for an
// answer.
func (o Owners) GivenUp(ctx context.Context, l Location, have gitread.Entry, doubt bool) bool {
	if o.Records.Leaves(l.OnBoard(), have.Path, have.ID.String()) {
		return true
	}
	verdict := o.Board.Await(ctx, o.Board.Patience(), l.OnBoard(), []string{have.Path}, func(_ string, n intent.Notice) bool {
		return n.Leaves == have.ID.String()
	})
	return verdict == intent.Said || verdict == intent.Unknown && doubt
}

// Replaced reports whether a file that is to be created takes the place of this entry, which the
// same resource holds: Terraform replaces it. The entry is given up, then.
func (o Owners) Replaced(l Location, have gitread.Entry, blob gitobj.ID) bool {
	if blob.IsZero() || !o.Board.At(l.OnBoard(), have.Path).Replaced(blob.String()) {
		return false
	}
	o.Board.Leave(l.OnBoard(), have.Path, have.ID.String())
	return true
}

// Hold tells others that a resource in state has the paths, and returns the blobs of those that
// another resource is to have. It is for a refresh: of the findings of a plan, an object that is
// deposed keeps nothing until it is destroyed.
func (o Owners) Hold(l Location, token string, paths ...string) map[string]gitobj.ID {
	at := l.OnBoard()
	o.Board.Hold(at, token, paths...)
	blobs := make(map[string]gitobj.ID)
	o.Board.Some(at, paths, func(path string, n intent.Notice) bool {
		if blob, ok := n.Other(token); ok {
			if id, err := gitobj.ParseID(blob); err == nil {
				blobs[path] = id
			}
		}
		return false
	})
	return blobs
}

// Threatened reports whether another resource that has any of the paths is to be removed. A
// resource without a change is not part of an apply, and an object that is deposed is planned anew
// there: so this resource has to be part of it, to say that the path is its own.
func (o Owners) Threatened(ctx context.Context, l Location, paths []string) bool {
	at := l.OnBoard()
	suspects := o.Board.Some(at, paths, func(_ string, n intent.Notice) bool { return n.Removed || n.Unclaimed() })
	if len(suspects) == 0 {
		return false
	}
	o.Board.Await(ctx, o.Board.Patience(), at, suspects, func(_ string, n intent.Notice) bool { return n.Removed || !n.Unclaimed() })
	return len(o.Board.Some(at, suspects, func(_ string, n intent.Notice) bool { return n.Removed || n.Unclaimed() })) > 0
}

// HasPut reports whether an entry of a branch is the entry that a configured resource is to have at
// its path.
func (s *Session) HasPut(repository, branch string, have gitread.Entry) bool {
	return s.Owners().Wrote(Location{Repository: repository, Branch: branch}, have)
}

// Wrote reports whether an entry is the entry that another resource of the run is to have at its
// path.
func (o Owners) Wrote(l Location, have gitread.Entry) bool {
	if !have.Exists() {
		return false
	}
	n := o.Board.At(l.OnBoard(), have.Path)
	claimed, _ := o.Records.Claims("", l.OnBoard(), have.Path, have.ID.String())
	return claimed || n.Claims.Any() && n.Blob == have.ID.String()
}

// MirrorOf finds a directory above the path that a resource mirrors, which does not have the path
// itself.
func (o Owners) MirrorOf(l Location, path string) (dir string, ok bool) {
	for dir = path; dir != ""; {
		dir = dir[:max(0, strings.LastIndexByte(dir, '/'))]
		if o.Board.At(l.OnBoard(), dir).Mirrored {
			return dir, true
		}
	}
	return "", false
}

// HoldForHeirs has the commit that takes paths from a resource wait for the commit that gives them
// to others, if the plan has such a commit.
func (o Owners) HoldForHeirs(t Target, changes ...gitwriter.Change) {
	for _, c := range changes {
		path := c.From
		if c.Delete {
			path = c.Path
		}
		if path != "" && o.Records.Takes(t.OnBoard(), path) {
			t.Branch.HoldFor(path)
		}
	}
}

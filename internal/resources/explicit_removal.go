package resources

import (
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// deletion are the facts that a deletion in explicit mode depends on.
type deletion struct {
	put    bool // this process put the path: its new owner keeps it
	absent bool // the branch has no such file
	passed bool // a commit that named the path ran or was destroyed in this process
	failed bool // an earlier deletion failed
	// unplanned: the deletion is the first half of a replacement, whose second half takes its
	// place. moved: that half is known to be at another path.
	unplanned, moved bool
	// taker tells whether a commit of this apply takes the removal, committed whether any took
	// changes of the file before.
	taker     session.Taker
	committed bool
}

type deleteHow string

const (
	deleteNothing deleteHow = "nothing"
	deleteNow     deleteHow = "now"   // with a group commit, and its outcome is this deletion's
	deleteStage   deleteHow = "stage" // for the commit that named the path
	deleteHold    deleteHow = "hold"  // for the second half of the replacement, or the exit
)

// how applies the rules in their order. A removal that no commit is known to take is made at once:
// nobody would be left to know of it.
func (d deletion) how() deleteHow {
	switch {
	case d.put, d.absent:
		return deleteNothing
	case d.unplanned && !d.moved:
		return deleteHold
	case d.failed, d.passed:
		return deleteNow
	case d.unplanned && d.taker != session.TakerNone, d.taker == session.TakerCommit, d.taker == session.TakerUnknown && d.committed:
		return deleteStage
	}
	return deleteNow
}

// howToDelete applies the rules to the removal of a path. The branch knows put and passed.
func howToDelete(b *gitqueue.Branch, path string, d deletion) deleteHow {
	d.put, d.passed = b.PutHere(path), b.Passed(path)
	return d.how()
}

// leaveRemoval stages a removal, where the rules say so. It reports false when the removal is to be
// made at once.
func leaveRemoval(b *gitqueue.Branch, c gitwriter.Change, how deleteHow) bool {
	switch how {
	case deleteHold:
		b.HoldRemoval(c)
		return true
	case deleteStage:
		return b.StageRemoval(c)
	}
	return how == deleteNothing
}

package gitwriter

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// edit is a change on its way into a commit, compared with a snapshot. A commit may have ten
// thousands of them, so that they are kept small.
type edit struct {
	*Change
	at   *gitread.Entry // the snapshot's entry at Path
	from *gitread.Entry // the snapshot's entry at From; nil for a change that is no rename
	err  error          // the reason, if it is dropped
	// keepFrom leaves the file at From: another change put it there, or another resource did.
	keepFrom bool
	state    editState
}

// comesFrom reports whether the edit is a rename of a file that has its blob at From.
func (e *edit) comesFrom() bool { return e.from != nil && e.from.ID == e.Blob }

// editState says how a snapshot takes a change.
type editState uint8

const (
	applies   editState = iota // the commit makes the change
	unchanged                  // the branch has the wanted entries already
	dropped                    // the change does not apply: see err
)

// drop takes an edit out of the commit.
func (e *edit) drop(err error) { e.state, e.err = dropped, err }

// moves reports whether the edit takes its file away from From.
func (e *edit) moves() bool { return e.From != "" && e.From != e.Path && !e.keepFrom }

// same reports whether the branch has the wanted entry at Path.
func (e *edit) same() bool { return e.at.ID == e.Blob && e.at.Mode == e.Mode }

// checker compares changes with a snapshot. Besides the snapshot, it knows the changes that this
// process made to the branch.
type checker struct {
	wrote   func(path string) bool          // see Branch.Wrote
	removed func(path string) gitread.Entry // see Branch.Removed
	staged  func(blob gitobj.ID) bool       // the blob waits in the stage
	yields  func(err error) bool            // see Branch.Yields
	lookup  func(ctx context.Context, paths []string) ([]gitread.Entry, []error, error)
	edits   []edit
}

// look fills in the snapshot's entries.
func (k *checker) look(ctx context.Context) error {
	paths := make([]string, 0, len(k.edits))
	for i := range k.edits {
		paths = append(paths, k.edits[i].Path)
	}
	for i := range k.edits {
		if from := k.edits[i].From; from != "" {
			paths = append(paths, from)
		}
	}
	// A parent that is no directory means that the path does not exist. Whether a file can be put
	// there shows when removals have been applied.
	found, _, err := k.lookup(ctx, paths)
	if err != nil {
		return err
	}
	renames := found[len(k.edits):]
	for i := range k.edits {
		e := &k.edits[i]
		e.at = &found[i]
		if e.From != "" {
			e.from, renames = &renames[0], renames[1:]
		}
	}
	return nil
}

// check compares the expectations of all edits with the snapshot's entries. An edit that does not
// apply is dropped, with the whole set to which it belongs, and the others are checked again
// without it: it may have put a path that they were to leave, or freed a path.
func (k *checker) check() {
	k.dropSets()
	for again := true; again; {
		again = false
		puts := make(map[string]int)
		for i := range k.edits {
			e := &k.edits[i]
			if e.Delete || e.state == dropped {
				continue
			}
			if first, ok := puts[e.Path]; ok && (k.edits[first].Blob != e.Blob || k.edits[first].Mode != e.Mode) {
				e.drop(&DuplicateError{Path: e.Path})
				again = true
				continue
			}
			puts[e.Path] = i
		}
		for i := range k.edits {
			e := &k.edits[i]
			if e.state == dropped {
				continue
			}
			e.state, e.keepFrom = applies, false
			if err := k.checkOne(e, puts); err != nil {
				e.drop(err)
				again = true
			}
		}
		again = k.dropSets() || again
	}
}

// dropSets drops the edits that share a set with a dropped edit. It reports whether there were any.
func (k *checker) dropSets() bool {
	var broken map[int]bool
	for i := range k.edits {
		if e := &k.edits[i]; e.Group != 0 && e.state == dropped {
			if broken == nil {
				broken = make(map[int]bool)
			}
			broken[e.Group] = true
		}
	}
	found := false
	for i := range k.edits {
		if e := &k.edits[i]; broken[e.Group] && e.state != dropped {
			e.drop(fmt.Errorf("%s: %w", e.Change, ErrLeftOut))
			found = true
		}
	}
	return found
}

// checkOne compares an edit that is not dropped; puts has the index of the edit that puts a path.
func (k *checker) checkOne(e *edit, puts map[string]int) error {
	if e.Delete {
		return k.checkRemoval(e, puts)
	}
	same := e.same()
	if !same && !e.at.IsDir() && !e.Expect.met(*e.at) && !k.cleared(e) && !k.vacated(e) {
		return &ConflictError{Change: *e.Change, Path: e.Path, Want: e.Expect, Have: *e.at}
	}
	if e.From != "" {
		_, put := puts[e.From]
		switch {
		case put || k.wrote(e.From) || !e.from.Exists() || e.from.IsDir():
			e.keepFrom = true
		case !e.ExpectFrom.met(*e.from):
			err := &ConflictError{Change: *e.Change, Path: e.From, Want: e.ExpectFrom, Have: *e.from}
			if !k.yields(err) {
				return err
			}
			e.keepFrom = true // another process put the file of another resource there
		}
	}
	if same && (e.From == "" || e.keepFrom) {
		e.state = unchanged
	}
	if !same && !k.available(e) {
		return &UnstagedError{Change: *e.Change}
	}
	return nil
}

// checkRemoval is checkOne for a removal. A put of the same path by this commit, or by this process
// before, beats it.
func (k *checker) checkRemoval(e *edit, puts map[string]int) error {
	_, put := puts[e.Path]
	switch {
	case put || k.wrote(e.Path) || !e.at.Exists():
		e.state = unchanged
	case e.at.IsDir():
		return &gitobj.ObstacleError{Path: e.Path, At: e.Path, Mode: e.at.Mode}
	case !e.Expect.met(*e.at):
		return &ConflictError{Change: *e.Change, Path: e.Path, Want: e.Expect, Have: *e.at}
	}
	return nil
}

// cleared reports whether the path is free because this process removed the very entry that the
// edit was to replace: the file's former owner was destroyed while the new owner waited to be
// committed.
func (k *checker) cleared(e *edit) bool {
	was := k.removed(e.Path)
	return !e.at.Exists() && was.Exists() && e.Expect.met(was)
}

// vacated reports whether another edit of the same commit frees the path of an edit that expects it
// to be free: the path goes to another owner.
func (k *checker) vacated(e *edit) bool {
	if !e.Expect.Absent() {
		return false
	}
	for i := range k.edits {
		other := &k.edits[i]
		if other == e || other.state == dropped {
			continue
		}
		if other.Delete && other.Path == e.Path && other.Expect.met(*e.at) || other.From == e.Path && other.ExpectFrom.met(*e.at) {
			return true
		}
	}
	return false
}

// available reports whether a commit can name the edit's blob: it waits in the stage, or the branch
// has it, or had it until this process removed it.
func (k *checker) available(e *edit) bool {
	return e.at.ID == e.Blob || e.comesFrom() || k.staged(e.Blob) || k.removed(e.Path).ID == e.Blob
}

// outgoing lists the staged blobs that the remote lacks, each once, in the order of the edits. The
// blobs at the path, or at the path that a rename leaves, are on the branch already.
func (k *checker) outgoing() []gitobj.ID {
	send := make([]int32, 0, len(k.edits))
	for i := range k.edits {
		e := &k.edits[i]
		if e.state == applies && !e.Delete && e.at.ID != e.Blob && !e.comesFrom() &&
			(k.staged(e.Blob) || k.removed(e.Path).ID != e.Blob) {
			send = append(send, int32(i))
		}
	}
	// Sorted by blob to find equal ones, then back in order: a map of ten thousand ids would cost
	// more than the rest.
	slices.SortFunc(send, func(x, y int32) int {
		return cmp.Or(k.edits[x].Blob.Compare(k.edits[y].Blob), cmp.Compare(x, y))
	})
	send = slices.CompactFunc(send, func(x, y int32) bool { return k.edits[x].Blob == k.edits[y].Blob })
	slices.Sort(send)
	ids := make([]gitobj.ID, len(send))
	for n, i := range send {
		ids[n] = k.edits[i].Blob
	}
	return ids
}

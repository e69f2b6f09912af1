package gitqueue

import (
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// stagedSet holds the changes of a branch that wait for a commit that names them (commit_mode =
// "explicit").
//
//	StagePut ─────► puts ─────┐
//	                          ├─ CommitStaged: the paths that it names, and no others
//	StageRemoval ─► removals ─┘
//	                    └─ FlushStaged, at the end of the process, if no commit took them
type stagedSet struct {
	mu       sync.Mutex // guards the fields below
	puts     map[string]*stagedChange
	removals map[string]*stagedChange
	// passed are the paths of commits that ran or were destroyed in this process: a later removal
	// has missed them.
	passed map[string]bool
	// leaving are the removals that a plan of this process announced, each with the path with which
	// it goes, or none.
	leaving map[string]string
}

// stagedChange is a change that waits. A later change of the same path has another address.
type stagedChange struct {
	gitwriter.Change
	owns bool // a reference to the staged blob
}

func (s *stagedSet) init() {
	s.puts, s.removals = make(map[string]*stagedChange), make(map[string]*stagedChange)
	s.passed, s.leaving = make(map[string]bool), make(map[string]string)
}

// StagePut keeps a write or a rename until a commit names its path. It takes a reference of its own
// to the staged blob. It replaces an earlier put of the path, whose content is then not pushed, and
// cancels a removal: the put then replaces the entry that the removal expected.
func (b *Branch) StagePut(c gitwriter.Change) {
	p := &stagedChange{Change: c, owns: b.Retain(c.Blob)}
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.removals[c.Path]; r != nil {
		if p.Expect.Absent() {
			p.Expect = r.Expect
		}
		delete(s.removals, c.Path)
	}
	b.dropPutLocked(s.puts[c.Path])
	s.puts[c.Path] = p
}

// StageRemoval keeps a removal until a commit that named the path takes it. It reports false, and
// keeps nothing, when that commit ran or was destroyed in this process: the caller then has to
// remove the path itself. A path that this process put stays, and a put that expects a free path
// replaces the entry that the removal expects.
func (b *Branch) StageRemoval(c gitwriter.Change) bool {
	b.staged.mu.Lock()
	defer b.staged.mu.Unlock()
	if b.staged.passed[c.Path] {
		return false
	}
	b.staged.holdLocked(c)
	return true
}

// HoldRemoval keeps a removal until this process puts the path, as the second half of a replacement
// does, or ends. It does so whether or not a commit that named the path ran: none would put the
// file back.
func (b *Branch) HoldRemoval(c gitwriter.Change) {
	b.staged.mu.Lock()
	defer b.staged.mu.Unlock()
	b.staged.holdLocked(c)
}

func (s *stagedSet) holdLocked(c gitwriter.Change) {
	switch p := s.puts[c.Path]; {
	case p == nil:
		s.removals[c.Path] = &stagedChange{Change: c}
	case p.Expect.Absent():
		p.Expect = c.Expect
	}
}

// StagedHere reports whether a put of the path waits.
func (b *Branch) StagedHere(path string) bool {
	b.staged.mu.Lock()
	defer b.staged.mu.Unlock()
	return b.staged.puts[path] != nil
}

// Passed reports whether a commit that named the path ran or was destroyed in this process.
func (b *Branch) Passed(path string) bool {
	b.staged.mu.Lock()
	defer b.staged.mu.Unlock()
	return b.staged.passed[path]
}

// Pass records that the nanogit_commit of these paths has run or was destroyed.
func (b *Branch) Pass(paths ...string) {
	b.staged.mu.Lock()
	defer b.staged.mu.Unlock()
	for _, p := range paths {
		b.staged.passed[p] = true
	}
}

// AnnounceRemoval records that a plan of this process removes the paths: evidence for the plan of
// the commit that named them.
func (b *Branch) AnnounceRemoval(paths ...string) { b.AnnounceRemovalWith("", paths...) }

// AnnounceRemovalWith is AnnounceRemoval for paths that no commit named, and that go with the
// commit that names the path with.
func (b *Branch) AnnounceRemovalWith(with string, paths ...string) {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, path := range paths {
		s.leaving[path] = with
	}
}

// LeavingWith lists, in no order, the paths whose removal a plan of this process announced with a
// named path.
func (b *Branch) LeavingWith(named map[string]gitobj.ID) (paths []string) {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, with := range s.leaving {
		if _, ok := named[with]; ok && named[path].IsZero() {
			paths = append(paths, path)
		}
	}
	return paths
}

// Unexplained returns those of the paths whose removal neither a plan of this process announced so
// far nor a staged removal asks for.
func (b *Branch) Unexplained(paths ...string) []string {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool {
		_, leaves := s.leaving[p]
		return leaves || s.removals[p] != nil
	})
}

// dropPutLocked gives up a put that is not, or no longer, to be made; nil for none.
func (b *Branch) dropPutLocked(p *stagedChange) {
	if p == nil {
		return
	}
	if b.staged.puts[p.Path] == p {
		delete(b.staged.puts, p.Path)
	}
	if p.owns {
		p.owns = false
		b.Discard(p.Blob)
	}
}

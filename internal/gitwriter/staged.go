package gitwriter

import (
	"context"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// stagedSet is what waits on a branch for a commit that names it (commit_mode = "explicit").
//
//	StagePut ─────► puts ─────┐
//	                          ├─ CommitStaged: the paths that it names, and no others
//	StageRemoval ─► removals ─┘
//	                    └─ nobody took them: FlushStaged, at the end of the process
type stagedSet struct {
	mu       sync.Mutex // guards what follows
	puts     map[string]*stagedChange
	removals map[string]*stagedChange
	// passed are the paths of commits that ran or were destroyed here: a removal that comes now has
	// missed them.
	passed map[string]bool
	// leaving are the removals that a plan of this process saw coming, each with the path beside
	// which it is, or none; news is closed when there is one more.
	leaving map[string]string
	news    chan struct{}
}

// stagedChange is a change that waits. It is told from a later one of the same path by its address.
type stagedChange struct {
	Change
	owns bool // a reference to the staged blob
}

func (s *stagedSet) init() {
	s.puts, s.removals = make(map[string]*stagedChange), make(map[string]*stagedChange)
	s.passed, s.leaving = make(map[string]bool), make(map[string]string)
	s.news = make(chan struct{})
}

// StagePut keeps a write or a rename until a commit names its path. It takes a reference of its own
// to the staged blob. It replaces an earlier put of the path, whose content is then not pushed, and
// cancels a removal: what the removal expected is then what the put replaces.
func (b *Branch) StagePut(c Change) {
	p := &stagedChange{Change: c, owns: b.repo.stage.Retain(c.Blob)}
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.removals[c.Path]; r != nil {
		if p.Expect.kind == expectAbsent {
			p.Expect = r.Expect
		}
		delete(s.removals, c.Path)
	}
	b.dropPutLocked(s.puts[c.Path])
	s.puts[c.Path] = p
}

// StageRemoval keeps a removal until a commit that named the path takes it. It reports false, and
// keeps nothing, when that commit ran or was destroyed in this process: the caller then has to
// remove the path itself. A path that this process put stays, and a put that expects nothing there
// takes over what the removal expects.
func (b *Branch) StageRemoval(c Change) bool {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.passed[c.Path] {
		return false
	}
	switch p := s.puts[c.Path]; {
	case p == nil:
		s.removals[c.Path] = &stagedChange{Change: c}
	case p.Expect.kind == expectAbsent:
		p.Expect = c.Expect // the put takes the place of what was to be removed
	}
	return true
}

// PutHere reports whether this process put the path: on the branch, or into what waits.
func (b *Branch) PutHere(path string) bool {
	return b.StagedHere(path) || b.wrote(path)
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

// Pass notes that the nanogit_commit of these paths has run or was destroyed.
func (b *Branch) Pass(paths ...string) {
	b.staged.mu.Lock()
	defer b.staged.mu.Unlock()
	for _, p := range paths {
		b.staged.passed[p] = true
	}
}

// AnnounceRemoval notes that a plan of this process removes the paths: evidence for the plan of the
// commit that named them.
func (b *Branch) AnnounceRemoval(paths ...string) { b.AnnounceRemovalBeside("", paths...) }

// AnnounceRemovalBeside is AnnounceRemoval for paths that no commit named, and that go with the one
// that names beside.
func (b *Branch) AnnounceRemovalBeside(beside string, paths ...string) {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.leaving)
	for _, path := range paths {
		s.leaving[path] = beside
	}
	if len(s.leaving) > before {
		close(s.news)
		s.news = make(chan struct{})
	}
}

// LeavingBeside are the paths whose removal a plan of this process announced beside one that is
// named; in no order.
func (b *Branch) LeavingBeside(named map[string]gitobj.ID) (paths []string) {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, beside := range s.leaving {
		if _, ok := named[beside]; ok && named[path].IsZero() {
			paths = append(paths, path)
		}
	}
	return paths
}

// AwaitRemovals returns those of the paths whose removal neither a plan of this process announced
// nor a removal here asks for. As long as there is one it waits for news, until ctx ends: Terraform
// plans what is removed at the same time as the rest.
func (b *Branch) AwaitRemovals(ctx context.Context, paths []string) (unexplained []string) {
	s := &b.staged
	for {
		s.mu.Lock()
		unexplained = slices.DeleteFunc(slices.Clone(paths), func(p string) bool {
			_, leaves := s.leaving[p]
			return leaves || s.removals[p] != nil
		})
		news := s.news
		s.mu.Unlock()
		if len(unexplained) == 0 {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return unexplained
		}
	}
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
		b.repo.stage.Release(p.Blob)
	}
}

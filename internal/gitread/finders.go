package gitread

import (
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// finders keeps the indexes of the large directories that were searched last.
type finders struct {
	mu   sync.Mutex // guards the fields below
	last [4]struct {
		tree   gitobj.ID
		finder *gitobj.Finder
	}
	next int // the place that the next index takes
}

// of returns the finder of a directory.
func (f *finders) of(format gitobj.Format, tree gitobj.ID, raw []byte) *gitobj.Finder {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, known := range f.last {
		if known.finder != nil && known.tree == tree {
			return known.finder
		}
	}
	finder := gitobj.NewFinder(format, raw)
	if finder.Indexes() {
		f.last[f.next].tree, f.last[f.next].finder = tree, finder
		f.next = (f.next + 1) % len(f.last)
	}
	return finder
}

package session

import (
	"context"
	"path"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitattr"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
)

// maxAttributes bounds a .gitattributes file that is read, in bytes. A larger file is not read.
const maxAttributes = 256 << 10

// Attributes are the attributes that count in directories of branches, each of which is looked at
// once.
type Attributes struct {
	mu sync.Mutex
	by map[branchDirectory]func() *gitattr.Attributes
}

type branchDirectory struct {
	branch    *gitqueue.Branch
	directory string // "" for the root
}

// Filter is the value of the attribute filter of a file, as the branch is when its directory is
// first asked for. A .gitattributes that cannot be read has none: nothing but a warning depends on
// it. Directories on the way of a file that was looked up have been read already.
func (s *Session) Filter(ctx context.Context, b *gitqueue.Branch, file string) string {
	return s.attributes.of(ctx, b, parent(file)).Value(file, "filter")
}

// of returns the attributes that count in a directory.
func (a *Attributes) of(ctx context.Context, b *gitqueue.Branch, directory string) *gitattr.Attributes {
	key := branchDirectory{b, directory}
	a.mu.Lock()
	if a.by == nil {
		a.by = make(map[branchDirectory]func() *gitattr.Attributes)
	}
	found := a.by[key]
	if found == nil {
		found = sync.OnceValue(func() *gitattr.Attributes { return a.read(ctx, b, directory) })
		a.by[key] = found
	}
	a.mu.Unlock()
	return found()
}

func (a *Attributes) read(ctx context.Context, b *gitqueue.Branch, directory string) *gitattr.Attributes {
	var above *gitattr.Attributes
	if directory != "" {
		above = a.of(ctx, b, parent(directory))
	}
	have, err := b.Lookup(ctx, path.Join(directory, gitattr.File))
	if err != nil || !have.Mode.IsFile() {
		return above // a symbolic link of this name is not followed by git either
	}
	content, err := b.ReadBlob(ctx, have.ID, maxAttributes)
	if err != nil {
		return above
	}
	return above.With(directory, content)
}

// parent is the directory that a path is in; "" for the root.
func parent(file string) string {
	if d := path.Dir(file); d != "." {
		return d
	}
	return ""
}

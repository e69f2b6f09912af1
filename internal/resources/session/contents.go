package session

import (
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
)

// Planned is the content of a file that waits for a nanogit_commit, as this process's plan has it.
type Planned struct {
	Blob gitobj.ID
	// Secret: the file has or had a content that no plan shows. Then Content is not known.
	Secret  bool
	Content filecontent.Content
}

// Contents are the planned contents of files, which a nanogit_commit with show_diff compares with
// the former ones. It names its files by their blobs, so it has no contents of its own. A nil
// Contents has none.
type Contents struct{ byLocation sync.Map }

// Contents returns the planned contents of the session's files.
func (s *Session) Contents() *Contents {
	if s == nil {
		return nil
	}
	return &s.contents
}

// Note remembers the content of a file at a location, of which the branch is known.
func (c *Contents) Note(l Location, p Planned) {
	if c != nil {
		c.byLocation.Store(l, p)
	}
}

// Of is the planned content of a file, if the plan has this blob for it.
func (c *Contents) Of(l Location, blob gitobj.ID) (p Planned, ok bool) {
	if c == nil {
		return p, false
	}
	v, ok := c.byLocation.Load(l)
	if !ok {
		return p, false
	}
	p, ok = v.(Planned)
	return p, ok && (p.Blob == blob || p.Secret)
}

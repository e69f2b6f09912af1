package session

import (
	"sync"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// Refreshes are the findings of this process's refreshes that its plans need. A nil Refreshes has
// none.
type Refreshes struct {
	commit atomic.Bool // a nanogit_commit was read
	unread sync.Map    // errors, by location
	empty  sync.Map    // locations
	held   sync.Map    // locations
}

// Refreshes returns the findings of the session's refreshes.
func (s *Session) Refreshes() *Refreshes {
	if s == nil {
		return nil
	}
	return &s.refreshes
}

// NoteCommit remembers that a nanogit_commit was read.
func (r *Refreshes) NoteCommit() { r.commit.Store(true) }

// HasCommit reports whether a nanogit_commit was read: this is a process that plans, as a process
// that applies never reads.
func (r *Refreshes) HasCommit() bool { return r != nil && r.commit.Load() }

// NoteUnread remembers that a refresh could not read a location, where that may be no error: state
// has another repository than the provider has now, and perhaps the resource is about to follow it
// there. It reports false where it is an error at once.
func (s *Session) NoteUnread(l Location, err error) bool {
	if s.URLUnknown() || s.URL.IsNull() || l.Repository == "" || giturl.Same(l.Repository, s.URL.ValueString()) {
		return false
	}
	s.refreshes.unread.Store(l.canonical(), err)
	return true
}

// Unread is the error of a refresh of a location; nil for none. The plan decides whether it is
// reported.
func (r *Refreshes) Unread(l Location) error {
	if r == nil {
		return nil
	}
	if err, ok := r.unread.Load(l.canonical()); ok {
		return err.(error) //nolint:forcetypeassert // there is nothing else in it
	}
	return nil
}

// NoteEmpty remembers a location that state had and where the branch holds no file: the resource
// is to be created anew.
func (r *Refreshes) NoteEmpty(l Location) { r.empty.Store(l.canonical(), true) }

// WasEmpty reports whether state had a file at the location when it was refreshed, and the branch
// had none.
func (r *Refreshes) WasEmpty(l Location) bool {
	if r == nil {
		return false
	}
	_, ok := r.empty.Load(l.canonical())
	return ok
}

// NoteHeld remembers the location of a branch or a tag that a resource in state has: a resource
// that is to be created there may replace it.
func (r *Refreshes) NoteHeld(l Location) { r.held.Store(l.canonical(), true) }

// WasHeld reports whether a resource in state has the branch or the tag of a location.
func (r *Refreshes) WasHeld(l Location) bool {
	if r == nil {
		return false
	}
	_, ok := r.held.Load(l.canonical())
	return ok
}

func (l Location) canonical() Location {
	l.Repository = giturl.Canonical(l.Repository)
	return l
}

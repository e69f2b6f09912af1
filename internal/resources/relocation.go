package resources

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// relocation is the way from the repository and branch in state to the planned ones.
type relocation struct {
	at []pathOf // the attributes that change; none when the resource stays where it is
	// inPlace: nothing is to be removed there and made here. It is the same branch of the same
	// repository under another spelling of its address, or after the branch was renamed, or another
	// one that holds the same files already.
	inPlace bool
	// left is where files stay that no resource manages any more; the zero place for nowhere.
	left place
}

// replaces reports whether the resource has to be destroyed here and created there.
func (r relocation) replaces() bool { return len(r.at) > 0 && !r.inPlace }

// relocate compares the planned location with that in state. The target is at the planned location;
// blobs are the files in state.
func (s *Session) relocate(ctx context.Context, planned, prior location, t target, blobs map[string]gitobj.ID) relocation {
	r := relocation{at: planned.movedFrom(prior)}
	if len(r.at) == 0 || t.branch == nil || !known(prior.repository) || !known(prior.branch) {
		return r
	}
	old := place{repository: prior.repository.ValueString(), branch: prior.branch.ValueString()}
	switch {
	case s.sameBranch(ctx, old, t):
		r.inPlace = true
	case holdsAll(ctx, t.branch, blobs):
		r.inPlace, r.left = true, old
	}
	return r
}

// sameBranch reports whether a place is the target's branch under another name. For two addresses
// that hosts take for the same no server is asked: the old server may be out of service. Of two
// other addresses the commits at the branches decide: a repository that was renamed, or that has
// moved to another host, has the same one.
func (s *Session) sameBranch(ctx context.Context, old place, t target) bool {
	sameKey := giturl.Key(old.repository) == giturl.Key(t.repository)
	if sameKey && old.branch == t.place.branch {
		return true
	}
	o, err := s.open(ctx, old)
	var head gitobj.ID
	if err == nil {
		head, err = o.branch.Head(ctx)
	}
	gone := errors.Is(err, gitread.ErrNoBranch) || err == nil && head.IsZero()
	switch {
	case old.branch != t.place.branch:
		return sameKey && gone // the branch was renamed, or merged and deleted
	case err != nil || gone:
		return false
	}
	now, err := t.branch.Head(ctx)
	return err == nil && now == head
}

// holdsAll reports whether the branch holds all of the files, of which there are some.
func holdsAll(ctx context.Context, b *gitqueue.Branch, blobs map[string]gitobj.ID) bool {
	if len(blobs) == 0 {
		return false
	}
	paths := make([]string, 0, len(blobs))
	for path := range blobs {
		paths = append(paths, path)
	}
	have, err := lookupBlobs(ctx, b, paths)
	if err != nil {
		return false
	}
	for path, id := range blobs {
		if id.IsZero() || have[path] != id {
			return false
		}
	}
	return true
}

// warnLeft tells of files that stay where they were.
func (r relocation) warnLeft(s subject) diag.Diagnostics {
	if r.left == (place{}) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(r.at[0], "Files stay at their former place",
		s.detail(fmt.Errorf("the new place holds the same content already, so that this is a move without a commit. "+
			"What is at the former place stays there, and nobody manages it any more: branch %s of %s", r.left.branch, giturl.Canonical(r.left.repository))))}
}

// followRename is the branch that HEAD names, for a resource whose branch has gone and that nobody
// configures one for: a default branch that was renamed.
func (s *Session) followRename(ctx context.Context, t target, config, prior location) target {
	if !config.branch.IsNull() || !s.Branch.IsNull() || !known(prior.branch) || t.branch == nil {
		return t
	}
	head, err := t.branch.Head(ctx)
	if !errors.Is(err, gitread.ErrNoBranch) && (err != nil || !head.IsZero()) {
		return t
	}
	now, err := s.open(ctx, place{repository: t.repository, path: t.path})
	if err != nil {
		return t
	}
	return now
}

// urlUnknownKey is where private state says that a plan was made without knowing the provider's
// url.
const urlUnknownKey = "planned_blind"

// urlUnknown reports whether the repository of resources that name none is not known yet.
func (s *Session) urlUnknown() bool { return s == nil || s.Partial || s.URL.IsUnknown() }

// checkURL refuses to apply a plan that was made without knowing the provider's url, and took the
// repository in state for it.
func (r relocation) checkURL(private []byte, planned, prior location) diag.Diagnostics {
	if string(private) != "true" || len(r.at) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(r.at[0], "The plan was made for another repository",
		fmt.Sprintf("The provider's configuration was not known when the plan was made, so that the plan took the place in state for granted:\n\n  %s, branch %s\n\nIt is another one now:\n\n  %s, branch %s\n\n"+
			"Nothing of this resource was changed. Plan and apply again: all is known by then.",
			giturl.Canonical(prior.repository.ValueString()), prior.branch.ValueString(), giturl.Canonical(planned.repository.ValueString()), planned.branch.ValueString()))}
}

// noteUnread remembers that a refresh could not read a place, where that may be no error: state has
// another repository than the provider has now, and perhaps the resource is about to follow it
// there. It reports false where it is an error at once.
func (s *Session) noteUnread(p place, err error) bool {
	if s.urlUnknown() || s.URL.IsNull() || p.repository == "" || giturl.Same(p.repository, s.URL.ValueString()) {
		return false
	}
	p.repository = giturl.Canonical(p.repository)
	s.unread.Store(p, err)
	return true
}

// unreadAt is the error of a refresh of a place that is still the resource's own; nil for none.
func (s *Session) unreadAt(w location, path string) error {
	if s == nil {
		return nil
	}
	p := place{giturl.Canonical(w.repository.ValueString()), w.branch.ValueString(), path}
	if err, ok := s.unread.Load(p); ok {
		return err.(error) //nolint:forcetypeassert // there is nothing else in it
	}
	return nil
}

// isTrue is a boolean in private state.
func isTrue(v bool) []byte {
	if v {
		return []byte("true")
	}
	return []byte("false")
}

// noteRead remembers a place that state had and where the branch holds no file: the resource is to
// be created anew.
func (s *Session) noteRead(p place) {
	p.repository = giturl.Canonical(p.repository)
	s.read.Store(p, true)
}

// wasRead reports whether state had a resource at the place when it was refreshed.
func (s *Session) wasRead(p place) bool {
	if s == nil {
		return false
	}
	p.repository = giturl.Canonical(p.repository)
	_, ok := s.read.Load(p)
	return ok
}

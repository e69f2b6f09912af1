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
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// relocation is the way from the repository and branch in state to the planned ones.
type relocation struct {
	at []pathOf // the attributes that change; none when the resource stays where it is
	// inPlace: nothing is to be removed there and made here. It is the same branch of the same
	// repository under another spelling of its address, or after the branch was renamed, or another
	// one that holds the same files already.
	inPlace bool
	// left is where files stay that no resource manages any more; zero for nowhere.
	left session.Location
}

// replaces reports whether the resource has to be destroyed here and created there.
func (r relocation) replaces() bool { return len(r.at) > 0 && !r.inPlace }

// relocate compares the planned location with that in state. The target is at the planned location;
// blobs are the files in state.
func relocate(ctx context.Context, s *session.Session, planned, prior branchAttributes, t session.Target, blobs map[string]gitobj.ID) relocation {
	r := relocation{at: planned.movedFrom(prior)}
	if len(r.at) == 0 || t.Branch == nil || !known(prior.repository) || !known(prior.branch) {
		return r
	}
	old := session.Location{Repository: prior.repository.ValueString(), Branch: prior.branch.ValueString()}
	switch {
	case s.SameBranch(ctx, old, t):
		r.inPlace = true
	case holdsAll(ctx, t.Branch, blobs):
		r.inPlace, r.left = true, old
	}
	return r
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
	if r.left == (session.Location{}) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(r.at[0], "Files stay at their former place",
		s.detail(fmt.Errorf("the new place holds the same content already, so that this is a move without a commit. "+
			"What is at the former place stays there, and nobody manages it any more: branch %s of %s", r.left.Branch, giturl.Canonical(r.left.Repository))))}
}

// followRename is the branch that HEAD names, for a resource whose branch has gone and that nobody
// configures one for: a default branch that was renamed.
func followRename(ctx context.Context, s *session.Session, t session.Target, config, prior branchAttributes) session.Target {
	if !config.branch.IsNull() || !s.Branch.IsNull() || !known(prior.branch) || t.Branch == nil {
		return t
	}
	head, err := t.Branch.Head(ctx)
	if !errors.Is(err, gitread.ErrNoBranch) && (err != nil || !head.IsZero()) {
		return t
	}
	now, err := s.Open(ctx, session.Location{Repository: t.Repository, Path: t.Path})
	if err != nil {
		return t
	}
	return now
}

// urlUnknownKey is where private state says that a plan was made without knowing the provider's
// url.
const urlUnknownKey = "planned_blind"

// checkURL refuses to apply a plan that was made without knowing the provider's url, and took the
// repository in state for it.
func (r relocation) checkURL(private []byte, planned, prior branchAttributes) diag.Diagnostics {
	if string(private) != "true" || len(r.at) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(r.at[0], "The plan was made for another repository",
		fmt.Sprintf("The provider's configuration was not known when the plan was made, so that the plan took the place in state for granted:\n\n  %s, branch %s\n\nIt is another one now:\n\n  %s, branch %s\n\n"+
			"Nothing of this resource was changed. Plan and apply again: all is known by then.",
			giturl.Canonical(prior.repository.ValueString()), prior.branch.ValueString(), giturl.Canonical(planned.repository.ValueString()), planned.branch.ValueString()))}
}

// isTrue is a boolean in private state.
func isTrue(v bool) []byte {
	if v {
		return []byte("true")
	}
	return []byte("false")
}

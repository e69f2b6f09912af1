package resources

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// uncommittedSummary is constant, so that the engine folds many of these warnings.
const uncommittedSummary = "Files were staged and never committed"

// errUncommitted: the blob in state was staged, and the branch still holds the blob from before.
var errUncommitted = errors.New("the file was staged for a commit and never committed: no nanogit_commit names it, or the one that does failed or did not run. " +
	"It is planned again. If no nanogit_commit names it, it will never be written: name it in one, or set commit_mode = \"auto\"")

// uncommitted is a warning of files that were staged and never committed: the branch still holds at
// their paths the blobs from before. A resource of one file needs no list.
func (s subject) uncommitted(list *pathList) diag.Diagnostics {
	err := errUncommitted
	if s.many {
		err = fmt.Errorf("%d files were staged for a commit and never committed:%s\n\n"+
			"No nanogit_commit names them, or the one that does failed or did not run. They are planned again. "+
			"If no nanogit_commit names them, they will never be written: name blob_ids in one, or set commit_mode = \"auto\"", list.n, list)
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic(uncommittedSummary, s.detail(err))}
}

// stages reports whether a file's changes wait for a nanogit_commit. A seed's do not: others
// own it from then on, so that no commit can promise its content.
func (m *fileModel) stages(s *session.Session) bool {
	return s.IsExplicit(m.CommitMode) && !m.SeedOnly.ValueBool()
}

// errUntaken: a change is staged, and the plan has no commit for it.
var errUntaken = errors.New("the change is staged and not pushed, as commit_mode is \"explicit\" and no nanogit_commit of this apply takes it. " +
	"Name it in the files of a nanogit_commit, apply without -target, or set commit_mode = \"auto\"")

// untakenSummary is constant, so that the engine folds many of these warnings.
const untakenSummary = "Files are staged and not pushed"

// untaken is a warning of those of the staged paths that no nanogit_commit of the plan takes. None
// has to take a content that the branch holds already.
func (s subject) untaken(ctx context.Context, run *session.Session, staged map[string]gitobj.ID) diag.Diagnostics {
	var open []string
	for _, path := range slices.Sorted(maps.Keys(staged)) {
		if run.Owners().TakerHere(s.location, path) == session.TakerNone {
			open = append(open, path)
		}
	}
	if len(open) == 0 {
		return nil
	}
	t, err := run.Open(ctx, s.location)
	var there map[string]gitobj.ID
	if err == nil {
		there, err = lookupBlobs(ctx, t.Branch, open)
	}
	var list pathList
	for _, path := range open {
		if err != nil || there[path] != staged[path] {
			list.add(path, nil)
		}
	}
	if list.n == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic(untakenSummary, s.detail(s.listed(errUntaken, &list)))}
}

// unmade are the files that were staged and never committed, as the branch is now, by path. state
// has the blobs in state. A refresh puts the same into state. Plans without a refresh find it here:
// only a path that was staged takes a look. A rename is left for a refresh, which finds the file at
// its old path.
func (h hints) unmade(ctx context.Context, t session.Target, state map[string]gitobj.ID) (map[string]gitread.Entry, error) {
	staged := slices.DeleteFunc(slices.Sorted(maps.Keys(h.staging(state))), func(path string) bool {
		_, renamed := h.renames[path]
		return renamed
	})
	if t.Branch == nil || len(staged) == 0 {
		return nil, nil
	}
	found, err := lookupFiles(ctx, t.Branch, staged...)
	if err != nil {
		return nil, err
	}
	out := make(map[string]gitread.Entry)
	for _, have := range found {
		if h.uncommitted(have.Path, state[have.Path], have.ID) {
			out[have.Path] = have
		}
	}
	return out, nil
}

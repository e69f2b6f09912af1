package resources

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// errUntaken: a change is staged, and the plan has no commit for it.
var errUntaken = errors.New("the change is staged and not pushed, as commit_mode is \"explicit\" and no nanogit_commit of this apply takes it. " +
	"Name it in the files of a nanogit_commit, apply without -target, or set commit_mode = \"auto\"")

// untakenSummary is constant, so that the engine folds many of these warnings into one.
const untakenSummary = "Files are staged and not pushed"

// entrust notes, while planning, that changes of a resource depend on others.
func (s *Session) entrust() { s.records().Entrust() }

// untaken is a warning of those of the staged paths that no nanogit_commit of the plan takes. None
// has to take a content that the branch holds already.
func (s *Session) untaken(ctx context.Context, sub subject, staged map[string]gitobj.ID) diag.Diagnostics {
	var open []string
	for _, path := range slices.Sorted(maps.Keys(staged)) {
		if takerOf(s.records().Commits("", sub.place.spot(), path)) == takerNone {
			open = append(open, path)
		}
	}
	if len(open) == 0 {
		return nil
	}
	t, err := s.open(ctx, sub.place)
	var there map[string]gitobj.ID
	if err == nil {
		there, err = lookupBlobs(ctx, t.branch, open)
	}
	var list pathList
	for _, path := range open {
		if err != nil || there[path] != staged[path] {
			list.add(path, nil)
		}
	}
	switch {
	case list.n == 0:
		return nil
	case sub.many:
		return diag.Diagnostics{diag.NewWarningDiagnostic(untakenSummary, sub.detail(&untakenError{&list}))}
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic(untakenSummary, sub.detail(errUntaken))}
}

// untakenError is errUntaken for many files.
type untakenError struct{ paths *pathList }

func (e *untakenError) Error() string {
	return errUntaken.Error() + ":" + e.paths.String()
}

func (e *untakenError) Unwrap() error { return errUntaken }

// holdForHeirs has the commit that takes paths from a resource wait for the one that gives them to
// others, when the plan has one.
func (s *Session) holdForHeirs(t target, changes ...gitwriter.Change) {
	for _, c := range changes {
		path := c.From
		if c.Delete {
			path = c.Path
		}
		if path != "" && s.records().Takes(t.spot(), path) {
			t.branch.HoldFor(path)
		}
	}
}

// unmade are the files that were staged and never committed, as the branch is now, by path. state
// has the blobs in state. A refresh puts the same into state. Plans without one find it here: only
// a path that was staged takes a look. A rename is left for a refresh, which finds the file at its
// old path.
func (h hints) unmade(ctx context.Context, t target, state map[string]gitobj.ID) (map[string]gitread.Entry, error) {
	staged := slices.DeleteFunc(slices.Sorted(maps.Keys(h.staging(state))), func(path string) bool {
		_, renamed := h.renames[path]
		return renamed
	})
	if t.branch == nil || len(staged) == 0 {
		return nil, nil
	}
	found, err := lookupFiles(ctx, t.branch, staged...)
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

package gitqueue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// ErrNotStaged says that a commit names a content that no resource staged and that the branch does
// not have.
var ErrNotStaged = errors.New("named by the commit, and neither staged nor on the branch")

// How a commit changed a path. A rename adds a path and deletes another.
const (
	Added    = "added"
	Modified = "modified"
	Deleted  = "deleted"
)

// CommitRequest is a commit of staged changes.
type CommitRequest struct {
	// Files are the paths that the commit names, each with the blob that the branch is to have
	// there.
	Files map[string]gitobj.ID
	// Prior are the paths that the commit named before, with the blobs that the branch had when it
	// was last read.
	Prior map[string]gitobj.ID
	// Owed are removals of paths in Prior that were asked for earlier and not made.
	Owed []string
	// Overwrite makes an owed removal accept every entry.
	Overwrite bool
	// Meta holds the fields of the commit.
	Meta gitwriter.Meta
}

// CommitResult is the outcome of a CommitRequest, complete or not.
type CommitResult struct {
	gitwriter.Result
	// Changed says how each path changed that the commit touched.
	Changed map[string]string
	// Failed says, by path, why a change was not made while the others were.
	Failed map[string]error
	// Owed are the removals that were asked for and not made. They no longer wait here: the caller
	// remembers them.
	Owed []string
}

// CommitStaged makes a commit of the named paths and pushes it: of the puts that are staged for
// them, of the staged and owed removals of paths that were named before and are not now, and of the
// staged removals that go with a named path. Other staged changes stay where they are. A named path
// whose blob differs from the prior blob must be staged here, or be on the branch with that blob
// already, or have been there until this process removed it; the others are not looked up, but are
// part of the commit when they are staged.
//
// With an error nothing was pushed, and the staged changes stay staged. A change that does not
// apply does not keep the others from being pushed; it is in Failed.
func (b *Branch) CommitStaged(ctx context.Context, req CommitRequest) (CommitResult, error) {
	g := b.take(req)
	if err := b.checkUnstaged(ctx, req, g); err != nil {
		return CommitResult{Owed: b.settle(ctx, g, req, nil)}, err
	}
	changes := make([]gitwriter.Change, len(g.taken))
	for i, t := range g.taken {
		changes[i] = t.Change
	}
	out, effects, res, err := b.CommitTogether(ctx, changes, req.Meta)
	if err != nil {
		return CommitResult{Owed: b.settle(ctx, g, req, nil)}, err
	}
	result := CommitResult{Result: res, Changed: make(map[string]string), Failed: make(map[string]error)}
	for i, c := range changes {
		if c.Delete && b.Yields(out[i].Err) {
			out[i].Err = nil
			continue
		}
		if out[i].Err != nil {
			result.Failed[c.Path] = out[i].Err
			continue
		}
		result.add(c, effects, i)
	}
	result.Owed = b.settle(ctx, g, req, out)
	return result, nil
}

// add records how a change that was made changed its paths. A path that is put is never also
// deleted.
func (r *CommitResult) add(c gitwriter.Change, effects gitwriter.Effects, i int) {
	before := effects.Before(i)
	switch {
	case effects.Unchanged(i):
		return
	case c.Delete:
		r.Changed[c.Path] = Deleted
		return
	case before.ID == c.Blob && before.Mode == c.Mode: // a rename onto the same content
	case before.Exists():
		r.Changed[c.Path] = Modified
	default:
		r.Changed[c.Path] = Added
	}
	if c.From != "" && !effects.KeptFrom(i) && r.Changed[c.From] == "" {
		r.Changed[c.From] = Deleted
	}
}

// taken holds the staged changes that a commit takes.
type taken struct {
	taken []*stagedChange // puts first, each by path
	// unstaged are the named paths that differ from the prior state and are not staged here.
	unstaged []string
}

// take selects the staged changes of a commit. Removals that are staged later do not wait for it.
func (b *Branch) take(req CommitRequest) *taken {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	g := new(taken)
	for _, path := range slices.Sorted(maps.Keys(req.Files)) {
		s.passed[path] = true
		want := req.Files[path]
		switch p := s.puts[path]; {
		case p != nil && p.Blob == want:
			if p.From != "" && s.puts[p.From] != nil {
				p.From = "" // another change, perhaps of another commit, puts a file at the old path
			}
			g.taken = append(g.taken, p)
		case want != req.Prior[path]:
			g.unstaged = append(g.unstaged, path)
		}
	}
	owed := make(map[string]bool, len(req.Owed))
	for _, path := range req.Owed {
		owed[path] = true
	}
	for _, path := range slices.Sorted(maps.Keys(req.Prior)) {
		s.passed[path] = true
		if _, named := req.Files[path]; named || s.puts[path] != nil {
			continue
		}
		switch r := s.removals[path]; {
		case r != nil:
			g.taken = append(g.taken, r)
		case owed[path] && !b.Wrote(path):
			c := gitwriter.Change{Path: path, Delete: true, Expect: gitwriter.ExpectBlob(req.Prior[path], 0)}
			if req.Overwrite {
				c.Expect = gitwriter.ExpectAny()
			}
			g.taken = append(g.taken, &stagedChange{Change: c})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.removals)) {
		r := s.removals[path]
		_, named := req.Files[path]
		_, before := req.Prior[path]
		if _, with := req.Files[r.With]; with && !named && !before {
			g.taken = append(g.taken, r)
		}
	}
	return g
}

// checkUnstaged checks the paths that the commit names and that no resource staged: the branch must
// have the named blob there, or have had it until this process removed it, so that it can be put
// back by its id. Each of these paths becomes a change that holds only as long as this is so: a
// concurrent commit is noticed.
func (b *Branch) checkUnstaged(ctx context.Context, req CommitRequest, g *taken) error {
	if len(g.unstaged) == 0 {
		return nil
	}
	found, _, err := b.LookupAll(ctx, g.unstaged)
	if err != nil {
		return err
	}
	for _, path := range g.unstaged {
		if err := b.CheckFormat(ctx, req.Files[path]); err != nil {
			return fmt.Errorf("%q: %w", path, err)
		}
	}
	var missing []string
	for i, path := range g.unstaged {
		want := req.Files[path]
		c := gitwriter.Change{Path: path, Mode: found[i].Mode, Blob: want, Expect: gitwriter.ExpectBlob(want, found[i].Mode)}
		if found[i].ID != want {
			was := b.Removed(path)
			if was.ID != want || found[i].Exists() {
				missing = append(missing, path)
				continue
			}
			c.Mode, c.Expect = was.Mode, gitwriter.ExpectAbsent()
		}
		g.taken = append(g.taken, &stagedChange{Change: c})
	}
	if len(missing) > 0 {
		return notStaged(missing)
	}
	return nil
}

func notStaged(paths []string) error {
	const most = 10
	list, more := paths, ""
	if len(paths) > most {
		list, more = paths[:most], fmt.Sprintf(" and %d more", len(paths)-most)
	}
	return fmt.Errorf("%q%s: %w", list, more, ErrNotStaged)
}

// settle updates the staged set after a commit: it drops the changes that were made, and the
// removals that failed. out holds the outcomes; nil means that no change was made. The result lists
// the failed removals of paths that the commit named before, which the commit owes from now on; a
// mirror finds its own ones again by itself. If the caller was cancelled, its state may never
// record an owed removal: such removals stay staged for the end of the process.
func (b *Branch) settle(ctx context.Context, g *taken, req CommitRequest, out []gitwriter.Outcome) (owed []string) {
	s := &b.staged
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, t := range g.taken {
		done := out != nil && out[i].Err == nil
		switch {
		case t.Delete:
			if s.removals[t.Path] == t && (done || ctx.Err() == nil) {
				delete(s.removals, t.Path)
			}
			if _, was := req.Prior[t.Path]; was && !done {
				owed = append(owed, t.Path)
			}
		case done:
			b.dropPutLocked(t)
		case t.From != "":
			_, was := req.Prior[t.From]
			if _, is := req.Files[t.From]; was && !is {
				owed = append(owed, t.From)
			}
		}
	}
	slices.Sort(owed)
	return slices.Compact(owed)
}

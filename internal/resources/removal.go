package resources

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// deleteFailedKey is where private state says that a deletion failed: the next is
// not left for a commit that may never run.
const deleteFailedKey = "delete_failed"

// fateKey is the key, in private state, of the decision of a plan about a removal: a session.Fate.
const fateKey = "fate"

// removal is the end of a resource: its files are to go, unless others have them by then.
type removal struct {
	session.Target
	session *session.Session
	about   subject
	files   []gitread.Entry // in state; a mode that is not known is zero
	hints   hints
	stages  bool // the removals wait for a nanogit_commit, if any takes them
	seed    bool // a file that others may have changed, and that is theirs then

	// A deletion has these from private state.
	expect  plannedRemovals
	failed  bool         // an earlier deletion failed
	fate    session.Fate // as the plan decided it
	planned bool         // there was such a plan
	returns returning
}

// paths are those of the files.
func (r *removal) paths() []string {
	paths := make([]string, len(r.files))
	for i, e := range r.files {
		paths[i] = e.Path
	}
	return paths
}

// blobs are the files' blobs in state, by path.
func (r *removal) blobs() map[string]gitobj.ID {
	blobs := make(map[string]gitobj.ID, len(r.files))
	for _, e := range r.files {
		blobs[e.Path] = e.ID
	}
	return blobs
}

// plan tells the commit that named the files, whose plan is made in the same process, that their
// removal is asked for. It keeps in private state the blobs that the branch holds where they are
// not those in state, and the fate of the paths.
func (r *removal) plan(ctx context.Context, private privateState) diag.Diagnostics {
	var diags diag.Diagnostics
	paths := r.paths()
	r.Branch.AnnounceRemoval(paths...)
	blobs := r.blobs()
	found, err := lookupFiles(ctx, r.Branch, paths...)
	if err == nil {
		for _, have := range found {
			blobs[have.Path] = have.ID
		}
	}
	if err == nil && !r.seed {
		drifted, warnings := planDrifted(r.about, r.session.Overwrite, r.files, r.hints, found)
		diags.Append(private.SetKey(ctx, removalKey, drifted.encode())...)
		diags.Append(warnings...)
	}
	f := r.session.Owners().Decide(ctx, session.Removal{
		Location: r.Location, Blobs: blobs, Others: r.hints.others, Staging: r.stages, Committed: r.hints.wasCommitted(r.blobs(), blobs),
	})
	return append(diags, private.SetKey(ctx, fateKey, f.Encode())...)
}

// load reads from private state the hints of the plan and of earlier deletions.
func (r *removal) load(ctx context.Context, private privateState, diags *diag.Diagnostics) {
	get := func(key string) []byte {
		value, more := private.GetKey(ctx, key)
		diags.Append(more...)
		return value
	}
	r.failed = len(get(deleteFailedKey)) > 0
	r.expect = decodePlannedRemovals(get(removalKey), r.Path)
	if r.fate, r.planned = session.DecodeFate(get(fateKey)); !r.planned {
		r.returns = decodeReturning(get(returnsKey))
		// Where the second half of a replacement waits for a commit, the first waits for that half:
		// the file would be gone until then.
		r.stages = r.stages || r.fate.Replaced
	}
}

// errLeft: a seed is not the file that this resource wrote, so that it is not removed.
var errLeft = errors.New("the file is not the one that this resource wrote (seed_only), and stays for those who changed it")

// leaving is a file of a removal: as state has it, as the branch has it, and as the plan saw it.
type leaving struct{ state, have, expect gitread.Entry }

// make removes the files from the branch in one commit, or leaves their removal for the
// nanogit_commit that takes it. A file that is gone already, that comes back as it is, or that
// another resource has by now stays as it is.
func (r *removal) make(ctx context.Context) error {
	pending := r.Branch.Announce(r.Path + "\x00") // an heir of the path announces that
	defer pending.Withdraw()
	found, err := lookupFiles(ctx, r.Branch, r.paths()...)
	switch {
	case err != nil && r.about.many:
		return fmt.Errorf("look for the files: %w", err)
	case err != nil:
		return err
	}
	files := make(map[string]leaving, len(found))
	for i, have := range found {
		files[have.Path] = leaving{r.files[i], have, r.expect.expected(r.files[i])}
	}
	stays := r.stays(ctx, files)
	var changes []gitwriter.Change
	for _, path := range r.paths() {
		if stays[path] {
			continue
		}
		c, err := r.change(files[path])
		if err != nil {
			return err
		}
		changes = append(changes, c)
	}
	if r.stages {
		changes = r.leave(changes, files)
	}
	return r.submit(ctx, pending, changes)
}

// stays are the paths of which nothing is to be removed.
func (r *removal) stays(ctx context.Context, files map[string]leaving) map[string]bool {
	gives := make(map[string]gitobj.ID, len(files))
	for path, f := range files {
		// Another resource may replace the blob that the plan saw, or with conflict = "overwrite"
		// any blob.
		if gives[path] = f.expect.ID; r.session.Overwrite && f.have.Exists() {
			gives[path] = f.have.ID
		}
	}
	end := r.session.Owners().Begin() // and no longer: other deletions must not wait for this one's push
	left := r.session.Owners().LeftToOthers(ctx, r.Location, gives, r.fate, r.planned)
	end()
	out := make(map[string]bool)
	for path, f := range files {
		out[path] = !f.have.Exists() ||
			r.returns.has(r.Location, path, f.state.ID, f.state.Mode) && f.have.ID == f.state.ID ||
			r.session.Owners().KeptByOthers(r.Location, path, r.fate, r.planned) ||
			left[path] && f.have.ID == f.expect.ID
	}
	return out
}

// heir reports whether another resource of the plan is to have the path. The other half of a
// replacement, which comes afterwards, is none.
func (r *removal) heir(path string) bool {
	return r.planned && r.session.Owners().Records.Takes(r.OnBoard(), path)
}

// change is the deletion of a file. It has no message: that in state is of the last write.
func (r *removal) change(f leaving) (gitwriter.Change, error) {
	expect, overwrite := f.expect, r.session.Overwrite
	switch wrote := r.hints.wrote[f.state.Path]; {
	case r.seed && f.have.ID != wrote:
		return gitwriter.Change{}, fmt.Errorf("%w: it is blob %s now", errLeft, f.have.ID)
	case r.seed:
		expect, overwrite = gitread.Entry{Path: f.state.Path, ID: wrote}, false
	case overwrite && r.heir(f.state.Path):
		expect, overwrite = f.have, false // and not the heir's file, by then
	}
	return deleteOf(expect, overwrite), nil
}

// deleteOf takes away an entry that a resource knows to be there.
func deleteOf(have gitread.Entry, overwrite bool) gitwriter.Change {
	c := gitwriter.Change{Path: have.Path, Delete: true, Expect: gitwriter.ExpectBlob(have.ID, have.Mode)}
	if overwrite {
		c.Expect = gitwriter.ExpectAny()
	}
	return c
}

// leave stages the removals that a nanogit_commit takes, and returns those that are to be made at
// once.
func (r *removal) leave(changes []gitwriter.Change, files map[string]leaving) []gitwriter.Change {
	records := r.session.Owners().Records
	blobs := make(map[string]gitobj.ID, len(files))
	for path, f := range files {
		blobs[path] = f.have.ID
	}
	committed := r.fate.Committed || r.hints.wasCommitted(r.blobs(), blobs)
	return slices.DeleteFunc(changes, func(c gitwriter.Change) bool {
		has, _ := records.Has(r.fate.Plan, r.OnBoard(), c.Path)
		how := howToDelete(r.Branch, c.Path, deletion{
			failed: r.failed, unplanned: !r.planned, moved: !has, committed: committed, taker: r.session.Owners().Taker(r.fate, r.Location, c.Path),
		})
		if f := files[c.Path]; how == deleteStage && records.Takes(r.OnBoard(), c.Path) {
			if f.have.ID != f.expect.ID && r.session.Owners().Wrote(r.Location, f.have) {
				return true // the heir has put its own file there already
			}
			c.Expect = gitwriter.ExpectBlob(f.have.ID, f.have.Mode)
		}
		return leaveRemoval(r.Branch, c, how)
	})
}

// submit makes the deletions at once, all or none. Those that met the file which another resource
// of the run has put at the path are left out then.
func (r *removal) submit(ctx context.Context, pending *gitqueue.Pending, changes []gitwriter.Change) error {
	if r.planned {
		r.session.Owners().HoldForHeirs(r.Target, changes...)
	}
	for len(changes) > 0 {
		out := r.Branch.SubmitWhole(ctx, pending, changes)
		rest := r.undone(changes, out)
		if err := outcomesError(out); err == nil || len(rest) == len(changes) {
			return err
		}
		changes, pending = rest, nil
	}
	return nil
}

// undone are the deletions that are still to be made: a file that cannot be there is not there, and
// the file of an heir stays.
func (r *removal) undone(changes []gitwriter.Change, out []gitwriter.Outcome) (rest []gitwriter.Change) {
	for i, c := range changes {
		err := out[i].Err
		var conflict *gitwriter.ConflictError
		switch {
		case errors.Is(err, gitread.ErrNoBranch), errors.Is(err, gitobj.ErrObstacle):
		case errors.As(err, &conflict) && conflict.Path == c.Path &&
			(r.session.Overwrite && r.heir(c.Path) || r.session.Owners().Wrote(r.Location, conflict.Have)):
		default:
			rest = append(rest, c)
		}
	}
	return rest
}

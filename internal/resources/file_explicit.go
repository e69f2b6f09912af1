package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// deleteFailedKey is where private state says that a deletion was tried and failed: the next one is not left for a
// commit that may never run.
const deleteFailedKey = "delete_failed"

// uncommittedSummary is constant, so that the engine folds many of these warnings into one.
const uncommittedSummary = "Files were staged and never committed"

// errUncommitted: what a file's state says was staged, and the branch still holds what it held before.
var errUncommitted = errors.New("the file was staged for a commit and never committed: no nanogit_commit names it, or the one that does failed or did not run. " +
	"It is planned again. If no nanogit_commit names it, it will never be written: name it in one, or set commit_mode = \"auto\"")

// explicit reports whether a resource with this commit_mode leaves its changes for a nanogit_commit.
func (s *Session) explicit(mode types.String) bool {
	if mode.IsNull() {
		return s != nil && s.Explicit
	}
	return mode.ValueString() == CommitExplicit
}

// stages reports whether a file's changes wait for a nanogit_commit. A seed's do not: what becomes of it is others'
// business, so that no commit can promise its content.
func (s *Session) stages(m *fileModel) bool {
	return s.explicit(m.CommitMode) && !m.SeedOnly.ValueBool()
}

// leave puts the change into what waits, and completes the plan's computed values.
func (w *fileWrite) leave(wrote written, c gitwriter.Change) written {
	w.branch.StagePut(c)
	w.settle(c.Blob, gitwriter.Result{})
	w.plan.CommitID = types.StringNull()
	wrote.staged = true
	switch {
	case w.prior == nil:
	case c.From == "":
		wrote.before = w.prior.blob()
	default:
		wrote.from, wrote.fromBlob = c.From, w.prior.blob()
	}
	return wrote
}

// checkStaged warns of a file that was staged and never committed. The summary is constant, so that the engine folds many of
// them into one. Once the branch holds the blob, private state forgets that it was staged.
func checkStaged(ctx context.Context, s subject, state *fileModel, have gitwriter.Entry, req resource.ReadRequest, resp *resource.ReadResponse) written {
	private, diags := req.Private.GetKey(ctx, writtenKey)
	resp.Diagnostics.Append(diags...)
	wrote := decodeWritten(private)
	switch {
	case wrote.uncommitted(state.blob(), have.ID):
		resp.Diagnostics.AddWarning(uncommittedSummary, s.detail(errUncommitted))
	case wrote.staged && have.ID == wrote.blob:
		wrote.staged, wrote.before, wrote.from, wrote.fromBlob = false, gitobj.ID{}, "", gitobj.ID{}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, writtenKey, wrote.encode())...)
	}
	return wrote
}

// takeBack makes the model, whose path holds nothing, that of the path which a rename that was never committed was to leave, as
// long as that holds what it held then: the rename is planned again, and the path is not forgotten. It returns what is there.
func (m *fileModel) takeBack(ctx context.Context, t target, wrote written) (gitwriter.Entry, error) {
	if !wrote.staged || wrote.from == "" {
		return gitwriter.Entry{}, nil
	}
	t.path = wrote.from
	have, err := lookupFile(ctx, t)
	if err != nil || have.ID != wrote.fromBlob {
		return gitwriter.Entry{}, err
	}
	m.Path = types.StringValue(wrote.from)
	m.setID()
	return have, nil
}

// deletion is what a deletion in explicit mode depends on.
type deletion struct {
	put    bool // this process put the path: its new owner keeps it
	absent bool // the branch has no such file
	passed bool // a commit that named the path ran or was destroyed in this process
	failed bool // an earlier deletion failed
}

type deleteHow string

const (
	deleteNothing deleteHow = "nothing"
	deleteNow     deleteHow = "now"   // with a group commit, and its outcome is this deletion's
	deleteStage   deleteHow = "stage" // for the commit that named the path
)

// how applies the rules in their order.
func (d deletion) how() deleteHow {
	switch {
	case d.put, d.absent:
		return deleteNothing
	case d.passed, d.failed:
		return deleteNow
	}
	return deleteStage
}

// leaveRemoval stages the removal of a file, where that is what is to be done, or does nothing where nothing is. It
// reports false when the file is to be removed at once.
func (r *fileResource) leaveRemoval(ctx context.Context, t target, state *fileModel, expect gitwriter.Entry, failed bool) (done bool, err error) {
	have, err := lookupFile(ctx, t)
	if err != nil {
		return false, err
	}
	d := deletion{put: t.branch.PutHere(t.path), absent: !have.Exists(), passed: t.branch.Passed(t.path), failed: failed}
	switch d.how() {
	case deleteNothing:
		return true, nil
	case deleteStage:
		return t.branch.StageRemoval(r.removal(state, expect)), nil
	}
	return false, nil
}

package resources

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// planRemoval tells the files that this commit named that it takes no more removals. For those that
// the commit is to remove itself, it keeps the entries of the branch that differ from state:
// see removalKey.
func (r *commitResource) planRemoval(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var prior commitModel
	if req.State.Raw.IsNull() || tfmodel.Get(ctx, req.State, &prior).HasError() {
		return
	}
	files := prior.held()
	r.session.Owners().Board.End(prior.location().OnBoard(), slices.Collect(maps.Keys(files))...)
	private, diags := req.Private.GetKey(ctx, owedKey)
	resp.Diagnostics.Append(diags...)
	paths := prior.removed(decodeOwed(private))
	if len(paths) == 0 {
		return
	}
	f := session.Fate{Plan: r.session.Owners().Records.Entrust()}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, fateKey, f.Encode())...)
	t, err := r.session.Open(ctx, prior.location())
	if err != nil {
		return // the deletion reports it
	}
	found, err := lookupFiles(ctx, t.Branch, paths...)
	if err != nil {
		return
	}
	s := subject{verb: "delete", location: t.Location, many: true}
	state := make([]gitread.Entry, len(paths))
	for i, path := range paths {
		state[i] = gitread.Entry{Path: path, ID: files[path]}
	}
	drifted, warnings := planDrifted(s, r.session.Overwrite, state, hints{}, found)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, removalKey, drifted.encode())...)
	resp.Diagnostics.Append(warnings...)
}

// removed are the paths that a destruction removes, in order: all that the commit holds, or those
// whose removal it owes.
func (m *commitModel) removed(owed []string) []string {
	files := m.held()
	if m.OnDestroy.ValueString() != onDestroyDeleteFiles {
		maps.DeleteFunc(files, func(path string, _ gitobj.ID) bool { return !slices.Contains(owed, path) })
	}
	return slices.Sorted(maps.Keys(files))
}

// Delete removes the files that the commit names, when it is to, in one commit; else the
// owed removals, asked for and not made, of which nobody else knows. A file that another resource
// is to have stays. Either way, deletions of files that come afterwards have nothing to wait for.
func (r *commitResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	r.session.Owners().Records.Apply()
	var state commitModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	private := make(map[string][]byte)
	for _, key := range []string{owedKey, wordsKey, removalKey, fateKey} {
		value, diags := req.Private.GetKey(ctx, key)
		resp.Diagnostics.Append(diags...)
		private[key] = value
	}
	if resp.Diagnostics.HasError() {
		return
	}
	s := commitSubject{"destroy", state.location()}
	paths := state.removed(decodeOwed(private[owedKey]))
	t, err := r.session.Open(ctx, state.location())
	if err != nil {
		if state.OnDestroy.ValueString() == onDestroyDeleteFiles || len(paths) > 0 {
			resp.Diagnostics.Append(s.report(err)...)
		}
		return
	}
	t.Branch.Pass(slices.Sorted(maps.Keys(state.held()))...)
	f, _ := session.DecodeFate(private[fateKey])
	paths = r.withoutOwned(ctx, t, f.Plan, paths)
	if len(paths) > 0 {
		meta := state.ownWords(ctx, private[wordsKey]).meta(r.session.Meta)
		expect := decodePlannedRemovals(private[removalKey], "")
		resp.Diagnostics.Append(s.reportAll(r.removeAll(ctx, t, meta, state.held(), expect, paths))...)
	}
}

// withoutOwned leaves out the paths that a configured resource has. Where the plan left no record
// of that, the resources of this process say so.
func (r *commitResource) withoutOwned(ctx context.Context, t session.Target, plan string, paths []string) []string {
	records, board := r.session.Owners().Records, r.session.Owners().Board
	var unsure []string
	paths = slices.DeleteFunc(paths, func(path string) bool {
		has, known := records.Has(plan, t.OnBoard(), path)
		if !known {
			unsure = append(unsure, path)
		}
		return has
	})
	if len(unsure) == 0 {
		return paths
	}
	defer r.session.Owners().Begin()()
	claimed := func(_ string, n intent.Notice) bool { return n.Claims.Any() }
	board.Await(ctx, board.Patience(), t.OnBoard(), unsure, claimed)
	owned := board.Some(t.OnBoard(), unsure, claimed)
	return slices.DeleteFunc(paths, func(path string) bool { return slices.Contains(owned, path) })
}

// removeAll deletes the paths, all of which are named, in one commit.
func (r *commitResource) removeAll(
	ctx context.Context, t session.Target, meta gitwriter.Meta, files map[string]gitobj.ID, expect plannedRemovals, paths []string,
) map[string]error {
	changes := make([]gitwriter.Change, len(paths))
	for i, path := range paths {
		have := expect.expected(gitread.Entry{Path: path, ID: files[path]})
		changes[i] = gitwriter.Change{Path: path, Delete: true, Expect: gitwriter.ExpectBlob(have.ID, have.Mode)}
		if r.session.Overwrite {
			changes[i].Expect = gitwriter.ExpectAny()
		}
	}
	failed := make(map[string]error)
	for i, o := range t.Branch.Commit(ctx, changes, meta) {
		var conflict *gitwriter.ConflictError
		switch {
		case o.Err == nil, errors.Is(o.Err, gitread.ErrNoBranch), errors.Is(o.Err, gitobj.ErrObstacle):
		case errors.As(o.Err, &conflict) && r.session.Owners().Wrote(t.Location, conflict.Have):
		default:
			failed[paths[i]] = o.Err
		}
	}
	return failed
}

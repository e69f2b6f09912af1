package resources

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// Read asks the branch for the blob of each path in blob_ids, and for a mirror also for all files
// below the prefix. No content is fetched. A path without a file is dropped from
// blob_ids, so that the next plan puts it back.
func (r *filesResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Begin()()
	var state filesModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	before := loadHints(ctx, req.Private, "", &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, urlUnknownKey, isTrue(r.session.URLUnknown()))...)
	if resp.Diagnostics.HasError() || r.session == nil || r.session.Partial {
		return // a remote that is not known yet cannot be asked
	}
	moved := unplaced(&state)
	if moved && !loadMoved(ctx, req.Private, &resp.Diagnostics).guess(r.session, &state) {
		return // the plan finds the repository
	}
	s := state.subject("read")
	t, err := r.session.Open(ctx, state.location())
	var now hints
	var left *pathList
	if err == nil {
		if moved {
			state.setBranchAttributes(branchAttributes{types.StringValue(t.Repository), types.StringValue(t.Location.Branch)})
		}
		refreshID(r.session, &state)
		now, left, err = refresh(ctx, t, &state, before)
	}
	if err != nil {
		if moved || !r.session.NoteUnread(state.location(), err) {
			resp.Diagnostics.Append(s.report(err)...)
		}
		return
	}
	now.others = r.session.Owners().Hold(t.Location, now.token, slices.Collect(maps.Keys(state.blobs()))...)
	if left.n > 0 {
		resp.Diagnostics.Append(s.uncommitted(left)...)
	}
	if r.session.IsExplicit(state.CommitMode) {
		state.setTree(gitobj.ID{}) // it is made by the commit that names the files
	}
	resp.Diagnostics.Append(now.save(ctx, resp.Private)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, originKey, nil)...)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// refresh takes the files on the branch into the model. left are the files that were staged for a
// commit and never committed.
func refresh(ctx context.Context, t session.Target, m *filesModel, before hints) (now hints, left *pathList, err error) {
	prior := m.blobs()
	have, tree, err := lookupTree(ctx, t.Branch, m, prior)
	if err != nil {
		return hints{}, nil, err
	}
	blobs := make(map[string]gitobj.ID, len(have))
	now = hints{foreign: make(map[string]bool), wrote: before.wrote}
	now.setMode("", gitobj.ModeFile) // from here on all modes are known
	for _, e := range have {
		blobs[e.Path] = e.ID
		now.setMode(e.Path, e.Mode)
		if _, ours := prior[e.Path]; !ours || before.foreign[e.Path] {
			now.foreign[e.Path] = true
		}
	}
	if !maps.Equal(blobs, prior) || m.BlobIDs.IsNull() {
		m.setBlobs(blobs)
	}
	m.setTree(tree)
	now.committed = before.wasCommitted(prior, blobs)
	return now.by(before), before.leftOver(prior, blobs), nil
}

// lookupTree finds the files at the paths of prior, and for a mirror all others below its prefix;
// and the tree of the prefix. There are none where the branch is missing or yet to be created.
func lookupTree(ctx context.Context, b *gitqueue.Branch, m *filesModel, prior map[string]gitobj.ID) (have []gitread.Entry, tree gitobj.ID, err error) {
	paths := slices.Sorted(maps.Keys(prior))
	b.Anticipate(paths...)
	head, err := b.Head(ctx)
	switch {
	case errors.Is(err, gitread.ErrNoBranch), err == nil && head.IsZero():
		return nil, tree, nil
	case err != nil:
		return nil, tree, err
	}
	prefix := m.Prefix.ValueString()
	if tree, err = b.Tree(ctx, prefix); err != nil && !errors.Is(err, gitobj.ErrObstacle) {
		return nil, tree, err
	}
	found, _, err := b.LookupAll(ctx, paths)
	if err != nil {
		return nil, tree, err
	}
	for _, e := range found {
		if e.Exists() && !e.IsDir() && !e.Mode.IsSubmodule() {
			have = append(have, e)
		}
	}
	if !m.mirrors() || tree.IsZero() {
		return have, tree, nil
	}
	below, err := listBelow(ctx, b, prefix)
	if err != nil {
		return nil, tree, err
	}
	for _, e := range below {
		if _, ok := prior[e.Path]; !ok {
			have = append(have, e)
		}
	}
	return have, tree, nil
}

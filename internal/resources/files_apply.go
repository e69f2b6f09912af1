package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// Create writes the files, and adopts those that are there already with the same content.
func (r *filesResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Apply()()
	var config, plan filesModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	now, err := r.write(ctx, config.Files, &plan, nil, hints{}, false)
	if err != nil {
		// Nothing was written: there is no state to keep.
		resp.Diagnostics.Append(plan.subject("create").report(err)...)
		return
	}
	resp.Diagnostics.Append(plan.subject("create").untaken(ctx, r.session, now.staging(plan.blobs()))...)
	resp.Diagnostics.Append(now.by(hints{}).save(ctx, resp.Private)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, returnsKey, []byte("null"))...)
	settleID(r.session, &plan)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// Update makes the changes that the plan shows, in one commit. When only settings changed, nothing
// is sent.
func (r *filesResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Apply()()
	var config, plan, prior filesModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &prior)...)
	before := loadHints(ctx, req.Private, "", &resp.Diagnostics)
	failed, diags := req.Private.GetKey(ctx, deleteFailedKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if unplaced(&prior) {
		resp.Diagnostics.Append(plan.subject("update").report(placePrior(ctx, r.session, req.Private, &plan, &prior, &before, &resp.Diagnostics))...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, originKey, nil)...)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	// The plan has something to write, or may have. In explicit mode it promises no commit that
	// would tell.
	if plan.CommitID.IsUnknown() || r.session.IsExplicit(plan.CommitMode) && !plan.settled(&prior) {
		now, err := r.write(ctx, config.Files, &plan, &prior, before, len(failed) > 0)
		if err != nil {
			resp.Diagnostics.Append(plan.subject("update").report(err)...)
			if failed := new(removalError); errors.As(err, &failed) {
				resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, []byte("true"))...)
			}
			return
		}
		resp.Diagnostics.Append(plan.subject("update").untaken(ctx, r.session, now.staging(plan.blobs()))...)
		resp.Diagnostics.Append(now.by(before).save(ctx, resp.Private)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, nil)...)
	}
	settleID(r.session, &plan)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// settled reports whether the plan m leaves every file of prior as it is: also their modes, of
// which a change is planned as a blob that is not known, and those of others, which only another
// prefix or a mirror can reach.
func (m *filesModel) settled(prior *filesModel) bool {
	return m.BlobIDs.Equal(prior.BlobIDs) && m.Prefix.Equal(prior.Prefix) && m.Prune.Equal(prior.Prune)
}

// errNoFiles: it is not known yet which files are wanted when they are to be written.
var errNoFiles = errors.New("the configuration does not say which files are wanted")

// write brings the files to the branch, all of them or none, and completes the plan's computed
// values. In explicit mode it leaves them for the nanogit_commit that names them. given is the
// attribute files of the configuration. failed: an earlier removal did.
func (r *filesResource) write(ctx context.Context, given types.Map, plan, prior *filesModel, before hints, failed bool) (hints, error) {
	t, err := r.session.Open(ctx, plan.location())
	if err != nil {
		return hints{}, err
	}
	items, ok, err := plan.items(ctx, given, r.session.MaxObjectSize)
	if err == nil && !ok {
		err = errNoFiles
	}
	if err != nil {
		return hints{}, err
	}
	have := prior.entries(before)
	unmade, err := before.unmade(ctx, t, prior.blobs())
	if err != nil {
		return hints{}, err
	}
	for path, entry := range unmade {
		if have[path] = entry; !entry.Exists() {
			delete(have, path)
		}
	}
	promised := plan.blobs()
	for i := range items {
		items[i].blob = promised[items[i].path]
	}
	w := write{
		Target: t, session: r.session, many: true, items: items, have: have, hints: before, message: plan.CommitMessage.ValueString(),
		creates: prior == nil, goesWith: announceKey(plan, items),
		overwrite: r.session.Overwrite, overwriteNew: plan.OverwriteOnCreate.ValueBool(), stages: r.session.IsExplicit(plan.CommitMode), failed: failed,
	}
	var pending *gitqueue.Pending
	if !w.stages {
		pending = t.Branch.Announce(announceKey(plan, items))
		defer pending.Withdraw()
	}
	others, err := unmanagedFiles(ctx, t.Branch, plan, prior, items)
	if err != nil {
		return hints{}, err
	}
	result, now, err := w.run(ctx, pending, compare(items, blobsOf(have), before, plan.mirrors()), others)
	if err != nil {
		return hints{}, err
	}
	now.setModes(items)
	plan.settle(ctx, &w, prior, result)
	return now, nil
}

// settle fills in the values that only the write could tell.
func (m *filesModel) settle(ctx context.Context, w *write, prior *filesModel, result gitwriter.Result) {
	blobs := make(map[string]gitobj.ID, len(w.items))
	for i := range w.items {
		blobs[w.items[i].path] = w.items[i].blob
	}
	m.Branch = types.StringValue(w.Location.Branch)
	m.setBlobs(blobs)
	if m.Diff.IsUnknown() {
		m.Diff = types.StringNull() // no plan showed it
	}
	if w.stages {
		if m.CommitID.IsUnknown() {
			m.CommitID = types.StringNull()
		}
		m.TreeID = types.StringNull()
		return
	}
	switch {
	case !result.Commit.IsZero():
		m.CommitID = types.StringValue(result.Commit.String())
	case prior != nil:
		m.CommitID = prior.CommitID
	default:
		m.CommitID = types.StringNull()
	}
	// The commit is made: should its tree not be found now, the next refresh finds it.
	tree, err := w.Branch.Tree(ctx, w.Path)
	if err != nil {
		tree = gitobj.ID{}
	}
	m.setTree(tree)
}

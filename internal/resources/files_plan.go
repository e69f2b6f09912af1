package resources

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// ModifyPlan gives every computed attribute its planned value and refuses changes that the branch
// will not take. It hashes every file that is wanted, so that blob_ids differs from state at just
// the paths that will change.
func (r *filesResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Begin()()
	if req.Plan.Raw.IsNull() {
		r.planRemoval(ctx, req, resp)
		return
	}
	p := filesPlan{planning: planning{session: r.session}}
	p.models.config, p.models.plan = &p.config, &p.plan
	if !req.State.Raw.IsNull() {
		p.prior = new(filesModel)
		p.models.prior = p.prior
	}
	p.run(ctx, &p, req, resp)
	if id := p.plan.identity(); !resp.Diagnostics.HasError() && resp.Identity != nil && p.located() && known(id.Prefix) {
		resp.Diagnostics.Append(resp.Identity.Set(ctx, id)...)
	}
}

// filesPlan is the making of a plan.
type filesPlan struct {
	planning
	config filesModel
	plan   filesModel
	prior  *filesModel // nil for a creation
}

// prepare implements planner.
func (p *filesPlan) prepare() {
	if p.session != nil && p.session.WriteOnly {
		p.plan.spellOutUnknown()
	}
	if p.prior != nil {
		p.plan.keepSpelling(p.prior)
	}
	p.plan.BlobIDs, p.stages = types.StringUnknown(), p.session.IsExplicit(p.plan.CommitMode)
	p.plan.setUnmade(p.stages)
	if p.plan.Diff = types.StringNull(); p.plan.ShowDiff.IsUnknown() || p.plan.ShowDiff.ValueBool() {
		p.plan.Diff = types.StringUnknown()
	}
	p.plan.CommitMessage = plannedMessage(p.config.CommitMessage, p.before().CommitMessage, true)
}

// makeThere plans the files at their planned repository and branch.
func (p *filesPlan) makeThere(ctx context.Context) diag.Diagnostics {
	if p.relocation.replaces() {
		if p.prior.OnDestroy.ValueString() != onDestroyKeep {
			p.session.AnnounceRemoval(ctx, p.prior.location(), compare(nil, p.prior.blobs(), p.hints, false).gone...)
		}
		return nil // Terraform asks again for the creation that the replacement ends in
	}
	// The plan has the configuration with its defaults.
	items, ok, err := p.plan.items(ctx, p.config.Files, p.session.ContentLimit())
	if err != nil {
		return p.report(err)
	}
	if p.target.Branch != nil {
		for _, it := range items {
			p.target.Branch.Anticipate(it.path)
		}
	}
	format, err := p.format(ctx, formatIn(p.priorBlobs()))
	if err != nil || !ok || format == 0 {
		return p.report(err)
	}
	if err := hashItems(ctx, items, format); err != nil {
		return p.subject().report(err)
	}
	p.keepWriteOnly(items)
	return p.show(ctx, items)
}

// keepWriteOnly keeps the blobs that were made of write-only contents, as long as nothing of their
// elements changed, their content_wo_version above all, and the branch still holds them.
func (p *filesPlan) keepWriteOnly(items []item) {
	if p.prior == nil {
		return
	}
	blobs, was, is := p.prior.blobs(), p.prior.Files.Elements(), p.plan.Files.Elements()
	for i := range items {
		it := &items[i]
		key := p.plan.rel(it.path)
		if blob, ok := p.hints.wrote[it.path]; it.writeOnly && ok && blob == blobs[it.path] && is[key] != nil && is[key].Equal(was[key]) {
			it.blob = blob
		}
	}
}

// show sets the blobs that the plan promises and looks at the branch.
func (p *filesPlan) show(ctx context.Context, items []item) diag.Diagnostics {
	prior, before := p.prior.blobs(), p.before()
	unmade, err := p.hints.unmade(ctx, p.target, prior)
	if err != nil {
		return p.report(err)
	}
	promised := plannedBlobs(items, prior, p.hints)
	var diags diag.Diagnostics
	diags.Append(p.recall(unmade, prior, promised)...)
	p.plan.setBlobs(promised)
	p.recordReturns(items)
	d := compare(items, prior, p.hints, p.plan.mirrors())
	var others []gitread.Entry
	diags.Append(p.claim(items)...)
	if p.plan.mirrors() && p.located() {
		diags.Append(p.subject().warnOfMirrored(p.session.Owners(), pathsOf(items))...)
	}
	p.leave(prior, d.gone...)
	if p.target.Branch != nil {
		var err error
		if others, err = unmanagedFiles(ctx, p.target.Branch, &p.plan, p.prior, items); err != nil {
			return p.report(err)
		}
		diags.Append(p.subject().warnOfRemoval(others)...)
		_, refused := p.checkNew(ctx, d.fresh(items, prior), creation{overwrites: p.plan.OverwriteOnCreate.ValueBool() || p.plan.OverwriteOnCreate.IsUnknown()})
		diags.Append(refused...)
	}
	if len(items) == 0 && !p.plan.SourceDir.IsNull() {
		diags.AddAttributeWarning(atSourceDir, "No file matches", sentence("no file of "+p.plan.SourceDir.ValueString()+" is meant: check source_dir, include and exclude"))
	}
	if p.prior != nil && d.empty() && len(others) == 0 {
		p.plan.CommitID = before.CommitID
		if p.plan.ShowDiff.ValueBool() {
			p.plan.Diff = before.Diff
		}
		if p.session.Owners().Threatened(ctx, p.plan.location(), pathsOf(items)) {
			p.plan.CommitID = types.StringUnknown()
		} else {
			p.plan.keepSources(p.prior)
		}
		if !p.stages {
			p.plan.TreeID = before.TreeID
		}
		p.plan.CommitMessage = plannedMessage(p.config.CommitMessage, before.CommitMessage, false)
		return diags
	}
	if err := p.planDiff(ctx, items, prior, d); err != nil {
		return append(diags, p.report(err)...)
	}
	if p.stages && p.target.Branch != nil {
		p.noteContents(items, d)
	}
	p.announceRemovals(items, d.gone)
	if p.stages || len(d.gone) > 0 {
		p.session.Owners().RecordPlan()
	}
	p.announce(announceKey(&p.plan, items), diags)
	return diags
}

// recall corrects prior from the branch at the paths that were staged and never committed.
// Their blobs are not promised again, so that there is a change to apply.
func (p *filesPlan) recall(unmade map[string]gitread.Entry, prior, promised map[string]gitobj.ID) diag.Diagnostics {
	if len(unmade) == 0 {
		return nil
	}
	var list pathList
	for _, path := range slices.Sorted(maps.Keys(unmade)) {
		list.add(path, nil)
		recall(prior, path, unmade[path].ID)
		if _, wanted := promised[path]; wanted {
			promised[path] = gitobj.ID{}
		}
	}
	return p.subject().uncommitted(&list)
}

func recall(blobs map[string]gitobj.ID, path string, have gitobj.ID) {
	if blobs[path] = have; have.IsZero() {
		delete(blobs, path)
	}
}

// announceKey tells the announcement of a resource from all others of its branch.
func announceKey(plan *filesModel, items []item) string {
	if len(items) > 0 {
		return items[0].path
	}
	return plan.Prefix.ValueString()
}

// before is the prior state; without values for a creation.
func (p *filesPlan) before() *filesModel {
	if p.prior == nil {
		return new(filesModel)
	}
	return p.prior
}

// announceRemovals is Session.announceRemoval for files that go while the resource stays. Files
// that others put into a mirror go with the commit that names the mirror's files, though that never
// named it.
func (p *filesPlan) announceRemovals(items []item, gone []string) {
	if p.target.Branch == nil {
		return
	}
	var foreign []string
	gone = slices.DeleteFunc(slices.Clone(gone), func(path string) bool {
		if p.hints.foreign[path] {
			foreign = append(foreign, path)
		}
		return p.hints.foreign[path]
	})
	p.target.Branch.AnnounceRemoval(gone...)
	p.target.Branch.AnnounceRemovalWith(announceKey(&p.plan, items), foreign...)
}

package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// ModifyPlan gives every computed attribute its planned value: from state when nothing that matters
// changed, known when it can be computed, unknown otherwise. It refuses changes that the
// branch will not take, as far as that can be known now.
//
// Terraform calls it in the process that plans and, with the same arguments but for
// unknown ones, in the process that applies. A destroy needs no plan.
func (r *fileResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Begin()()
	if req.Plan.Raw.IsNull() {
		r.planRemoval(ctx, req, resp)
		return
	}
	p := filePlan{planning: planning{session: r.session}}
	p.models.config, p.models.plan = &p.config, &p.plan
	if !req.State.Raw.IsNull() {
		p.prior = new(fileModel)
		p.models.prior = p.prior
	}
	p.run(ctx, &p, req, resp)
	if id := p.plan.identity(); !resp.Diagnostics.HasError() && resp.Identity != nil && p.located() && known(id.Path) {
		resp.Diagnostics.Append(resp.Identity.Set(ctx, id)...)
	}
}

// filePlan is the making of a plan.
type filePlan struct {
	planning
	config fileModel
	plan   fileModel
	prior  *fileModel // nil for a creation
}

// prepare implements planner.
func (p *filePlan) prepare() { p.stages = p.plan.stages(p.session) }

// makeThere plans the file at its planned repository and branch.
func (p *filePlan) makeThere(ctx context.Context) diag.Diagnostics {
	if p.relocation.replaces() {
		// Terraform asks again for the creation that a replacement ends in.
		p.plan.BlobID, p.plan.Size, p.plan.CommitID = types.StringUnknown(), types.Int64Unknown(), types.StringUnknown()
		p.plan.CommitMessage = p.message(true)
		if p.prior.OnDestroy.ValueString() != onDestroyKeep {
			p.session.AnnounceRemoval(ctx, p.prior.location(), p.prior.Path.ValueString())
		}
		return nil
	}
	if err := p.checkEntry(); err != nil {
		return p.subject().report(err)
	}
	p.keepSeed()
	want, err := p.want(ctx)
	foreseen := p.report(err)
	if foreseen.HasError() {
		return foreseen
	}
	if p.unmade(ctx) {
		want.blob = types.StringUnknown() // so that there is a change to apply
		foreseen.Append(p.subject().uncommitted(nil)...)
	}
	p.plan.BlobID, p.plan.Size = want.blob, want.size
	if p.prior != nil && p.plan.BlobID.Equal(p.prior.BlobID) {
		p.plan.keepSpelling(p.prior)
	}

	it := want.item(&p.plan)
	if known(p.plan.Path) {
		foreseen.Append(p.claim([]item{it})...)
	}
	if foreseen.HasError() {
		return foreseen
	}
	if known(p.plan.Path) && known(p.plan.Mode) {
		p.recordReturns([]item{it})
	}
	return p.show(ctx, &it, want, err, foreseen)
}

// show sets the values that depend on whether the plan writes, and looks at the branch. err is why
// the planned content is not known; foreseen are the warnings so far.
func (p *filePlan) show(ctx context.Context, it *item, want wanted, err error, foreseen diag.Diagnostics) diag.Diagnostics {
	composes := p.prior != nil && p.hints.decomposed[p.prior.Path.ValueString()] != "" && !p.plan.SeedOnly.ValueBool()
	if composes {
		foreseen.AddWarning("The file gets its composed name", p.subject().detail(errRaw))
	}
	writes := writes(p.prior, &p.plan)
	p.plan.CommitMessage = p.message(writes)
	if !writes {
		p.plan.CommitID = p.prior.CommitID
		if composes {
			p.plan.CommitID = types.StringUnknown()
			return foreseen
		}
		if p.session.Owners().Threatened(ctx, p.plan.location(), []string{p.plan.Path.ValueString()}) {
			p.plan.CommitID = types.StringUnknown()
		}
		return foreseen
	}
	if p.prior != nil && !p.plan.Path.Equal(p.prior.Path) {
		p.session.AnnounceRemoval(ctx, p.prior.location(), p.prior.Path.ValueString())
		p.leave(p.prior.blobs(), p.prior.Path.ValueString())
	}
	p.plan.CommitID = types.StringUnknown()
	if err == nil {
		foreseen.Append(p.checkRemote(ctx, it, want)...)
	}
	if p.stages {
		if p.target.Branch != nil && known(p.plan.Path) {
			noteContents(p.session, p.target, []*item{it}, func(*item) bool { return p.isSecret() })
		}
		p.plan.CommitID = types.StringNull()
		p.session.Owners().RecordPlan()
		return foreseen
	}
	if known(p.plan.Path) {
		p.announce(p.target.Path, foreseen)
	}
	return foreseen
}

// unmade reports whether the file was staged and never committed.
func (p *filePlan) unmade(ctx context.Context) bool {
	if p.prior == nil || !p.plan.Path.Equal(p.prior.Path) {
		return false
	}
	unmade, err := p.hints.unmade(ctx, p.target, p.prior.blobs())
	return err == nil && len(unmade) > 0
}

// writes reports whether a plan, whose computed values are set, changes the branch, or may do so.
func writes(prior, plan *fileModel) bool {
	switch {
	case prior == nil || !plan.Path.Equal(prior.Path):
		return true
	case plan.SeedOnly.ValueBool() && !plan.SeedOnly.IsUnknown():
		return false // it was written or adopted, and is others' now
	}
	return !plan.BlobID.Equal(prior.BlobID) || !plan.Mode.Equal(prior.Mode)
}

// message is the planned commit_message.
func (p *filePlan) message(writes bool) types.String {
	return plannedMessage(p.config.CommitMessage, p.before().CommitMessage, writes)
}

// before is the prior state; without values for a creation.
func (p *filePlan) before() *fileModel {
	if p.prior == nil {
		return new(fileModel)
	}
	return p.prior
}

// checkEntry refuses a path that this mode may not have: .gitmodules as a symbolic link.
func (p *filePlan) checkEntry() error {
	if !known(p.plan.Path) || !known(p.plan.Mode) {
		return nil
	}
	return gitobj.ValidateEntry(p.plan.Path.ValueString(), p.plan.mode())
}

// wanted is the planned content of the file.
type wanted struct {
	content content
	known   bool // content is
	blob    types.String
	size    types.Int64
}

// item is the planned file, with the blob of the plan.
func (w *wanted) item(plan *fileModel) item {
	it := item{path: plan.Path.ValueString(), mode: plan.mode(), blob: plan.blob()}
	if w.known {
		it.content = w.content
	}
	return it
}

// want finds the planned content, blob and size.
func (p *filePlan) want(ctx context.Context) (w wanted, err error) {
	w.blob, w.size = types.StringUnknown(), types.Int64Unknown()
	if p.plan.SeedOnly.IsUnknown() || p.plan.SeedOnly.ValueBool() {
		return p.wantSeed(w), nil
	}
	if !p.config.ContentWO.IsNull() {
		return p.wantWriteOnly(w)
	}
	if w.content, w.known, err = p.plan.content(ctx, types.StringNull(), p.session.ContentLimit()); err != nil {
		return w, err
	}
	format, err := p.format(ctx, p.formatInState())
	if p.plan.keepsContent(p.prior) && (format == 0 || format == p.prior.blob().Format()) {
		w.blob, w.size = p.prior.BlobID, p.prior.Size
		return w, err
	}
	if !w.known {
		return w, err
	}
	w.size = types.Int64Value(w.content.Size())
	if err != nil || format == 0 {
		return w, err
	}
	id, err := w.content.blobID(ctx, format)
	if err != nil {
		return w, err
	}
	w.blob = types.StringValue(id.String())
	return w, nil
}

// wantWriteOnly keeps the blob in state while the version is the same and the branch still holds
// the blob that was written. It is never computed: the value may be another when the plan is
// applied.
func (p *filePlan) wantWriteOnly(w wanted) (wanted, error) {
	if p.prior == nil || !p.plan.ContentWOVersion.Equal(p.prior.ContentWOVersion) || !p.plan.LineEndings.Equal(p.prior.LineEndings) {
		return w, nil
	}
	if blob, ok := p.hints.wrote[p.prior.Path.ValueString()]; ok && blob == p.prior.blob() {
		w.blob, w.size = p.prior.BlobID, p.prior.Size
	}
	return w, nil
}

// formatInState is the object format of the blob in state; 0 where there is none, or where the path
// is new to the resource: the branch is looked at then anyway.
func (p *filePlan) formatInState() gitobj.Format {
	if p.target.Branch != nil && !p.plan.Path.Equal(p.before().Path) {
		return 0
	}
	return p.before().blob().Format()
}

// checkRemote refuses a change that the branch, as it is now, does not take.
func (p *filePlan) checkRemote(ctx context.Context, it *item, want wanted) diag.Diagnostics {
	if p.target.Branch == nil || !known(p.plan.Path) || !known(p.plan.Mode) {
		return nil
	}
	if p.prior != nil && p.plan.Path.Equal(p.prior.Path) {
		if p.hints.plainly(p.target.Path, p.prior.blob()) || !want.known || want.blob.Equal(p.prior.BlobID) {
			return nil // the file there is this resource's own work, or stays
		}
		return p.report(guardLFS(ctx, p.target.Branch, p.prior.entry(), p.prior.Size, &p.plan, want.content.isLFSPointer))
	}
	overwrites := p.plan.OverwriteOnCreate
	found, diags := p.checkNew(ctx, []*item{it}, creation{
		leaves: p.plan.SeedOnly.ValueBool() || p.plan.SeedOnly.IsUnknown(), overwrites: overwrites.ValueBool() || overwrites.IsUnknown(),
	})
	if len(found) == 0 || diags.HasError() || !overwrites.ValueBool() || p.plan.SeedOnly.ValueBool() || p.plan.SeedOnly.IsUnknown() {
		return diags
	}
	have := found[0]
	switch {
	case !have.Mode.IsFile(), it.blob.IsZero(), have.ID == it.blob && have.Mode == it.mode:
		return diags
	case p.creates() && p.session.Owners().Replaced(p.plan.location(), have, it.blob):
		return diags
	}
	pointer := want.content.isLFSPointer
	if !want.known {
		pointer = p.hints.pointer(p.before().Path.ValueString())
	}
	return append(diags, p.report(guardLFS(ctx, p.target.Branch, have, types.Int64Null(), &p.plan, pointer))...)
}

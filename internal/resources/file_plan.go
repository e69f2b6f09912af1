package resources

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// ModifyPlan gives every computed attribute its planned value: from state when nothing that matters
// changed, known when it can be computed, unknown otherwise. It refuses what the branch will not
// take, as far as that can be known now.
//
// Terraform calls it in the process that plans and, with the same arguments but for what was
// unknown, in the one that applies. A destroy needs no plan.
func (r *fileResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.session.warn(&resp.Diagnostics)
	defer r.session.begin()()
	if req.Plan.Raw.IsNull() {
		r.planRemoval(ctx, req, resp)
		return
	}
	p := filePlan{session: r.session}
	resp.Diagnostics.Append(req.Config.Get(ctx, &p.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &p.plan)...)
	if !req.State.Raw.IsNull() {
		p.prior = new(fileModel)
		resp.Diagnostics.Append(req.State.Get(ctx, p.prior)...)
	}
	p.hints = loadHints(ctx, req.Private, p.before().Path.ValueString(), &resp.Diagnostics)
	var diags diag.Diagnostics
	p.blind, diags = req.Private.GetKey(ctx, blindKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(p.make(ctx)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if p.relocation.replaces() {
		resp.RequiresReplace.Append(p.relocation.at...)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &p.plan)...)
	if p.prior == nil {
		var returns returning
		if id := p.plan.identity(); known(id.Repository) && known(id.Branch) && known(id.Path) && known(p.plan.BlobID) && known(p.plan.Mode) {
			returns.add(p.plan.place(), p.plan.Path.ValueString(), p.plan.blob(), p.plan.mode())
		}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, returnsKey, returns.encode())...)
		if r.session.stages(&p.plan) {
			resp.Diagnostics.Append(resp.Private.SetKey(ctx, fateKey, r.session.fateOfReplaced())...)
		}
	}
	if id := p.plan.identity(); resp.Identity != nil && known(id.Repository) && known(id.Branch) && known(id.Path) {
		resp.Diagnostics.Append(resp.Identity.Set(ctx, id)...)
	}
}

// filePlan is the making of one plan.
type filePlan struct {
	session *Session
	config  fileModel
	plan    fileModel  // what Terraform proposes, and what becomes of it
	prior   *fileModel // nil for a creation
	hints   hints

	target     target // its branch is nil while no remote can or need be asked
	relocation relocation
	blind      []byte // private state of blindKey
}

func (p *filePlan) make(ctx context.Context) diag.Diagnostics {
	if diags := p.resolve(ctx); diags.HasError() {
		return diags
	}
	p.plan.setID()
	left, diags := p.relocate(ctx)
	if diags.HasError() {
		return diags
	}
	return append(left, p.makeThere(ctx)...)
}

// relocate finds out whether the file is to be elsewhere than it was.
func (p *filePlan) relocate(ctx context.Context) (warnings, errs diag.Diagnostics) {
	if p.prior == nil {
		return nil, nil
	}
	planned, prior := p.plan.whereabouts(), p.prior.whereabouts()
	p.relocation = p.session.relocate(ctx, planned, prior, p.target, map[string]gitobj.ID{p.prior.Path.ValueString(): p.prior.blob()})
	if errs := p.relocation.checkBlind(p.blind, planned, prior); errs.HasError() {
		return nil, errs
	}
	if err := p.session.unreadAt(prior, p.prior.Path.ValueString()); err != nil && len(p.relocation.at) == 0 {
		return nil, subject{verb: "read", place: p.prior.place()}.report(err)
	}
	return p.relocation.warnLeft(p.subject()), nil
}

// makeThere plans the file at its planned repository and branch.
func (p *filePlan) makeThere(ctx context.Context) diag.Diagnostics {
	if p.relocation.replaces() {
		// Terraform asks again for the creation that a replacement ends in.
		p.plan.BlobID, p.plan.Size, p.plan.CommitID = types.StringUnknown(), types.Int64Unknown(), types.StringUnknown()
		p.plan.CommitMessage = p.message(true)
		p.session.announceRemoval(ctx, p.prior.place(), p.prior.Path.ValueString())
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

	foreseen.Append(p.claim()...)
	if foreseen.HasError() {
		return foreseen
	}
	composes := p.prior != nil && p.hints.raw[p.prior.Path.ValueString()] != "" && !p.plan.SeedOnly.ValueBool()
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
		if p.session.threatened(ctx, p.plan.place(), []string{p.plan.Path.ValueString()}) {
			p.plan.CommitID = types.StringUnknown()
		}
		return foreseen
	}
	if p.prior != nil && !p.plan.Path.Equal(p.prior.Path) {
		p.session.announceRemoval(ctx, p.prior.place(), p.prior.Path.ValueString())
		p.session.board().Leave(p.plan.place().spot(), p.prior.Path.ValueString(), p.prior.BlobID.ValueString())
	}
	p.plan.CommitID = types.StringUnknown()
	diags := foreseen
	if err == nil {
		diags.Append(p.checkRemote(ctx, want)...)
	}
	if p.session.stages(&p.plan) {
		p.plan.CommitID = types.StringNull()
		p.session.entrust()
		return diags
	}
	if p.target.branch != nil && known(p.plan.Path) && !diags.HasError() {
		// In the process that applies, Terraform plans each change once more just before: the batch
		// waits for it. In a process that only plans, nothing waits for anything.
		p.target.branch.Announce(p.target.path)
	}
	return diags
}

// unmade reports whether the file was staged and never committed.
func (p *filePlan) unmade(ctx context.Context) bool {
	if p.prior == nil || !p.plan.Path.Equal(p.prior.Path) {
		return false
	}
	unmade, err := p.hints.unmade(ctx, p.target, p.prior.blobs())
	return err == nil && len(unmade) > 0
}

// claim tells the others of the run that the path is this resource's.
func (p *filePlan) claim() diag.Diagnostics {
	if !known(p.plan.Repository) || !known(p.plan.Branch) || !known(p.plan.Path) {
		return nil
	}
	token := ""
	if p.prior != nil {
		token = cmp.Or(p.hints.token, "of a former version")
	}
	path := p.plan.Path.ValueString()
	p.session.board().Claim(p.plan.place().spot(), token, map[string]string{path: p.plan.BlobID.ValueString()})
	return p.session.owners(p.subject(), []string{path}, p.prior == nil)
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

// resolve fills in repository and branch.
func (p *filePlan) resolve(ctx context.Context) diag.Diagnostics {
	about := func(at place) reporter { return subject{verb: "plan", place: at} }
	at, t, diags := p.session.resolve(ctx, p.plan.Path.ValueString(), about, p.config.whereabouts(), p.before().whereabouts())
	p.plan.Repository, p.plan.Branch, p.target = at.repository, at.branch, t
	return diags
}

// checkEntry refuses a path that this mode may not have: .gitmodules as a symbolic link.
func (p *filePlan) checkEntry() error {
	if !known(p.plan.Path) || !known(p.plan.Mode) {
		return nil
	}
	return gitobj.ValidateEntry(p.plan.Path.ValueString(), p.plan.mode())
}

// wanted is what the file is to hold.
type wanted struct {
	content content
	known   bool // content is
	blob    types.String
	size    types.Int64
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
	if w.content, w.known, err = p.plan.content(ctx, types.StringNull(), p.session.maxObjectSize()); err != nil {
		return w, err
	}
	format, err := p.format(ctx)
	if p.plan.keepsContent(p.prior) && (format == 0 || format == p.prior.blob().Format()) {
		w.blob, w.size = p.prior.BlobID, p.prior.Size
		return w, err
	}
	if !w.known {
		return w, err
	}
	w.size = types.Int64Value(w.content.size)
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
// what was written. It is never computed: the value may be another one when the plan is applied.
func (p *filePlan) wantWriteOnly(w wanted) (wanted, error) {
	if p.prior == nil || !p.plan.ContentWOVersion.Equal(p.prior.ContentWOVersion) || !p.plan.LineEndings.Equal(p.prior.LineEndings) {
		return w, nil
	}
	if blob, ok := p.hints.wrote[p.prior.Path.ValueString()]; ok && blob == p.prior.blob() {
		w.blob, w.size = p.prior.BlobID, p.prior.Size
	}
	return w, nil
}

// format is the object format of the repository; 0 while it cannot be known. A refresh puts it into
// state, with the blob that it finds: only a path that is new to the resource takes a look at the
// branch, which is looked at then anyway.
func (p *filePlan) format(ctx context.Context) (gitobj.Format, error) {
	if f := p.before().blob().Format(); f != 0 && (p.target.branch == nil || p.plan.Path.Equal(p.prior.Path)) {
		return f, nil
	}
	if p.target.branch == nil {
		return 0, nil
	}
	return formatOf(ctx, p.target.branch)
}

func (p *filePlan) subject() subject {
	return subject{verb: "plan", place: p.plan.place()}
}

// report is the error or warning that err is for a plan of this file.
func (p *filePlan) report(err error) diag.Diagnostics {
	return p.subject().foresee(err, p.prior != nil || p.session.wasRead(p.plan.place()))
}

// checkRemote refuses a change that the branch, as it is now, does not take.
func (p *filePlan) checkRemote(ctx context.Context, want wanted) diag.Diagnostics {
	if p.target.branch == nil || !known(p.plan.Path) || !known(p.plan.Mode) {
		return nil
	}
	s := p.subject()
	if p.prior != nil && p.plan.Path.Equal(p.prior.Path) {
		if p.hints.plainly(p.target.path, p.prior.blob()) || !want.known || want.blob.Equal(p.prior.BlobID) {
			return nil // what is there is this resource's own work, or stays
		}
		return p.report(guardLFS(ctx, p.target.branch, p.prior.entry(), p.prior.Size, &p.plan, want.content.isLFSPointer))
	}
	have, err := p.target.branch.Lookup(ctx, p.plan.Path.ValueString())
	switch {
	case err != nil:
		return p.report(err)
	case have.IsDir():
		return p.report(&dirError{p.plan.Path.ValueString()})
	case !have.Exists():
		return p.warnPlain(ctx, want)
	case p.plan.SeedOnly.ValueBool() || p.plan.SeedOnly.IsUnknown() || p.plan.OverwriteOnCreate.IsUnknown():
		return nil
	case have.Mode.IsSubmodule():
		return p.report(fmt.Errorf("%w (it is at commit %s)", errSubmodule, have.ID))
	case !known(want.blob):
		return nil
	case have.ID.String() == want.blob.ValueString() && have.Mode == p.plan.mode():
		return nil // adopted
	case p.prior == nil && p.session.replaced(p.plan.place(), have, p.plan.blob()):
		return nil
	case !p.plan.OverwriteOnCreate.ValueBool() && p.session.givenUp(ctx, p.plan.place(), have, true):
		return nil
	case !p.plan.OverwriteOnCreate.ValueBool():
		exists := &existsError{about: s}
		exists.add(have, gitread.Entry{Path: have.Path, ID: idOf(want.blob), Mode: p.plan.mode()})
		return s.report(exists)
	}
	pointer := want.content.isLFSPointer
	if !want.known {
		pointer = p.hints.pointer(p.before().Path.ValueString())
	}
	return p.report(guardLFS(ctx, p.target.branch, have, types.Int64Null(), &p.plan, pointer))
}

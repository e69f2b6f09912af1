package resources

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// model is a nanogit_file or a nanogit_files in configuration, plan or state.
type model interface {
	identified
	// subject is the resource as diagnostics of an operation name it.
	subject(verb string) subject
	branchAttributes() branchAttributes
	// setBranchAttributes sets repository and branch.
	setBranchAttributes(at branchAttributes)
	// blobs are the blob ids by path, as far as they are known.
	blobs() map[string]gitobj.ID
}

var (
	_ model = (*fileModel)(nil)
	_ model = (*filesModel)(nil)
)

// planning is the making of a plan, as far as it is the same for a nanogit_file and a
// nanogit_files: for a set of files of one branch.
type planning struct {
	session *session.Session
	models  struct {
		config model
		plan   model   // Terraform's proposal, which becomes the plan
		prior  movable // nil for a creation
	}
	hints      hints
	stages     bool   // the changes will wait for a nanogit_commit
	urlUnknown []byte // private state of urlUnknownKey

	target     session.Target // its branch is nil while no remote can or need be asked
	relocation relocation
	returns    returning
}

// planner is the part of a plan that is another for a nanogit_file than for a nanogit_files.
type planner interface {
	// prepare fills in the computed attributes, once repository and branch are planned.
	prepare()
	// makeThere plans the files at their planned repository and branch.
	makeThere(ctx context.Context) diag.Diagnostics
}

// run makes the plan. The models are where those of the request go.
func (p *planning) run(ctx context.Context, of planner, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	resp.Diagnostics.Append(p.read(ctx, req)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(p.resolve(ctx)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(p.place(ctx, req.Private)...); resp.Diagnostics.HasError() {
		return
	}
	of.prepare()
	left, diags := p.relocate(ctx)
	if !diags.HasError() {
		diags = append(left, of.makeThere(ctx)...)
	}
	resp.Diagnostics.Append(diags...)
	if !resp.Diagnostics.HasError() {
		p.answer(ctx, resp)
	}
}

// read takes models and private state from a request.
func (p *planning) read(ctx context.Context, req resource.ModifyPlanRequest) (diags diag.Diagnostics) {
	diags.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), p.models.config)...)
	diags.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), p.models.plan)...)
	path := ""
	if !p.creates() {
		diags.Append(tfmodel.Get(ctx, req.State, p.models.prior)...)
		path = p.models.prior.subject("plan").location.Path
	}
	p.hints = loadHints(ctx, req.Private, path, &diags)
	var more diag.Diagnostics
	p.urlUnknown, more = req.Private.GetKey(ctx, urlUnknownKey)
	return append(diags, more...)
}

// answer puts the plan into a response.
func (p *planning) answer(ctx context.Context, resp *resource.ModifyPlanResponse) {
	if p.relocation.replaces() {
		resp.RequiresReplace.Append(p.relocation.at...)
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, (*tfsdk.State)(&resp.Plan), p.models.plan)...)
	if !p.creates() {
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, returnsKey, p.returns.encode())...)
	if p.stages {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, fateKey, p.session.Owners().FateOfReplaced())...)
	}
}

func (p *planning) creates() bool { return p.models.prior == nil }

// priorBlobs are the blobs in state; none for a creation.
func (p *planning) priorBlobs() map[string]gitobj.ID {
	if p.creates() {
		return nil
	}
	return p.models.prior.blobs()
}

func (p *planning) subject() subject { return p.models.plan.subject("plan") }

// report is the error or warning that err is for this plan.
func (p *planning) report(err error) diag.Diagnostics {
	s := p.subject()
	return s.foresee(err, !p.creates() || !s.many && p.session.Refreshes().WasEmpty(s.location))
}

// resolve fills in repository and branch.
func (p *planning) resolve(ctx context.Context) diag.Diagnostics {
	var before branchAttributes
	if !p.creates() {
		before = p.models.prior.branchAttributes()
	}
	s := p.subject()
	about := func(at session.Location) reporter { s.location = at; return s }
	at, t, diags := resolve(ctx, p.session, s.location.Path, about, p.models.config.branchAttributes(), before)
	p.models.plan.setBranchAttributes(at)
	planID[identified](p.session, p.models.plan, p.models.prior, p.creates())
	p.target = t
	return diags
}

// place completes the state of a resource that a moved block brought here, where no refresh did.
func (p *planning) place(ctx context.Context, private privateReader) (diags diag.Diagnostics) {
	if p.creates() || !unplaced(p.models.prior) {
		return nil
	}
	from := loadMoved(ctx, private, &diags)
	drifted, err := from.place(ctx, p.session, p.models.plan.branchAttributes(), p.target, p.models.prior, &p.hints)
	if drifted.n > 0 {
		diags.AddWarning("The branch differs from the moved state", p.subject().detail(fmt.Errorf("somebody changed or removed files since the other provider's last refresh, "+
			"and the state of this plan does not show it. The apply writes them as they are configured:%s", &drifted)))
	}
	return append(diags, p.subject().report(err)...)
}

// relocate finds out whether the files are to be elsewhere than they were.
func (p *planning) relocate(ctx context.Context) (warnings, errs diag.Diagnostics) {
	if p.creates() {
		return nil, nil
	}
	planned, prior := p.models.plan.branchAttributes(), p.models.prior.branchAttributes()
	s := p.models.prior.subject("read")
	p.relocation = relocate(ctx, p.session, planned, prior, p.target, p.priorBlobs())
	if errs := p.relocation.checkURL(p.urlUnknown, planned, prior); errs.HasError() {
		return nil, errs
	}
	if err := p.session.Refreshes().Unread(prior.at(s.location.Path)); err != nil && len(p.relocation.at) == 0 {
		return nil, s.report(err)
	}
	return p.relocation.warnLeft(p.subject()), nil
}

// format is the object format of the repository; 0 while it cannot be known. A refresh puts it into
// state, with the blobs that it finds: state is the format in state, 0 where the branch is to be
// asked.
func (p *planning) format(ctx context.Context, state gitobj.Format) (gitobj.Format, error) {
	if state != 0 || p.target.Branch == nil {
		return state, nil
	}
	if _, err := p.target.Branch.Head(ctx); err != nil { // a branch that can be written to
		return 0, err
	}
	return p.target.Branch.Format(ctx)
}

// formatIn is the object format of blobs; 0 of none.
func formatIn(blobs map[string]gitobj.ID) gitobj.Format {
	for _, id := range blobs {
		return id.Format()
	}
	return 0
}

// located reports whether repository and branch are known.
func (p *planning) located() bool {
	at := p.models.plan.branchAttributes()
	return known(at.repository) && known(at.branch)
}

// claim tells the others of the run which paths are this resource's.
func (p *planning) claim(items []item) diag.Diagnostics {
	if !p.located() {
		return nil
	}
	s, token := p.subject(), ""
	if !p.creates() {
		token = cmp.Or(p.hints.token, "of a former version")
	}
	at := s.location.OnBoard()
	blobs := make(map[string]string, len(items))
	for i := range items {
		blobs[items[i].path] = ""
		if id := items[i].blob; !id.IsZero() {
			blobs[items[i].path] = id.String()
		}
	}
	p.session.Owners().Board.Claim(at, token, blobs)
	return s.owners(p.session.Owners(), pathsOf(items), p.creates())
}

// leave tells the others of the run which paths this resource gives up, of those with blobs in
// prior.
func (p *planning) leave(prior map[string]gitobj.ID, gone ...string) {
	for _, path := range gone {
		text := ""
		if id := prior[path]; !id.IsZero() {
			text = id.String()
		}
		p.session.Owners().Board.Leave(p.subject().location.OnBoard(), path, text)
	}
}

func pathsOf(items []item) []string {
	paths := make([]string, len(items))
	for i := range items {
		paths[i] = items[i].path
	}
	return paths
}

// recordReturns records the files that a creation makes, for the deletion that may be the other
// half of a replacement.
func (p *planning) recordReturns(items []item) {
	if !p.creates() || !p.located() {
		return
	}
	for i := range items {
		p.returns.add(p.subject().location, items[i].path, items[i].blob, items[i].mode)
	}
}

// announce tells the batch of the branch that a change comes. In the process that applies,
// Terraform plans each change once more just before: the batch waits for it. In a process that only
// plans, nothing waits for anything.
func (p *planning) announce(key string, diags diag.Diagnostics) {
	if p.target.Branch != nil && !p.stages && !diags.HasError() {
		p.target.Branch.Announce(key)
	}
}

// checkNew refuses paths that are new to this resource and that the branch holds already, as
// something else. It returns the entries that the branch has there, at the indices of the items;
// nil when it cannot be asked.
func (p *planning) checkNew(ctx context.Context, fresh []*item, c creation) ([]gitread.Entry, diag.Diagnostics) {
	s := p.subject()
	paths := make([]string, len(fresh))
	for i, it := range fresh {
		paths[i] = it.path
	}
	found, blocked, err := p.target.Branch.LookupAll(ctx, paths)
	if err != nil {
		return nil, p.report(err)
	}
	var inTheWay, submodules pathList
	exists := &existsError{about: s}
	for i, have := range found {
		switch it := fresh[i]; {
		case blocked != nil && blocked[i] != nil:
			inTheWay.add(blocked[i].Error(), blocked[i])
		case have.IsDir():
			err := s.notAFile(have)
			inTheWay.add(err.Error(), err)
		case !have.Exists() || c.leaves:
		case have.Mode.IsSubmodule(): // nobody's file, so that nothing will make it go away
			err := s.notAFile(have)
			submodules.add(err.Error(), err)
		case it.blob.IsZero() || c.overwrites || have.ID == it.blob && have.Mode == it.mode:
		case p.creates() && p.session.Owners().Replaced(s.location, have, it.blob):
		case !p.session.Owners().GivenUp(ctx, s.location, have, !s.many):
			exists.add(have, gitread.Entry{Path: it.path, ID: it.blob, Mode: it.mode})
		}
	}
	diags := p.warnPlain(ctx, fresh, found, blocked)
	if exists.paths.n > 0 {
		diags.Append(s.report(exists)...)
	}
	if submodules.n > 0 {
		diags.Append(p.report(s.blocked(submodules))...)
	}
	switch {
	case inTheWay.n > 0 && s.many:
		diags.Append(s.reportPlanned(s.blocked(inTheWay))...)
	case inTheWay.n > 0:
		diags.Append(p.report(s.blocked(inTheWay))...)
	}
	return found, diags
}

// creation is how a plan treats files that are at new paths already.
type creation struct {
	leaves     bool // it may leave them to others
	overwrites bool // it overwrites them, or may do so
}

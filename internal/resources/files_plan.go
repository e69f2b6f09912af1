package resources

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// ModifyPlan gives every computed attribute its planned value and refuses what the branch will not
// take. It hashes every file that is wanted, so that blob_ids differs from state at just the paths
// that will change.
func (r *filesResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.session.warn(&resp.Diagnostics)
	defer r.session.begin()()
	if req.Plan.Raw.IsNull() {
		r.planRemoval(ctx, req, resp)
		return
	}
	p := filesPlan{session: r.session}
	resp.Diagnostics.Append(req.Config.Get(ctx, &p.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &p.plan)...)
	if !req.State.Raw.IsNull() {
		p.prior = new(filesModel)
		resp.Diagnostics.Append(req.State.Get(ctx, p.prior)...)
	}
	p.hints = loadHints(ctx, req.Private, "", &resp.Diagnostics)
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
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, returnsKey, p.returns.encode())...)
		if r.session.explicit(p.plan.CommitMode) {
			resp.Diagnostics.Append(resp.Private.SetKey(ctx, fateKey, r.session.fateOfReplaced())...)
		}
	}
}

// filesPlan is the making of one plan.
type filesPlan struct {
	session *Session
	config  filesModel
	plan    filesModel  // what Terraform proposes, and what becomes of it
	prior   *filesModel // nil for a creation
	hints   hints
	stages  bool // the changes will wait for a nanogit_commit

	target     target // its branch is nil while no remote can or need be asked
	relocation relocation
	blind      []byte // private state of blindKey
	returns    returning
}

func (p *filesPlan) make(ctx context.Context) diag.Diagnostics {
	before := p.before()
	about := func(at place) reporter { return subject{verb: "plan", place: at, many: true} }
	at, t, diags := p.session.resolve(ctx, p.plan.Prefix.ValueString(), about, p.config.whereabouts(), before.whereabouts())
	p.plan.Repository, p.plan.Branch, p.target = at.repository, at.branch, t
	if diags.HasError() {
		return diags
	}
	p.plan.setID()
	if p.session != nil && p.session.WriteOnly {
		p.plan.spellOutUnknown()
	}
	if p.prior != nil {
		p.plan.keepSpelling(p.prior)
	}
	p.plan.BlobIDs, p.stages = types.MapUnknown(types.StringType), p.session.explicit(p.plan.CommitMode)
	p.plan.setUnmade(p.stages)
	p.plan.CommitMessage = plannedMessage(p.config.CommitMessage, before.CommitMessage, true)
	left, diags := p.relocate(ctx)
	if diags.HasError() {
		return diags
	}
	return append(left, p.makeThere(ctx)...)
}

// relocate finds out whether the files are to be elsewhere than they were.
func (p *filesPlan) relocate(ctx context.Context) (warnings, errs diag.Diagnostics) {
	if p.prior == nil {
		return nil, nil
	}
	planned, prior := p.plan.whereabouts(), p.prior.whereabouts()
	p.relocation = p.session.relocate(ctx, planned, prior, p.target, p.prior.blobs())
	if errs := p.relocation.checkBlind(p.blind, planned, prior); errs.HasError() {
		return nil, errs
	}
	if err := p.session.unreadAt(prior, p.prior.Prefix.ValueString()); err != nil && len(p.relocation.at) == 0 {
		return nil, p.prior.subject("read").report(err)
	}
	return p.relocation.warnLeft(p.subject()), nil
}

// makeThere plans the files at their planned repository and branch.
func (p *filesPlan) makeThere(ctx context.Context) diag.Diagnostics {
	if p.relocation.replaces() {
		if p.prior.OnDestroy.ValueString() != onDestroyKeep {
			p.session.announceRemoval(ctx, p.prior.place(), compare(nil, p.prior.blobs(), p.hints, false).gone...)
		}
		return nil // Terraform asks again for the creation that the replacement ends in
	}
	// What the plan has filled in is the configuration with its defaults.
	items, ok, err := p.plan.items(ctx, p.config.Files, p.session.maxObjectSize())
	if err != nil {
		return p.report(err)
	}
	if p.target.branch != nil {
		for _, it := range items {
			p.target.branch.Anticipate(it.path)
		}
	}
	format, err := p.format(ctx)
	if err != nil || !ok || format == 0 {
		return p.report(err)
	}
	if err := hashItems(ctx, items, format); err != nil {
		return p.subject().report(err)
	}
	p.keepBlind(items)
	return p.show(ctx, items)
}

// keepBlind keeps the blobs that were made of write-only contents, as long as nothing of their
// elements changed, their content_wo_version above all, and the branch still holds them.
func (p *filesPlan) keepBlind(items []item) {
	if p.prior == nil {
		return
	}
	blobs, was, is := p.prior.blobs(), p.prior.Files.Elements(), p.plan.Files.Elements()
	for i := range items {
		it := &items[i]
		key := p.plan.rel(it.path)
		if blob, ok := p.hints.wrote[it.path]; it.blind && ok && blob == blobs[it.path] && is[key] != nil && is[key].Equal(was[key]) {
			it.blob = blob
		}
	}
}

// show sets what the plan promises and looks at the branch.
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
	if p.prior == nil && known(p.plan.Repository) && known(p.plan.Branch) {
		for i := range items {
			p.returns.add(p.plan.place(), items[i].path, items[i].blob, items[i].mode)
		}
	}
	d := compare(items, prior, p.hints, p.plan.mirrors())
	var others []gitread.Entry
	diags.Append(p.claim(items, d.gone)...)
	if p.target.branch != nil {
		var err error
		if others, err = strangers(ctx, p.target.branch, &p.plan, p.prior, items); err != nil {
			return p.report(err)
		}
		diags.Append(p.subject().warnOfRemoval(others)...)
		diags.Append(p.checkNew(ctx, items, d, prior)...)
	}
	if len(items) == 0 && !p.plan.SourceDir.IsNull() {
		diags.AddAttributeWarning(atSourceDir, "No file matches", sentence("no file of "+p.plan.SourceDir.ValueString()+" is meant: check source_dir, include and exclude"))
	}
	if p.prior != nil && d.empty() && len(others) == 0 {
		p.plan.CommitID = before.CommitID
		if p.session.threatened(ctx, p.plan.place(), pathsOf(items)) {
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
	p.announceRemovals(items, d.gone)
	if p.stages || len(d.gone) > 0 {
		p.session.entrust()
	}
	if p.target.branch != nil && !p.stages && !diags.HasError() {
		// In the process that applies, Terraform plans each change once more just before: the batch
		// waits for it.
		p.target.branch.Announce(announceKey(&p.plan, items))
	}
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

// claim tells the others of the run which paths are this resource's, and which it gives up.
func (p *filesPlan) claim(items []item, gone []string) diag.Diagnostics {
	if !known(p.plan.Repository) || !known(p.plan.Branch) {
		return nil
	}
	at, token := p.plan.place().spot(), ""
	if p.prior != nil {
		token = cmp.Or(p.hints.token, "of a former version")
	}
	blobs := make(map[string]string, len(items))
	for i := range items {
		blobs[items[i].path] = ""
		if id := items[i].blob; !id.IsZero() {
			blobs[items[i].path] = id.String()
		}
	}
	board, prior := p.session.board(), p.prior.blobs()
	board.Claim(at, token, blobs)
	for _, path := range gone {
		board.Leave(at, path, prior[path].String())
	}
	diags := p.session.owners(p.subject(), pathsOf(items), p.prior == nil)
	if p.plan.mirrors() {
		diags.Append(p.session.warnOfMirrored(p.subject(), pathsOf(items))...)
	}
	return diags
}

func pathsOf(items []item) []string {
	paths := make([]string, len(items))
	for i := range items {
		paths[i] = items[i].path
	}
	return paths
}

// announceKey tells the announcement of one resource from all others of its branch.
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

// report is the error or warning that err is for a plan of these files.
func (p *filesPlan) report(err error) diag.Diagnostics {
	return p.subject().foresee(err, p.prior != nil)
}

func (p *filesPlan) subject() subject { return p.plan.subject("plan") }

// format is the object format of the repository; 0 while it cannot be known. A refresh puts it into
// state, with the blobs that it finds.
func (p *filesPlan) format(ctx context.Context) (gitobj.Format, error) {
	for _, id := range p.prior.blobs() {
		return id.Format(), nil
	}
	if p.target.branch == nil {
		return 0, nil
	}
	return formatOf(ctx, p.target.branch)
}

// checkNew refuses paths that are new to this resource and that the branch holds already, as
// something else.
func (p *filesPlan) checkNew(ctx context.Context, items []item, d difference, prior map[string]gitobj.ID) diag.Diagnostics {
	var paths []string
	var fresh []*item
	for _, i := range d.puts {
		if _, ok := prior[items[i].path]; !ok {
			fresh = append(fresh, &items[i])
			paths = append(paths, items[i].path)
		}
	}
	s := p.subject()
	found, blocked, err := p.target.branch.LookupAll(ctx, paths)
	if err != nil {
		return p.report(err)
	}
	var inTheWay, submodules pathList
	exists := &existsError{about: s}
	for i, have := range found {
		switch it := fresh[i]; {
		case blocked != nil && blocked[i] != nil:
			inTheWay.add(blocked[i].Error(), blocked[i])
		case have.IsDir():
			err := &gitobj.ObstacleError{Path: have.Path, At: have.Path, Mode: have.Mode}
			inTheWay.add(err.Error(), err)
		case have.Mode.IsSubmodule(): // nobody's file, so that nothing will make it go away
			err := &gitobj.ObstacleError{Path: have.Path, At: have.Path, Mode: have.Mode}
			submodules.add(err.Error(), err)
		case !have.Exists() || it.blob.IsZero() || p.plan.OverwriteOnCreate.ValueBool() || p.plan.OverwriteOnCreate.IsUnknown():
		case have.ID != it.blob || have.Mode != it.mode:
			replaced := p.prior == nil && p.session.replaced(p.plan.place(), have, it.blob)
			if !replaced && !p.session.givenUp(ctx, p.plan.place(), have, false) {
				exists.add(have, gitread.Entry{Path: it.path, ID: it.blob, Mode: it.mode})
			}
		}
	}
	diags := p.warnPlain(ctx, fresh, found)
	if exists.paths.n > 0 {
		diags.Append(s.report(exists)...)
	}
	if submodules.n > 0 {
		diags.Append(p.report(&blockedError{submodules})...)
	}
	if inTheWay.n > 0 {
		diags.Append(s.reportPlanned(&blockedError{inTheWay})...)
	}
	return diags
}

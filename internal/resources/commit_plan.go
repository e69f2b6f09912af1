package resources

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// ModifyPlan gives every computed attribute its planned value. Terraform calls it in the process
// that plans and again in the process that applies, where known values must come out the same: see
// changes.
func (r *commitResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Begin()()
	if req.Plan.Raw.IsNull() {
		r.planRemoval(ctx, req, resp)
		return
	}
	p := commitPlan{session: r.session}
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &p.config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &p.plan)...)
	if !req.State.Raw.IsNull() {
		p.prior = new(commitModel)
		resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, p.prior)...)
	}
	private, diags := req.Private.GetKey(ctx, owedKey)
	resp.Diagnostics.Append(diags...)
	p.urlUnknown, diags = req.Private.GetKey(ctx, urlUnknownKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if p.owed = decodeOwed(private); len(p.owed) > 0 {
		r.session.Owners().RecordPlan() // others may have the paths by now
	}
	resp.Diagnostics.Append(p.make(ctx)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if p.relocation.replaces() {
		resp.RequiresReplace.Append(p.relocation.at...)
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, (*tfsdk.State)(&resp.Plan), &p.plan)...)
	if p.prior == nil && p.plan.OnDestroy.ValueString() == onDestroyDeleteFiles {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, fateKey, r.session.Owners().FateOfReplaced())...)
	}
}

// commitPlan is the making of a plan.
type commitPlan struct {
	session *session.Session
	config  commitModel
	plan    commitModel  // Terraform's proposal, which becomes the plan
	prior   *commitModel // nil for a creation
	owed    []string     // removals of an earlier apply that were not made

	target     session.Target   // its branch is nil while no remote can or need be asked
	branch     *gitqueue.Branch // the target's
	relocation relocation
	urlUnknown []byte // private state of urlUnknownKey
}

func (p *commitPlan) make(ctx context.Context) diag.Diagnostics {
	if _, err := p.plan.named(); err != nil && !errors.Is(err, errFilesUnknown) {
		return commitSubject{"plan", p.plan.location()}.report(err) // validation accepts a mock's texts
	}
	if diags := p.resolve(ctx); diags.HasError() {
		return diags
	}
	left, diags := p.relocate(ctx)
	if diags.HasError() {
		return diags
	}
	return append(left, p.makeThere(ctx)...)
}

// relocate finds out whether the commit is to be made on another branch.
func (p *commitPlan) relocate(ctx context.Context) (warnings, errs diag.Diagnostics) {
	if p.prior == nil {
		return nil, nil
	}
	planned, prior := p.plan.branchAttributes(), p.prior.branchAttributes()
	p.relocation = relocate(ctx, p.session, planned, prior, p.target, p.prior.held())
	if errs := p.relocation.checkURL(p.urlUnknown, planned, prior); errs.HasError() {
		return nil, errs
	}
	if err := p.session.Refreshes().Unread(prior.at("")); err != nil && len(p.relocation.at) == 0 {
		return nil, commitSubject{"read", p.prior.location()}.report(err)
	}
	return p.relocation.warnLeft(subject{verb: "plan", location: p.plan.location()}), nil
}

// makeThere plans the commit of its planned repository and branch.
func (p *commitPlan) makeThere(ctx context.Context) diag.Diagnostics {
	moved := p.relocation.replaces()
	same := !moved && p.prior != nil && p.plan.Files.Equal(p.prior.Files)
	if same && p.keepsWords() {
		p.plan.Message, p.plan.Author, p.plan.Committer = p.prior.Message, p.prior.Author, p.prior.Committer
		p.plan.Trailers, p.plan.PushOptions = p.prior.Trailers, p.prior.PushOptions
	} else {
		p.plan.planWords(&p.config, p.session)
	}
	if same {
		p.plan.settle(p.prior)
		return nil
	}
	p.plan.setMade(nil, nil)
	p.plan.setChanged(nil)
	p.plan.Diff = p.plan.showsDiff()
	if moved {
		return nil // Terraform asks again for the creation that a replacement ends in
	}
	p.take()
	changed, diags := p.changes(ctx)
	p.plan.setChanged(changed)
	if err := p.planDiff(ctx, changed); err != nil {
		diags.Append(commitSubject{"plan", p.plan.location()}.report(err)...)
	}
	return diags
}

// take tells the files that are to be removed that this commit takes their removals, and the
// process that applies which changes it takes at all.
func (p *commitPlan) take() {
	records := p.session.Owners().Records
	if !known(p.plan.Repository) || !known(p.plan.Branch) {
		records.Commit(intent.Branch{})
		return
	}
	at := p.plan.location().OnBoard()
	files, err := p.plan.named()
	var gone []string
	for path := range p.prior.held() {
		if _, named := files[path]; !named || err != nil {
			gone = append(gone, path)
		}
	}
	p.session.Owners().Board.Take(at, gone...)
	if err != nil {
		records.Commit(at)
		return
	}
	taken := slices.AppendSeq(gone, maps.Keys(files))
	if p.branch != nil {
		taken = append(taken, p.branch.LeavingWith(files)...)
	}
	if len(taken) > 0 {
		records.Commit(at, taken...)
	}
}

// keepsWords reports whether the words of a plan without a commit are those of state, so that a
// change of them alone does not show. Words of an update are planned as for a commit: while files
// are not known, nobody can tell whether there will be one, and the process that applies must plan
// the same words when it can. That process plans nothing but updates, and never reads.
func (p *commitPlan) keepsWords() bool {
	updates := !p.plan.OnDestroy.Equal(p.prior.OnDestroy) || !p.plan.AllowEmpty.Equal(p.prior.AllowEmpty) || !p.plan.ShowDiff.Equal(p.prior.ShowDiff) || len(p.relocation.at) > 0
	return !updates && p.session != nil && p.session.Refreshes().HasCommit()
}

// resolve fills in repository and branch.
func (p *commitPlan) resolve(ctx context.Context) diag.Diagnostics {
	var before branchAttributes
	if p.prior != nil {
		before = p.prior.branchAttributes()
	}
	about := func(at session.Location) reporter { return commitSubject{"plan", at} }
	at, t, diags := resolve(ctx, p.session, "", about, p.config.branchAttributes(), before)
	p.plan.Repository, p.plan.Branch, p.target, p.branch = at.repository, at.branch, t, t.Branch
	return diags
}

// changes are the files that the commit will change, or nil while they are not known. The process
// that applies must find the same ones as the process that plans, though the files are staged by
// then and the branch may have moved:
//
//	path in state, with another blob    modified, from state and configuration alone
//	path new, not on the branch         added; in the apply process it is staged here
//	path new, but on the branch         unknown: adopted or overwritten
//	path no longer named                deleted, when its removal is planned or owed, and always in the apply process;
//	                                    unknown, and a warning, when nobody asks for its removal
//	path of others in a mirror          deleted, when the mirror's plan says so, which goes by state alone
func (p *commitPlan) changes(ctx context.Context) (map[string]string, diag.Diagnostics) {
	files, err := p.plan.named()
	switch {
	case errors.Is(err, errFilesUnknown):
		return nil, nil
	case err != nil:
		return nil, commitSubject{"plan", p.plan.location()}.report(err)
	case p.branch == nil:
		return nil, nil
	}
	prior := p.prior.held()
	changed := make(map[string]string)
	var fresh, gone []string
	for path, id := range files {
		switch was, named := prior[path]; {
		case !named:
			fresh = append(fresh, path)
		case was != id:
			changed[path] = gitqueue.Modified
		}
	}
	for path := range prior {
		if _, named := files[path]; !named {
			gone = append(gone, path)
			changed[path] = gitqueue.Deleted
		}
	}
	for _, path := range p.branch.LeavingWith(files) {
		changed[path] = gitqueue.Deleted
	}
	left := p.unexplained(ctx, gone)
	diags := p.warn(left)
	if len(left) > 0 || !p.absent(ctx, fresh) {
		return nil, diags
	}
	for _, path := range fresh {
		changed[path] = gitqueue.Added
	}
	return changed, diags
}

// absent reports whether the branch holds none of the paths, but for files that this process put
// there.
func (p *commitPlan) absent(ctx context.Context, paths []string) bool {
	paths = slices.DeleteFunc(slices.Clone(paths), p.branch.PutHere)
	if len(paths) == 0 {
		return true
	}
	found, _, err := p.branch.LookupAll(ctx, paths)
	return err == nil && !slices.ContainsFunc(found, gitread.Entry.Exists)
}

// unexplained are the paths whose removal no resource asks for. Only the process that plans can
// tell that: it has read the state. Terraform plans removals at the same time as the commit, so
// they are waited for as long as other plans are being made.
func (p *commitPlan) unexplained(ctx context.Context, gone []string) []string {
	gone = slices.DeleteFunc(slices.Clone(gone), func(path string) bool { return slices.Contains(p.owed, path) })
	if len(gone) == 0 || !p.session.Refreshes().HasCommit() {
		return nil
	}
	board := p.session.Owners().Board
	board.Await(ctx, board.Patience(), p.plan.location().OnBoard(), gone, func(path string, _ intent.Notice) bool {
		return len(p.branch.Unexplained(path)) == 0
	})
	return p.branch.Unexplained(gone...)
}

// warn names the paths that are left alone.
func (p *commitPlan) warn(left []string) diag.Diagnostics {
	if len(left) == 0 {
		return nil
	}
	slices.Sort(left)
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(atFiles, "Files are left on the branch",
		fmt.Sprintf("This commit named these paths and no longer does, they are on the branch, and nothing in this plan asks for their removal:\n\n  - %s\n\n"+
			"They are left alone. That is right for a file that another nanogit_commit names now, that a removed block or on_destroy = \"keep\" hands over, or that somebody else owns. "+
			"If it was to be removed, its removal was cut off in an earlier apply: remove it by hand, or bring it back with an import and remove it again.\n\nRepository: %s\nBranch:     %s",
			strings.Join(left, "\n  - "), p.plan.Repository.ValueString(), p.plan.Branch.ValueString()))}
}

// commitSubject names the commit of an operation in diagnostics; it turns errors into them.
type commitSubject struct {
	verb     string // "plan", "read", "push", "destroy"
	location session.Location
}

// report is an error diagnostic for err, none for nil.
func (s commitSubject) report(err error) diag.Diagnostics {
	if err == nil {
		return nil
	}
	inner := subject{verb: s.verb, location: s.location}
	summary := fmt.Sprintf("Cannot %s the commit on branch %s", s.verb, s.location.Branch)
	if at, ok := inner.attributeOf(err); ok && !at.Equal(atPath) {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, summary, inner.detail(err, inner.wayOut(err)))}
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(summary, inner.detail(err, inner.wayOut(err)))}
}

// reportAll is an error diagnostic for each path that was not committed, in order.
func (s commitSubject) reportAll(failed map[string]error) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, path := range slices.Sorted(maps.Keys(failed)) {
		inner := subject{verb: s.verb, location: s.location}
		inner.location.Path = path
		diags.AddAttributeError(atFiles.AtMapKey(path), "Cannot commit "+inner.name(), inner.detail(failed[path]))
	}
	return diags
}

package resources

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// ModifyPlan plans the repository and the computed attributes, and refuses to move a tag that is
// not movable.
func (r *tagResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	if req.Plan.Raw.IsNull() {
		return
	}
	p := tagPlan{resource: r}
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &p.config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &p.plan)...)
	if !req.State.Raw.IsNull() {
		p.prior = new(tagModel)
		resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, p.prior)...)
		private, diags := req.Private.GetKey(ctx, madeTagKey)
		resp.Diagnostics.Append(diags...)
		p.made = decodeMade(private, p.prior)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	replaces, diags := p.make(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if replaces {
		resp.RequiresReplace.Append(atRepository)
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, (*tfsdk.State)(&resp.Plan), &p.plan)...)
}

// tagPlan is the making of a plan.
type tagPlan struct {
	resource *tagResource
	config   tagModel
	plan     tagModel  // Terraform's proposal, which becomes the plan
	prior    *tagModel // nil for a creation
	made     madeTag   // of prior
	repo     *gitqueue.Repo
}

func (p *tagPlan) make(ctx context.Context) (replaces bool, diags diag.Diagnostics) {
	var before tagModel
	if p.prior != nil {
		before = *p.prior
	}
	place, diags := placeRef(ctx, p.resource.session, p.plan.subject("plan"), p.config.Repository, before.Repository, before.ObjectID.ValueString())
	if diags.HasError() {
		return false, diags
	}
	p.repo, p.plan.Repository = place.repo, place.repository
	planID(p.resource.session, &p.plan, p.prior, p.prior == nil)
	if p.prior == nil || place.replaces || !p.plan.Name.Equal(p.prior.Name) {
		p.planNew()
		diags.Append(p.checkSigned()...)
		diags.Append(p.foreseeCreation(ctx)...)
		return place.replaces, diags
	}
	return false, append(diags, p.planStay(ctx)...)
}

// planNew plans a tag that is to be made.
func (p *tagPlan) planNew() {
	p.plan.Target = plannedFrom(p.config.Target)
	p.plan.ObjectID, p.plan.CommitID = types.StringUnknown(), types.StringUnknown()
	p.planObject(nil)
}

// planObject plans tagger and signature. The defaults are those of the time when the tag became an
// annotated one.
func (p *tagPlan) planObject(prior *tagModel) {
	p.plan.Tagger, p.plan.Signed = p.config.Tagger, p.config.Signed
	keeps := prior != nil && prior.annotated()
	switch s := p.resource.session; {
	case p.config.Message.IsNull():
		p.plan.Signed = types.BoolValue(false)
		return
	case !p.config.Signed.IsNull():
	case keeps:
		p.plan.Signed = prior.Signed
	case s == nil || s.Partial || p.config.Message.IsUnknown():
		p.plan.Signed = types.BoolUnknown()
	default:
		p.plan.Signed = types.BoolValue(s.Signs)
	}
	switch {
	case !p.config.Tagger.IsNull():
	case keeps:
		p.plan.Tagger = prior.Tagger
	default:
		p.plan.Tagger = types.ObjectUnknown(personTypes)
	}
}

// checkSigned refuses a signature without a key.
func (p *tagPlan) checkSigned() diag.Diagnostics {
	s := p.resource.session
	if s == nil || s.Partial || s.Signs || !p.config.Signed.ValueBool() {
		return nil
	}
	if s.HostSigns {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(atSigned, "No key to sign with",
			"The tag is to be signed. With commit.signing.format = \"github\" the host signs the commits, but it signs no tags. Set signed = false, or leave it out, or sign with a key.")}
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(atSigned, "No key to sign with",
		"The tag is to be signed, and the provider has no key. Set commit.signing in the provider block (or NANOGIT_SIGNING_FORMAT and NANOGIT_SIGNING_KEY), or signed = false.")}
}

// foreseeCreation finds out whether the tag can be made.
func (p *tagPlan) foreseeCreation(ctx context.Context) diag.Diagnostics {
	if p.repo == nil || !known(p.plan.Name) {
		return nil
	}
	s := p.plan.subject("create")
	have, err := p.repo.RefObject(ctx, s.ref)
	if err != nil {
		return s.report(err)
	}
	if !known(p.plan.Target) {
		return nil
	}
	commit, err := startOf(ctx, p.repo, p.plan.Target.ValueString())
	switch {
	case errors.Is(err, gitread.ErrNoName):
		return s.warn("The target is not there yet", err, "The apply will fail unless that is made first.")
	case err != nil:
		return s.report(err)
	case have.IsZero() || p.plan.Message.IsUnknown() || p.plan.Signed.IsUnknown() || p.resource.session.Refreshes().WasHeld(s.location()):
		return nil
	}
	same, err := p.plan.isAt(ctx, p.repo, have, commit)
	if err == nil && !same {
		err = existingTag(have, commit)
	}
	return s.report(err)
}

// existingTag is the error of a tag that exists and is another.
func existingTag(have, want gitobj.ID) error {
	return &refExistsError{ref: "another tag of this name", have: have, want: want, next: "to take it over as it is, import it; or choose another name"}
}

// planStay plans a tag that is there: it stays, or is moved.
func (p *tagPlan) planStay(ctx context.Context) diag.Diagnostics {
	s := p.plan.subject("plan")
	p.planObject(p.prior)
	to, err := p.aim(ctx)
	if err != nil {
		return s.report(err)
	}
	changed := p.plan.differs(p.prior)
	drifted := p.made.Object != p.prior.ObjectID.ValueString()
	if to.moves {
		changed = append([]pathOf{atTarget}, changed...)
	}
	if len(changed) == 0 && !drifted && !to.commit.IsUnknown() {
		p.plan.ObjectID, p.plan.CommitID = p.prior.ObjectID, p.prior.CommitID
		return nil
	}
	p.plan.ObjectID, p.plan.CommitID = types.StringUnknown(), to.commit
	if p.plan.Movable.ValueBool() || p.plan.Movable.IsUnknown() {
		return p.checkSigned()
	}
	e := &unmovableError{name: p.plan.Name.ValueString(), from: p.made.Commit, now: to.now}
	changed = slices.DeleteFunc(changed, func(at pathOf) bool {
		return at.Equal(atMessage) && p.plan.Message.IsUnknown() || at.Equal(atTagger) && p.plan.Tagger.IsUnknown() || at.Equal(atSigned) && p.plan.Signed.IsUnknown()
	})
	switch {
	case len(changed) > 0:
		e.at = changed[0].String()
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(changed[0], "Cannot move "+s.title(), s.detail(e))}
	case drifted: // a plan that fails would keep terraform destroy from removing the tag
		e.from, e.now = p.made.Object, p.prior.ObjectID.ValueString()
		return s.warn("Somebody else moved the tag", e, "The apply will fail.")
	}
	return nil // the apply finds out whether it moves
}

// aim is the commit that a planned tag is meant to be at.
type aim struct {
	moves  bool         // to another commit than that at which the tag was made
	commit types.String // planned: unknown if the name may mean another commit by the time of the apply
	now    string       // at present; "" if it is not there yet
}

func (p *tagPlan) aim(ctx context.Context) (aim, error) {
	if p.config.Target.IsNull() {
		p.plan.Target = p.prior.Target
	}
	stays := aim{commit: types.StringValue(p.made.Commit), now: p.made.Commit}
	if p.plan.Target.Equal(p.prior.Target) {
		return stays, nil
	}
	to := aim{commit: types.StringUnknown()}
	if p.repo == nil || !known(p.plan.Target) {
		return to, nil
	}
	name := p.plan.Target.ValueString()
	found, err := p.repo.Find(ctx, name)
	switch {
	case errors.Is(err, gitread.ErrNoName):
		return to, nil
	case err != nil:
		return to, err
	}
	to.now = found.Commit.String()
	to.moves = to.now != p.made.Commit
	if found.Ref == "" { // an id means the same for ever
		to.commit = types.StringValue(to.now)
	}
	return to, nil
}

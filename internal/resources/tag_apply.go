package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// Create makes the tag, or adopts the same tag.
func (r *tagResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var plan tagModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := r.create(ctx, &plan); err != nil {
		resp.Diagnostics.Append(plan.subject("create").report(err)...)
		return
	}
	settleID(r.session, &plan)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, madeTagKey, plan.made())...)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

func (r *tagResource) create(ctx context.Context, plan *tagModel) error {
	repo, _, err := r.session.OpenRepository(ctx, plan.Repository.ValueString())
	if err != nil {
		return err
	}
	found, err := repo.Find(ctx, plan.Target.ValueString())
	if err != nil {
		return err
	}
	r.complete(plan)
	have, err := repo.RefObject(ctx, plan.ref())
	if err != nil {
		return err
	}
	if !have.IsZero() {
		same, err := plan.isAt(ctx, repo, have, found.Commit)
		if err == nil && !same {
			err = existingTag(have, found.Commit)
		}
		plan.setObject(have, found.Commit)
		return err
	}
	err = point(ctx, repo, plan, gitobj.ID{}, found.Commit)
	if moved := (*gitwriter.MovedError)(nil); errors.As(err, &moved) {
		return existingTag(moved.Have, found.Commit)
	}
	return err
}

// complete fills in the tagger and the signature that only the process that applies knows.
func (r *tagResource) complete(plan *tagModel) {
	if plan.Signed.IsUnknown() {
		plan.Signed = types.BoolValue(plan.annotated() && r.session.Signs)
	}
	switch {
	case !plan.annotated():
		plan.Tagger = types.ObjectNull(personTypes)
	case plan.Tagger.IsUnknown() || plan.Tagger.IsNull():
		plan.setPerson(r.session.Meta.Committer)
	}
}

// point makes the tag's object, if it has any, and points the tag at it or at the commit.
func point(ctx context.Context, repo *gitqueue.Repo, plan *tagModel, old, commit gitobj.ID) error {
	c := gitwriter.RefChange{Ref: plan.ref(), Old: old, New: commit}
	if plan.annotated() {
		tag, err := repo.MakeTag(ctx, gitwriter.Tag{
			Name: plan.Name.ValueString(), Commit: commit, Message: plan.text(), Tagger: plan.person(), Signed: plan.Signed.ValueBool(),
		})
		if err != nil {
			return err
		}
		c.New, c.Objects = tag.ID, append(c.Objects, tag)
	}
	if err := repo.SetRef(ctx, c); err != nil {
		return err
	}
	plan.setObject(c.New, commit)
	return nil
}

// Read finds the object that the tag points at. A tag that is gone is no resource any more.
func (r *tagResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var state tagModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	s, imported := state.subject("read"), state.ObjectID.IsNull()
	repo, object, ok, diags := readRef(ctx, r.session, s, imported)
	resp.Diagnostics.Append(diags...)
	switch {
	case !ok:
		return
	case object.String() == state.ObjectID.ValueString():
		if refreshID(r.session, &state) {
			resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
		}
		return
	case object.IsZero():
		resp.State.RemoveResource(ctx)
		return
	}
	found, err := repo.Ref(ctx, s.ref)
	switch {
	case errors.Is(err, gitread.ErrNotCommit) && !imported: // somebody moved it to a directory or a file
		err = nil
	case err == nil && imported:
		err = state.describe(ctx, repo, object)
	}
	if err != nil {
		resp.Diagnostics.Append(s.report(err)...)
		return
	}
	state.setObject(object, found.Commit)
	refreshID(r.session, &state)
	if imported {
		state.Target = state.CommitID
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, madeTagKey, state.made())...)
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
}

// Update moves the tag, if the plan says so. Other changes are of the state alone.
func (r *tagResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var plan, prior tagModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &prior)...)
	private, diags := req.Private.GetKey(ctx, madeTagKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.ObjectID.IsUnknown() {
		if err := r.move(ctx, &plan, &prior, decodeMade(private, &prior)); err != nil {
			resp.Diagnostics.Append(plan.subject("move").report(err)...)
			return
		}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, madeTagKey, plan.made())...)
	}
	settleID(r.session, &plan)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// move makes the tag anew where the plan wants it. It stays where that means no change.
func (r *tagResource) move(ctx context.Context, plan, prior *tagModel, made madeTag) error {
	repo, _, err := r.session.OpenRepository(ctx, plan.Repository.ValueString())
	if err != nil {
		return err
	}
	name := plan.CommitID.ValueString()
	if plan.CommitID.IsUnknown() {
		name = plan.Target.ValueString()
	}
	found, err := repo.Find(ctx, name)
	if err != nil {
		return err
	}
	old := idOf(prior.ObjectID)
	drifted := made.Object != prior.ObjectID.ValueString()
	r.complete(plan)
	if !drifted && found.Commit == idOf(prior.CommitID) && len(plan.differs(prior)) == 0 {
		plan.setObject(old, found.Commit)
		return nil
	}
	if !plan.Movable.ValueBool() {
		e := &unmovableError{name: plan.Name.ValueString(), at: atTarget.String(), from: prior.CommitID.ValueString(), now: found.Commit.String()}
		if drifted {
			e.at, e.from, e.now = "", made.Object, prior.ObjectID.ValueString()
		}
		return e
	}
	return point(ctx, repo, plan, old, found.Commit)
}

// Delete deletes the tag, if it is where state has it, unless it is to be kept.
func (r *tagResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var state tagModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	repo, _, err := r.session.OpenRepository(ctx, state.Repository.ValueString())
	var have gitobj.ID
	if err == nil {
		have, err = repo.RefObject(ctx, state.ref())
	}
	if err == nil && !have.IsZero() {
		err = repo.SetRef(ctx, gitwriter.RefChange{Ref: state.ref(), Old: idOf(state.ObjectID)})
	}
	resp.Diagnostics.Append(state.subject("delete").report(err)...)
}

// tagImport is how tags are imported.
var tagImport = refImport{"tag", tagsPrefix, checkTag, func(string) error { return errors.New("the repository has no tag of this name") }}

// ImportState takes `name`, `repository#name` or a resource identity. The Read that Terraform makes
// next describes the tag.
func (r *tagResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	repository, name, ok := tagImport.find(ctx, r.session, req, resp)
	if !ok {
		return
	}
	state := importedTag(repository, name)
	settleID(r.session, &state)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// importedTag has the defaults of the schema.
func importedTag(repository, name types.String) tagModel {
	return tagModel{
		Repository: repository, Name: name,
		Tagger: types.ObjectNull(personTypes), Movable: types.BoolValue(false), OnDestroy: types.StringValue(onDestroyDelete),
	}
}

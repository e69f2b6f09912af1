package resources

import (
	"cmp"
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// Create writes the file, or adopts a file that is there already with the same content.
func (r *fileResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Apply()()
	var config, plan fileModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	now, err := r.write(ctx, &config, &plan, nil, hints{})
	if err != nil {
		resp.Diagnostics.Append(subject{verb: "create", location: plan.location()}.report(err)...)
		return
	}
	resp.Diagnostics.Append(subject{verb: "create", location: plan.location()}.untaken(ctx, r.session, now.staging(plan.blobs()))...)
	resp.Diagnostics.Append(now.by(hints{}).save(ctx, resp.Private)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, returnsKey, []byte("null"))...)
	settleID(r.session, &plan)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// Update writes the changes: content, mode, or the path, which is a rename in one commit. When
// only settings changed, nothing is sent.
func (r *fileResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Apply()()
	var config, plan, prior fileModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &config)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Plan), &plan)...)
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &prior)...)
	before := loadHints(ctx, req.Private, prior.Path.ValueString(), &resp.Diagnostics)
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
	if writes(&prior, &plan) || before.decomposed[prior.Path.ValueString()] != "" && !plan.SeedOnly.ValueBool() {
		resp.Diagnostics.Append(r.recall(ctx, &prior, before)...)
		if resp.Diagnostics.HasError() {
			return
		}
		now, err := r.write(ctx, &config, &plan, &prior, before)
		if err != nil {
			resp.Diagnostics.Append(subject{verb: "update", location: plan.location()}.report(err)...)
			return
		}
		resp.Diagnostics.Append(subject{verb: "update", location: plan.location()}.untaken(ctx, r.session, now.staging(plan.blobs()))...)
		resp.Diagnostics.Append(now.by(before).save(ctx, resp.Private)...)
	} else {
		plan.settle(&prior)
	}
	settleID(r.session, &plan)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// recall corrects prior from the branch, where it has a change that was staged and never committed.
func (r *fileResource) recall(ctx context.Context, prior *fileModel, before hints) diag.Diagnostics {
	t, err := r.session.Open(ctx, prior.location())
	if err == nil {
		var unmade map[string]gitread.Entry
		unmade, err = before.unmade(ctx, t, prior.blobs())
		for _, have := range unmade {
			prior.BlobID, prior.Mode = types.StringNull(), types.StringNull()
			if have.Exists() {
				prior.BlobID, prior.Mode = types.StringValue(have.ID.String()), types.StringValue(have.Mode.String())
			}
		}
	}
	return subject{verb: "update", location: prior.location()}.report(err)
}

// settle gives unknown attributes their prior values, for an update that sends nothing.
func (m *fileModel) settle(prior *fileModel) {
	m.CommitID = prior.CommitID
	if m.BlobID.IsUnknown() {
		m.BlobID = prior.BlobID
	}
	if m.Size.IsUnknown() {
		m.Size = prior.Size
	}
}

// write brings the planned file to the branch and completes the plan's computed values. prior is
// nil for a creation. It returns the hint record of the file.
func (r *fileResource) write(ctx context.Context, config, plan, prior *fileModel, before hints) (hints, error) {
	t, err := r.session.Open(ctx, plan.location())
	if err != nil {
		return hints{}, err
	}
	f := r.fileWrite(t, plan, prior, before)
	keeps := plan.keepsBlob(prior)
	var pending *gitqueue.Pending
	if !f.stages || keeps {
		pending = t.Branch.Announce(t.Path)
		defer pending.Withdraw()
	}
	c, given, err := plan.content(ctx, config.ContentWO, r.session.MaxObjectSize)
	if err != nil && (!keeps || !errors.Is(err, filecontent.ErrMissing)) {
		return hints{}, err
	}
	if given {
		f.item().content = c
	}
	if plan.SeedOnly.ValueBool() {
		return f.seed(ctx, pending)
	}
	return f.put(ctx, pending)
}

// fileWrite is the write of a nanogit_file: of a set of one file, which may be a rename or a seed.
type fileWrite struct {
	write
	plan, prior *fileModel
}

// fileWrite has the item of the planned file, without its content.
func (r *fileResource) fileWrite(t session.Target, plan, prior *fileModel, before hints) *fileWrite {
	it := item{path: t.Path, mode: plan.mode(), blob: plan.blob()}
	f := &fileWrite{plan: plan, prior: prior, write: write{
		Target: t, session: r.session, hints: before, message: plan.CommitMessage.ValueString(), creates: prior == nil,
		overwrite: r.session.Overwrite, overwriteNew: plan.OverwriteOnCreate.ValueBool(), stages: plan.stages(r.session),
	}}
	if prior != nil {
		decomposed, path := before.decomposed[prior.Path.ValueString()], prior.Path.ValueString()
		switch {
		case decomposed != "":
			f.stages = false // no commit has named the path that the branch has
			fallthrough
		case path != t.Path:
			it.from = prior.entry()
			it.from.Path = cmp.Or(decomposed, path)
		default:
			f.have = map[string]gitread.Entry{path: prior.entry()}
		}
	}
	f.items = []item{it}
	return f
}

// item is the file.
func (w *fileWrite) item() *item { return &w.items[0] }

// put writes the content, or leaves it for the commit that names it. A file that keeps its blob
// needs no content, which may be nowhere by now: the branch holds it.
func (w *fileWrite) put(ctx context.Context, pending *gitqueue.Pending) (hints, error) {
	it, keeps := w.item(), w.plan.keepsBlob(w.prior)
	if !it.known() && !keeps {
		return hints{}, errNoContent
	}
	pointer := it.content.isLFSPointer
	if keeps {
		pointer = w.hints.pointer(w.prior.Path.ValueString())
	}
	if err := w.guard(ctx, pointer); err != nil {
		return hints{}, err
	}
	isPointer, err := pointer()
	if err != nil {
		return hints{}, err
	}
	result, now, err := w.run(ctx, pending, difference{puts: []int{0}}, nil)
	if err != nil {
		return hints{}, w.exists(err)
	}
	if isPointer {
		now.pointers = map[string]bool{it.path: true}
	}
	w.settle(result)
	return now, nil
}

// exists tells a conflict at a path that was to be free in the words for that.
func (w *fileWrite) exists(err error) error {
	var conflict *gitwriter.ConflictError
	if !errors.As(err, &conflict) || conflict.Path != w.Path || conflict.Want != gitwriter.ExpectAbsent() {
		return err
	}
	exists := &existsError{about: subject{location: w.Location}}
	exists.add(conflict.Have, gitread.Entry{Path: w.Path, ID: conflict.Change.Blob, Mode: conflict.Change.Mode})
	return exists
}

// guard applies the Git LFS rule to the blob that the change will overwrite, as far as this
// resource did not write it.
func (w *fileWrite) guard(ctx context.Context, pointer func() (bool, error)) error {
	renamed := w.prior == nil || !w.plan.Path.Equal(w.prior.Path)
	if (renamed && !w.plan.OverwriteOnCreate.ValueBool()) || (!renamed && w.hints.plainly(w.Path, w.prior.blob())) {
		return nil
	}
	have, err := w.Branch.Lookup(ctx, w.Path)
	if err != nil || !have.Exists() || have.IsDir() || have.ID == w.plan.blob() {
		return err // the submission reports the obstacle
	}
	if w.item().known() {
		if id, err := w.item().content.blobID(ctx, have.ID.Format()); err != nil || id == have.ID {
			return err
		}
	}
	return guardLFS(ctx, w.Branch, have, types.Int64Null(), w.plan, pointer)
}

// settle fills in the values that only the write could tell.
func (w *fileWrite) settle(result gitwriter.Result) {
	it := w.item()
	w.plan.Branch = types.StringValue(w.Location.Branch)
	switch {
	case w.plan.keepsBlob(w.prior):
		w.plan.Size = w.prior.Size
	case it.known():
		w.plan.Size = types.Int64Value(it.content.Size())
	}
	w.plan.BlobID = types.StringValue(it.blob.String())
	switch {
	case w.plan.stages(w.session):
		w.plan.CommitID = types.StringNull() // of a mode alone, too: the plan has promised it
	case !result.Commit.IsZero():
		w.plan.CommitID = types.StringValue(result.Commit.String())
	case w.prior != nil:
		w.plan.CommitID = w.prior.CommitID
	default:
		w.plan.CommitID = types.StringNull()
	}
}

package resources

import (
	"cmp"
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Create writes the file, or adopts the one that is there already with the same content.
func (r *fileResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer r.session.warn(&resp.Diagnostics)
	defer r.session.apply()()
	var config, plan fileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	now, err := r.write(ctx, &config, &plan, nil, hints{})
	if err != nil {
		resp.Diagnostics.Append(subject{verb: "create", place: plan.place()}.report(err)...)
		return
	}
	resp.Diagnostics.Append(r.session.untaken(ctx, subject{verb: "create", place: plan.place()}, now.staging(plan.blobs()))...)
	resp.Diagnostics.Append(now.by(hints{}).save(ctx, resp.Private)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, returnsKey, []byte("null"))...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// Update writes what changed: content, mode, or the path, which is a rename in one commit. When
// only settings changed, nothing is sent.
func (r *fileResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer r.session.warn(&resp.Diagnostics)
	defer r.session.apply()()
	var config, plan, prior fileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	before := loadHints(ctx, req.Private, prior.Path.ValueString(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if writes(&prior, &plan) || before.raw[prior.Path.ValueString()] != "" && !plan.SeedOnly.ValueBool() {
		resp.Diagnostics.Append(r.recall(ctx, &prior, before)...)
		if resp.Diagnostics.HasError() {
			return
		}
		now, err := r.write(ctx, &config, &plan, &prior, before)
		if err != nil {
			resp.Diagnostics.Append(subject{verb: "update", place: plan.place()}.report(err)...)
			return
		}
		resp.Diagnostics.Append(r.session.untaken(ctx, subject{verb: "update", place: plan.place()}, now.staging(plan.blobs()))...)
		resp.Diagnostics.Append(now.by(before).save(ctx, resp.Private)...)
	} else {
		plan.settle(&prior)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
}

// recall corrects prior from the branch, where it has a change that was staged and never committed.
func (r *fileResource) recall(ctx context.Context, prior *fileModel, before hints) diag.Diagnostics {
	t, err := r.session.open(ctx, prior.place())
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
	return subject{verb: "update", place: prior.place()}.report(err)
}

// settle gives what is still unknown its prior value, for an update that sends nothing.
func (m *fileModel) settle(prior *fileModel) {
	m.CommitID = prior.CommitID
	if m.BlobID.IsUnknown() {
		m.BlobID = prior.BlobID
	}
	if m.Size.IsUnknown() {
		m.Size = prior.Size
	}
	m.setID()
}

// write brings the planned file to the branch and completes the plan's computed values. prior is
// nil for a creation. It returns what this resource put or adopted; nothing when it left what is
// there to others.
func (r *fileResource) write(ctx context.Context, config, plan, prior *fileModel, before hints) (hints, error) {
	t, err := r.session.open(ctx, plan.place())
	if err != nil {
		return hints{}, err
	}
	w := fileWrite{session: r.session, target: t, plan: plan, prior: prior, hints: before, overwrite: r.session.Overwrite, stages: r.session.stages(plan)}
	var pending *gitqueue.Pending
	if !w.stages || plan.keepsBlob(prior) {
		pending = t.branch.Announce(t.path)
		defer pending.Withdraw()
	}
	w.content, w.given, err = plan.content(ctx, config.ContentWO, r.session.MaxObjectSize)
	if err != nil && (!plan.keepsBlob(prior) || !errors.Is(err, errMissing)) {
		return hints{}, err
	}
	if plan.SeedOnly.ValueBool() {
		return w.seed(ctx, pending)
	}
	return w.put(ctx, pending)
}

// fileWrite is one file on its way to the branch.
type fileWrite struct {
	target
	session     *Session
	plan, prior *fileModel
	content     content
	given       bool  // there is content
	hints       hints // from before the write
	overwrite   bool  // conflict = "overwrite"
	stages      bool  // the change waits for a nanogit_commit

	staged []gitobj.ID // references to give back
	found  gitobj.ID   // what a creation or a rename that waits found at the path
}

// put stages the content and submits the change, or leaves it for the commit that names it. A file
// that keeps its blob needs no content, which may be nowhere by now: the branch holds it.
func (w *fileWrite) put(ctx context.Context, pending *gitqueue.Pending) (now hints, err error) {
	keeps := w.plan.keepsBlob(w.prior)
	if keeps && w.plan.Path.Equal(w.prior.Path) {
		w.stages = false // a commit names blobs: for a mode alone none may run
	}
	if w.raw() != "" {
		w.stages = false // no commit has named the path that the branch has
	}
	if !w.given && !keeps {
		return now, errNoContent
	}
	pointer := w.content.isLFSPointer
	if keeps {
		pointer = w.hints.pointer(w.prior.Path.ValueString())
	}
	if err := w.guard(ctx, pointer); err != nil {
		return now, err
	}
	isPointer, err := pointer()
	if err != nil {
		return now, err
	}
	blob := w.plan.blob()
	if !keeps || w.stages {
		if blob, err = w.stage(ctx, keeps); err != nil {
			return now, err
		}
		defer w.discard()
	}
	c, err := w.takeOver(ctx, w.change(blob, w.plan.mode()))
	if err != nil {
		return now, err
	}
	now.wrote = map[string]gitobj.ID{w.path: blob}
	if isPointer {
		now.pointers = map[string]bool{w.path: true}
	}
	alone, err := w.modeAlone(ctx, c)
	if err == nil && !alone {
		alone, err = w.renameAlone(ctx, c)
	}
	if err != nil {
		return now, err
	}
	if w.stages && !alone {
		return w.leave(now, c), nil
	}
	w.session.holdForHeirs(w.target, c)
	err = w.submit(ctx, pending, c)
	if w.takenFrom(err, c) {
		c.From, c.ExpectFrom = "", gitwriter.Expectation{}
		err = w.submit(ctx, nil, c)
	}
	if unstaged := new(gitwriter.UnstagedError); keeps && w.given && errors.As(err, &unstaged) {
		// Somebody took the blob away since, and it is wanted all the same.
		if _, err := w.stage(ctx, false); err != nil {
			return now, err
		}
		defer w.discard()
		err = w.submit(ctx, nil, c)
	}
	return now, err
}

// modeAlone reports whether a creation changes the mode of a file that is there, and nothing else:
// a commit names blobs, so that none may run for it.
func (w *fileWrite) modeAlone(ctx context.Context, c gitwriter.Change) (bool, error) {
	if w.prior != nil || !w.stages {
		return false, nil
	}
	have, err := lookupFile(ctx, w.target)
	w.found = have.ID
	return have.Exists() && have.ID == c.Blob && have.Mode != c.Mode, err
}

// renameAlone reports whether a rename finds its content at the new path already, and no
// nanogit_commit of the apply takes it: nothing but the old path has to go.
func (w *fileWrite) renameAlone(ctx context.Context, c gitwriter.Change) (bool, error) {
	if c.From == "" || !w.stages {
		return false, nil
	}
	have, err := lookupFile(ctx, w.target)
	w.found = have.ID
	taker := takerOf(w.session.records().Commits("", w.spot(), w.path))
	return taker == takerNone && have.ID == c.Blob && have.Mode == c.Mode, err
}

// takeOver lets the change replace what another resource of the run gives up at the path.
func (w *fileWrite) takeOver(ctx context.Context, c gitwriter.Change) (gitwriter.Change, error) {
	if c.Expect != gitwriter.ExpectAbsent() {
		return c, nil
	}
	have, err := lookupFile(ctx, w.target)
	if err != nil || !have.Exists() || have.ID == c.Blob && have.Mode == c.Mode {
		return c, err
	}
	if w.session.givenUp(ctx, w.place, have, false) {
		c.Expect = gitwriter.ExpectGivenUp(have.ID, have.Mode)
	}
	return c, nil
}

// errNoContent: a file is to be written, and its content is nowhere to be found.
var errNoContent = errors.New("there is no content to write: the configuration gives none, or ignore_changes keeps the one in state, " +
	"which has no content for a file that is no text, or larger than 1 MiB, or that somebody else changed so")

// guard applies the Git LFS rule to the blob that the change will overwrite, as far as this
// resource did not write it.
func (w *fileWrite) guard(ctx context.Context, pointer func() (bool, error)) error {
	renamed := w.prior == nil || !w.plan.Path.Equal(w.prior.Path)
	if (renamed && !w.plan.OverwriteOnCreate.ValueBool()) || (!renamed && w.hints.plainly(w.path, w.prior.blob())) {
		return nil
	}
	have, err := w.branch.Lookup(ctx, w.path)
	if err != nil || !have.Exists() || have.IsDir() || have.ID == w.plan.blob() {
		return err // the submission reports what stands in the way
	}
	if w.given {
		if id, err := w.content.blobID(ctx, have.ID.Format()); err != nil || id == have.ID {
			return err
		}
	}
	return guardLFS(ctx, w.branch, have, types.Int64Null(), w.plan, pointer)
}

// stage puts the content into the stage; discard takes it back. A content that is not the one that
// the file keeps, as a write-only one may be at every run, is left alone.
func (w *fileWrite) stage(ctx context.Context, keeps bool) (gitobj.ID, error) {
	if blob := w.plan.blob(); keeps {
		if !w.given {
			return blob, nil
		}
		if id, err := w.content.blobID(ctx, blob.Format()); err != nil || id != blob {
			return blob, err
		}
	}
	blob, err := w.content.stage(ctx, w.branch, w.plan.blob())
	if err == nil {
		w.staged = append(w.staged, blob)
	}
	return blob, err
}

// discard gives up the staged content: once it is on the branch it stays there, and a change that
// waits holds its own.
func (w *fileWrite) discard() {
	w.branch.Discard(w.staged...)
	w.staged = nil
}

// change describes the write. The prior state is what its author believed the branch to hold.
func (w *fileWrite) change(blob gitobj.ID, mode gitobj.Mode) gitwriter.Change {
	c := gitwriter.Change{Path: w.path, Mode: mode, Blob: blob, Message: w.plan.CommitMessage.ValueString()}
	expect := func(m *fileModel) gitwriter.Expectation {
		if w.overwrite {
			return gitwriter.ExpectAny()
		}
		if m.blob().IsZero() {
			return gitwriter.ExpectAbsent() // a seed that others removed
		}
		return gitwriter.ExpectBlob(m.blob(), m.mode())
	}
	if w.prior != nil && w.plan.Path.Equal(w.prior.Path) && w.raw() == "" {
		c.Expect = expect(w.prior)
		return c
	}
	c.Expect = gitwriter.ExpectAbsent()
	if w.plan.OverwriteOnCreate.ValueBool() {
		c.Expect = gitwriter.ExpectAny()
	}
	if w.prior != nil && !w.leaves() {
		c.From, c.ExpectFrom = cmp.Or(w.raw(), w.prior.Path.ValueString()), expect(w.prior)
	}
	return c
}

// raw is the path that the branch has instead of the prior one, in another normal form of Unicode;
// "" when they are the same.
func (w *fileWrite) raw() string {
	if w.prior == nil {
		return ""
	}
	return w.hints.raw[w.prior.Path.ValueString()]
}

// takenFrom reports whether a rename failed because another process of the run has put its own file
// at the old path already.
func (w *fileWrite) takenFrom(err error, c gitwriter.Change) bool {
	var conflict *gitwriter.ConflictError
	if c.From == "" || !errors.As(err, &conflict) || conflict.Path != c.From {
		return false
	}
	claimed, _ := w.session.records().Claims("", w.spot(), c.From, conflict.Have.ID.String())
	return claimed
}

// leaves reports whether another resource of the plan has the old path of a rename from now on,
// with what is there.
func (w *fileWrite) leaves() bool {
	if w.raw() != "" {
		return false
	}
	claimed, _ := w.session.records().Claims("", w.spot(), w.prior.Path.ValueString(), w.prior.BlobID.ValueString())
	return claimed
}

// submit sends the change and completes the plan's computed values with the outcome.
func (w *fileWrite) submit(ctx context.Context, pending *gitqueue.Pending, c gitwriter.Change) error {
	result, err := w.branch.Submit(ctx, pending, c)
	var conflict *gitwriter.ConflictError
	if errors.As(err, &conflict) && conflict.Path == c.Path && c.Expect == gitwriter.ExpectAbsent() {
		exists := &existsError{about: subject{place: w.place}}
		exists.add(conflict.Have, gitread.Entry{Path: c.Path, ID: c.Blob, Mode: c.Mode})
		return exists
	}
	if err != nil {
		return err
	}
	w.settle(c.Blob, result)
	return nil
}

// settle fills in what only the write could tell.
func (w *fileWrite) settle(blob gitobj.ID, result gitwriter.Result) {
	w.plan.Branch = types.StringValue(w.place.branch)
	w.plan.setID()
	switch {
	case w.plan.keepsBlob(w.prior):
		w.plan.Size = w.prior.Size
	case w.given:
		w.plan.Size = types.Int64Value(w.content.size)
	}
	w.plan.BlobID = types.StringValue(blob.String())
	switch {
	case w.session.stages(w.plan):
		w.plan.CommitID = types.StringNull() // of a mode alone, too: the plan has promised it
	case !result.Commit.IsZero():
		w.plan.CommitID = types.StringValue(result.Commit.String())
	case w.prior != nil:
		w.plan.CommitID = w.prior.CommitID
	default:
		w.plan.CommitID = types.StringNull()
	}
}

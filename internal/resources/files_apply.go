package resources

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Create writes the files, and adopts those that are there already with the same content.
func (r *filesResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan filesModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	now, err := r.write(ctx, &plan, nil, seen{})
	if err != nil {
		// Nothing was written: there is no state to keep.
		resp.Diagnostics.Append(plan.subject("create").report(err)...)
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, seenKey, now.encode())...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Update makes the changes that the plan shows, in one commit. When only settings changed, nothing is sent.
func (r *filesResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior filesModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	private, diags := req.Private.GetKey(ctx, seenKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.CommitID.IsUnknown() { // the plan has something to write, or may have
		now, err := r.write(ctx, &plan, &prior, decodeSeen(private))
		if err != nil {
			resp.Diagnostics.Append(plan.subject("update").report(err)...)
			return
		}
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, seenKey, now.encode())...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// errNoFiles: it is not known yet which files are wanted when they are to be written.
var errNoFiles = errors.New("the configuration does not say which files are wanted")

// write brings the files to the branch, all of them or none, and completes the plan's computed values.
func (r *filesResource) write(ctx context.Context, plan, prior *filesModel, before seen) (seen, error) {
	t, err := r.session.open(ctx, plan.place())
	if err != nil {
		return seen{}, err
	}
	items, ok, err := plan.items(r.session.MaxObjectSize)
	if err == nil && !ok {
		err = errNoFiles
	}
	if err != nil {
		return seen{}, err
	}
	pending := t.branch.Announce(announceKey(plan, items))
	defer pending.Withdraw()

	w := filesWrite{target: t, plan: plan, prior: prior, have: prior.blobs(), seen: before, items: items, overwrite: r.session.Overwrite}
	defer w.discard()
	result, err := w.submit(ctx, pending)
	if err != nil {
		return seen{}, err
	}
	return w.settle(ctx, result), nil
}

// filesWrite is the files of one resource on their way to the branch.
type filesWrite struct {
	target
	plan, prior *filesModel
	have        map[string]gitobj.ID // blobs in state
	seen        seen
	items       []item
	overwrite   bool // conflict = "overwrite"

	mu     sync.Mutex // guards what follows
	staged []gitobj.ID
}

// discard gives up what was staged: what is on the branch by then stays there.
func (w *filesWrite) discard() { w.branch.Discard(w.staged...) }

// submit stages what changed and sends it as one set of changes.
func (w *filesWrite) submit(ctx context.Context, pending *gitwriter.Pending) (gitwriter.Result, error) {
	promised := w.plan.blobs()
	for i := range w.items {
		w.items[i].blob = promised[w.items[i].path]
	}
	d := compare(w.items, w.have, w.seen, w.plan.mirrors())
	puts, err := w.puts(ctx, d.puts)
	if err != nil {
		return gitwriter.Result{}, err
	}
	others, err := strangers(ctx, w.branch, w.plan, w.prior, w.items)
	if err != nil {
		return gitwriter.Result{}, err
	}
	changes := puts
	for _, p := range d.gone {
		changes = append(changes, w.removal(gitwriter.Entry{Path: p, ID: w.have[p], Mode: w.seen.mode(p)}))
	}
	for _, e := range others {
		changes = append(changes, w.removal(e))
	}
	if len(changes) == 0 {
		return gitwriter.Result{}, nil
	}
	out := w.branch.SubmitWhole(ctx, pending, changes)
	if err := outcomesError(out); err != nil {
		return gitwriter.Result{}, err
	}
	for _, o := range out {
		if !o.Result.Commit.IsZero() {
			return o.Result, nil
		}
	}
	return gitwriter.Result{}, nil
}

// puts stages the items of these indices, as many at once as there are processors, and describes the changes. What the
// branch holds already is not read again.
func (w *filesWrite) puts(ctx context.Context, indices []int) ([]gitwriter.Change, error) {
	paths := make([]string, len(indices))
	for k, i := range indices {
		paths[k] = w.items[i].path
	}
	found, _, err := w.branch.LookupAll(ctx, paths)
	if err != nil {
		return nil, err
	}
	err = inParallel(ctx, len(indices), func(k int) error {
		it, have := &w.items[indices[k]], found[k]
		if have.Exists() && have.ID == it.blob {
			return nil
		}
		return w.stage(ctx, it)
	})
	changes := make([]gitwriter.Change, len(indices))
	for k, i := range indices {
		it := &w.items[i]
		changes[k] = gitwriter.Change{Path: it.path, Mode: it.mode, Blob: it.blob, Expect: w.expect(it), Message: w.plan.CommitMessage.ValueString()}
	}
	return changes, err
}

// stage puts the content of an item into the stage.
func (w *filesWrite) stage(ctx context.Context, it *item) error {
	if !it.known() {
		return it.wrap(errNoContent)
	}
	blob, err := it.content.stage(ctx, w.branch, it.blob)
	if err != nil {
		return it.wrap(err)
	}
	it.blob = blob
	w.mu.Lock()
	defer w.mu.Unlock()
	w.staged = append(w.staged, blob)
	return nil
}

// expect is what this resource believes to be at the path that an item is written to.
func (w *filesWrite) expect(it *item) gitwriter.Expectation {
	have, ok := w.have[it.path]
	switch {
	case ok && w.overwrite, !ok && w.plan.OverwriteOnCreate.ValueBool():
		return gitwriter.ExpectAny()
	case ok:
		return gitwriter.ExpectBlob(have, w.seen.mode(it.path))
	}
	return gitwriter.ExpectAbsent()
}

// removal takes away what this resource knows to be there.
func (w *filesWrite) removal(have gitwriter.Entry) gitwriter.Change {
	return removal(have, w.overwrite, w.plan)
}

func removal(have gitwriter.Entry, overwrite bool, m *filesModel) gitwriter.Change {
	c := gitwriter.Change{Path: have.Path, Delete: true, Expect: gitwriter.ExpectBlob(have.ID, have.Mode), Message: m.CommitMessage.ValueString()}
	if overwrite {
		c.Expect = gitwriter.ExpectAny()
	}
	return c
}

// settle fills in what only the write could tell.
func (w *filesWrite) settle(ctx context.Context, result gitwriter.Result) seen {
	blobs := make(map[string]gitobj.ID, len(w.items))
	var now seen
	now.note("", gitobj.ModeFile) // from here on all modes are known
	for i := range w.items {
		it := &w.items[i]
		blobs[it.path] = it.blob
		now.note(it.path, it.mode)
	}
	w.plan.Branch = types.StringValue(w.place.branch)
	w.plan.setID()
	w.plan.setBlobs(blobs)
	switch {
	case !result.Commit.IsZero():
		w.plan.CommitID = types.StringValue(result.Commit.String())
	case w.prior != nil:
		w.plan.CommitID = w.prior.CommitID
	default:
		w.plan.CommitID = types.StringNull()
	}
	// The commit is made: should its tree not be found now, the next refresh finds it.
	tree, err := w.branch.Tree(ctx, w.path)
	if err != nil {
		tree = gitobj.ID{}
	}
	w.plan.setTree(tree)
	return now
}

// Delete removes the files of blob_ids in one commit, unless they are to be kept. What others put below a mirrored prefix
// since the last apply stays theirs.
func (r *filesResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state filesModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := req.Private.GetKey(ctx, seenKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || state.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	resp.Diagnostics.Append(state.subject("delete").report(r.remove(ctx, &state, decodeSeen(private)))...)
}

func (r *filesResource) remove(ctx context.Context, state *filesModel, s seen) error {
	t, err := r.session.open(ctx, state.place())
	if err != nil {
		return err
	}
	pending := t.branch.Announce(announceKey(state, nil))
	defer pending.Withdraw()

	prior := state.blobs()
	gone := compare(nil, prior, s, false).gone
	found, _, err := t.branch.LookupAll(ctx, gone)
	if errors.Is(err, gitwriter.ErrNoBranch) {
		return nil // a file that cannot be there is not there
	}
	if err != nil {
		return fmt.Errorf("look for %d files: %w", len(gone), err)
	}
	var changes []gitwriter.Change
	for _, have := range found {
		if have.Exists() && !have.IsDir() {
			changes = append(changes, removal(gitwriter.Entry{Path: have.Path, ID: prior[have.Path], Mode: s.mode(have.Path)}, r.session.Overwrite, state))
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return outcomesError(t.branch.SubmitWhole(ctx, pending, changes))
}

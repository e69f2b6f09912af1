package resources

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// Create writes the files, and adopts those that are there already with the same content.
func (r *filesResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer r.session.warn(&resp.Diagnostics)
	defer r.session.apply()()
	var config, plan filesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	now, err := r.write(ctx, config.Files, &plan, nil, hints{}, false)
	if err != nil {
		// Nothing was written: there is no state to keep.
		resp.Diagnostics.Append(plan.subject("create").report(err)...)
		return
	}
	resp.Diagnostics.Append(r.session.untaken(ctx, plan.subject("create"), now.staging(plan.blobs()))...)
	resp.Diagnostics.Append(now.by(hints{}).save(ctx, resp.Private)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, returnsKey, []byte("null"))...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Update makes the changes that the plan shows, in one commit. When only settings changed, nothing
// is sent.
func (r *filesResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	defer r.session.warn(&resp.Diagnostics)
	defer r.session.apply()()
	var config, plan, prior filesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	before := loadHints(ctx, req.Private, "", &resp.Diagnostics)
	failed, diags := req.Private.GetKey(ctx, deleteFailedKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// The plan has something to write, or may have. In explicit mode it promises no commit that
	// would tell.
	if plan.CommitID.IsUnknown() || r.session.explicit(plan.CommitMode) && !plan.settled(&prior) {
		now, err := r.write(ctx, config.Files, &plan, &prior, before, len(failed) > 0)
		if err != nil {
			resp.Diagnostics.Append(plan.subject("update").report(err)...)
			if failed := new(removalError); errors.As(err, &failed) {
				resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, []byte("true"))...)
			}
			return
		}
		resp.Diagnostics.Append(r.session.untaken(ctx, plan.subject("update"), now.staging(plan.blobs()))...)
		resp.Diagnostics.Append(now.by(before).save(ctx, resp.Private)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, deleteFailedKey, nil)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// settled reports whether the plan m leaves every file of prior as it is: also their modes, of
// which a change is planned as a blob that is not known, and those of others, which only another
// prefix or a mirror can reach.
func (m *filesModel) settled(prior *filesModel) bool {
	return m.BlobIDs.Equal(prior.BlobIDs) && m.Prefix.Equal(prior.Prefix) && m.Prune.Equal(prior.Prune)
}

// errNoFiles: it is not known yet which files are wanted when they are to be written.
var errNoFiles = errors.New("the configuration does not say which files are wanted")

// write brings the files to the branch, all of them or none, and completes the plan's computed
// values. In explicit mode it leaves them for the nanogit_commit that names them. given is the
// attribute files of the configuration. failed: an earlier removal did.
func (r *filesResource) write(ctx context.Context, given types.Map, plan, prior *filesModel, before hints, failed bool) (hints, error) {
	t, err := r.session.open(ctx, plan.place())
	if err != nil {
		return hints{}, err
	}
	items, ok, err := plan.items(ctx, given, r.session.MaxObjectSize)
	if err == nil && !ok {
		err = errNoFiles
	}
	if err != nil {
		return hints{}, err
	}
	have := prior.blobs()
	unmade, err := before.unmade(ctx, t, have)
	if err != nil {
		return hints{}, err
	}
	for path, entry := range unmade {
		recall(have, path, entry.ID)
	}
	w := filesWrite{
		session: r.session, target: t, plan: plan, prior: prior, have: have, hints: before, failed: failed, items: items,
		overwrite: r.session.Overwrite, stages: r.session.explicit(plan.CommitMode),
	}
	defer w.discard()
	var pending *gitqueue.Pending
	if !w.stages {
		pending = t.branch.Announce(announceKey(plan, items))
		defer pending.Withdraw()
	}
	promised := plan.blobs()
	for i := range items {
		items[i].blob = promised[items[i].path]
	}
	return w.write(ctx, pending)
}

// filesWrite is the files of one resource on their way to the branch.
type filesWrite struct {
	target
	session     *Session
	plan, prior *filesModel
	have        map[string]gitobj.ID // blobs in state
	hints       hints
	failed      bool // an earlier removal was tried and failed
	items       []item
	overwrite   bool // conflict = "overwrite"
	stages      bool // the changes wait for a nanogit_commit

	// unread are the items, by path, whose content the branch had when it was looked at: they are
	// not staged.
	unread map[string]*item

	mu     sync.Mutex // guards what follows
	staged []gitobj.ID
}

// discard gives up what was staged: what is on the branch by then stays there, and what waits has
// references of its own.
func (w *filesWrite) discard() { w.branch.Discard(w.staged...) }

// write stages what changed and sends it as one set of changes, or leaves it.
func (w *filesWrite) write(ctx context.Context, pending *gitqueue.Pending) (hints, error) {
	d := compare(w.items, w.have, w.hints, w.plan.mirrors())
	puts, err := w.puts(ctx, d.puts)
	if err != nil {
		return hints{}, err
	}
	removals, err := w.removals(ctx, d.gone)
	if err != nil {
		return hints{}, err
	}
	if err := w.takeOver(ctx, puts); err != nil {
		return hints{}, err
	}
	removals = w.withoutOthers(ctx, removals)
	var result gitwriter.Result
	if w.stages {
		err = w.leave(ctx, puts, removals)
	} else {
		w.session.holdForHeirs(w.target, removals...)
		result, err = w.submit(ctx, pending, append(puts, removals...))
	}
	if err != nil {
		return hints{}, err
	}
	now := w.settle(ctx, result)
	if w.stages {
		now.fresh, now.staged = w.notes(d.puts)
	}
	return now, nil
}

// takeOver lets the puts replace what other resources of the run give up at their paths.
func (w *filesWrite) takeOver(ctx context.Context, puts []gitwriter.Change) error {
	var fresh []int
	var paths []string
	for i, c := range puts {
		if c.Expect == gitwriter.ExpectAbsent() {
			fresh, paths = append(fresh, i), append(paths, c.Path)
		}
	}
	found, _, err := w.branch.LookupAll(ctx, paths)
	if err != nil || len(paths) == 0 {
		return err
	}
	for k, i := range fresh {
		c, have := &puts[i], found[k]
		if have.Exists() && !have.IsDir() && (have.ID != c.Blob || have.Mode != c.Mode) && w.session.givenUp(ctx, w.place, have, false) {
			c.Expect = gitwriter.ExpectGivenUp(have.ID, have.Mode)
		}
	}
	return nil
}

// withoutOthers leaves out the removals of files that another resource of the run has now, with the
// same content.
func (w *filesWrite) withoutOthers(ctx context.Context, removals []gitwriter.Change) []gitwriter.Change {
	blobs := make(map[string]gitobj.ID)
	for _, c := range removals {
		if id, ours := w.have[c.Path]; ours {
			blobs[c.Path] = id
		}
	}
	if len(blobs) == 0 {
		return removals
	}
	left := w.session.leftToOthers(ctx, w.place, blobs, fate{}, true)
	return slices.DeleteFunc(removals, func(c gitwriter.Change) bool { return left[c.Path] })
}

// submit sends the changes until they are on the branch or cannot be.
func (w *filesWrite) submit(ctx context.Context, pending *gitqueue.Pending, changes []gitwriter.Change) (gitwriter.Result, error) {
	if len(changes) == 0 {
		return gitwriter.Result{}, nil
	}
	out := w.branch.SubmitWhole(ctx, pending, changes)
	for {
		again, err := w.restage(ctx, out)
		if err != nil {
			return gitwriter.Result{}, err
		}
		if !again {
			break
		}
		out = w.branch.SubmitWhole(ctx, nil, changes)
	}
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

// restage stages what the branch had when it was looked at, and has no more: somebody took it away
// since, and it is wanted all the same. It reports whether there was any; that is so once for each
// item at most.
func (w *filesWrite) restage(ctx context.Context, out []gitwriter.Outcome) (again bool, err error) {
	for _, o := range out {
		var unstaged *gitwriter.UnstagedError
		if !errors.As(o.Err, &unstaged) {
			continue
		}
		if it := w.unread[unstaged.Change.Path]; it != nil {
			delete(w.unread, it.path)
			if err := w.stage(ctx, it); err != nil {
				return false, err
			}
			again = true
		}
	}
	return again, nil
}

// settle fills in what only the write could tell.
func (w *filesWrite) settle(ctx context.Context, result gitwriter.Result) hints {
	blobs := make(map[string]gitobj.ID, len(w.items))
	var now hints
	now.wrote = make(map[string]gitobj.ID)
	now.setMode("", gitobj.ModeFile) // from here on all modes are known
	for i := range w.items {
		it := &w.items[i]
		blobs[it.path] = it.blob
		now.setMode(it.path, it.mode)
		if it.blind {
			now.wrote[it.path] = it.blob
		}
	}
	w.plan.Branch = types.StringValue(w.place.branch)
	w.plan.setID()
	w.plan.setBlobs(blobs)
	if w.stages {
		if w.plan.CommitID.IsUnknown() {
			w.plan.CommitID = types.StringNull()
		}
		w.plan.TreeID = types.StringNull()
		return now
	}
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

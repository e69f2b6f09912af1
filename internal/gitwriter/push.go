package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
)

// tried is the outcome of one push that is not final.
type tried struct {
	landed bool
	result Result
	// moved says that the branch stands at ref and base now; otherwise the same push may be tried
	// again.
	moved     bool
	ref, base gitobj.ID
	snap      *snapshot // of ref, when it had to be read already
	err       error     // why it did not land
}

// proposal is a commit that is ready to be pushed: staged, selected, of known length.
type proposal struct {
	draft  *draft
	commit gitobj.ID
	objs   []objstore.Object // the commit and its trees, as the snapshot after it will want them
	stage  *packstage.Stage
	owned  []gitobj.ID // stage references that close takes back
	deltas []gitobj.ID // the same, of deltas; the pack is thin if there are any
	pack   *packstage.Pack
	// options are sent with the push.
	options []string
	unsure  bool // the outcome of an attempt is not known: it may land late
}

// close frees what the proposal staged; the blobs are the changes' own. It may be called twice, and
// on nil.
func (p *proposal) close() {
	if p == nil {
		return
	}
	if p.pack != nil {
		p.pack.Close()
		p.pack = nil
	}
	p.stage.Release(p.owned...)
	p.stage.ReleaseDeltas(p.deltas...)
	p.owned, p.deltas = nil, nil
}

// propose stages the commit and the trees of a draft and selects what the remote lacks.
func (b *Branch) propose(ctx context.Context, d *draft, changes []Change, m Meta) (*proposal, error) {
	commit, objs, err := b.encode(d, changes, m)
	if err != nil {
		return nil, err
	}
	p := &proposal{draft: d, commit: commit, objs: objs, stage: b.repo.stage, options: m.PushOptions}
	if p.options == nil {
		p.options = b.repo.opts.PushOptions
	}
	if !b.repo.plain.Load() {
		if err := b.makeDeltas(ctx, p, changes); err != nil {
			p.close()
			return nil, fmt.Errorf("stage deltas for branch %q: %w", b.name, err)
		}
	}
	d.was = nil
	if err := b.fill(ctx, p); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// fill stages what of a proposal is not staged as a delta, and selects the pack.
func (b *Branch) fill(ctx context.Context, p *proposal) (err error) {
	ids := make([]gitobj.ID, 0, len(p.objs)+len(p.draft.blobs))
	thin := p.thin()
	for _, ob := range p.objs {
		ids = append(ids, ob.ID)
		if thin[ob.ID] {
			continue
		}
		id, err := p.stage.PutBytes(ctx, ob.Kind, ob.Data)
		if err != nil {
			return fmt.Errorf("stage %s for branch %q: %w", ob.Kind, b.name, err)
		}
		p.owned = append(p.owned, id)
	}
	pack := p.stage.ThinPack
	if len(p.deltas) == 0 {
		pack = p.stage.Pack // another branch may have staged some
	}
	if p.pack, err = pack(append(ids, p.draft.blobs...)); err != nil {
		return fmt.Errorf("build pack for branch %q: %w", b.name, err)
	}
	return nil
}

// try pushes a proposal once and finds out what became of it. Its error is final.
func (b *Branch) try(ctx context.Context, p *proposal) (tried, error) {
	if ctx.Err() != nil {
		return tried{}, context.Cause(ctx)
	}
	// A push that is on its way has an outcome, which must be known, even when the caller gives up.
	ctx, stop := outlive(ctx, b.repo.opts.OutcomeLimit)
	defer stop()
	old := p.draft.snap.ref
	if old.IsZero() {
		old = b.repo.objects.format.Zero()
	}
	push := gitwire.Push{
		Commands: []gitwire.Command{{Ref: b.ref(), Old: old, New: p.commit}},
		Options:  p.options,
		Format:   b.repo.objects.format,
		Thin:     len(p.deltas) > 0,
	}
	report, err := b.repo.remote.Push(ctx, push, p.pack)
	if push.Thin && refusesThin(report, err) {
		b.repo.opts.Logf(ctx, "%s takes no deltas upon what it has, pushing whole objects: %s %v", b.repo.remote.URL(), report.Unpack, err)
		if err := b.makeWhole(ctx, p); err != nil {
			return tried{}, err
		}
		push.Thin = false
		report, err = b.repo.remote.Push(ctx, push, p.pack)
	}
	if err == nil && report.Unpack == "ok" {
		if st, ok := report.Ref(b.ref()); ok && st.OK {
			return b.arrived(ctx, p, report), nil
		}
	}
	if ctx.Err() != nil {
		return tried{}, fmt.Errorf("push to branch %q: %w", b.name, context.Cause(ctx))
	}
	return b.settle(ctx, p, report, err)
}

// arrived makes the pushed commit the branch's snapshot; what it is made of need never be fetched.
func (b *Branch) arrived(ctx context.Context, p *proposal, report gitwire.Report) tried {
	b.repo.objects.put(ctx, p.objs)
	b.noteHead(ctx, p.commit)
	s := &snapshot{objects: b.repo.objects, ref: p.commit, base: p.commit, root: p.draft.root}
	s.sized(p.draft.snap.large.Load())
	b.adopt(s)
	return tried{landed: true, snap: s, result: p.result(report)}
}

func (p *proposal) result(report gitwire.Report) Result {
	if !p.draft.makesCommit() {
		return Result{Messages: report.Messages} // a branch that was only created
	}
	return Result{Commit: p.commit, Tree: p.draft.root, Parent: p.draft.snap.base, Messages: report.Messages}
}

// settle finds out what became of a push that was not confirmed, by reading the branch:
//
//	nothing, for the server did not act           to be tried again as it is
//	the head is our commit, or descends from it   landed
//	the head is what it was                       refused, or to be tried again as it is
//	the head is something else                    moved: build anew on it
func (b *Branch) settle(ctx context.Context, p *proposal, report gitwire.Report, pushErr error) (tried, error) {
	remote, old := b.repo.remote, p.draft.snap
	if pushErr != nil && !remote.Unknown(pushErr) {
		if remote.Transient(pushErr) {
			return tried{err: b.lost(pushErr)}, nil // the server did nothing
		}
		return tried{}, b.lost(pushErr)
	}
	p.unsure = p.unsure || pushErr != nil
	why := pushErr
	if why == nil {
		why = b.refusal(report)
	}
	b.repo.opts.Logf(ctx, "push of %s to %s not confirmed, reading the branch: %v", p.commit, b.name, why)
	ref, base, err := b.resolve(ctx)
	switch {
	case err != nil:
		return tried{}, fmt.Errorf("push to branch %q: outcome unknown: %w; the branch could not be read afterwards: %w", b.name, why, err)
	case ref == p.commit:
		return b.arrived(ctx, p, report), nil
	case ref == old.ref && base == old.base:
		// Nothing but a trouble that passes is worth another push: the server would say the same
		// again.
		if pushErr == nil && !report.MayPass(b.ref()) || pushErr != nil && !remote.Transient(pushErr) {
			return tried{}, b.lost(why)
		}
		return tried{err: why}, nil
	}
	t := tried{moved: true, ref: ref, base: base, err: fmt.Errorf("the branch moved to %s: %w", ref, why)}
	final := pushErr == nil && report.Final(b.ref()) || pushErr != nil && !remote.Transient(pushErr)
	if p.unsure || final {
		if t.snap, t.landed, err = b.reopen(ctx, old, ref, base, p.commit); err != nil {
			return tried{}, err
		}
		t.result = p.result(report)
	}
	if final && !t.landed {
		return tried{}, b.lost(why)
	}
	return t, nil
}

// lost names the branch in an error that does not do so itself.
func (b *Branch) lost(err error) error {
	if _, ok := errors.AsType[*RefusedError](err); ok {
		return err
	}
	return fmt.Errorf("push to branch %q: %w", b.name, err)
}

// refusal is the server's no as an error.
func (b *Branch) refusal(report gitwire.Report) error {
	e := &RefusedError{Branch: b.name, Reason: "the server did not say why", Messages: report.Messages, Hint: report.Hint}
	st, ok := report.Ref(b.ref())
	if ok && st.Reason != "" {
		e.Reason = st.Reason
	}
	if report.Unpack != "ok" && report.Unpack != "" {
		e.Reason = "unpack: " + report.Unpack
		// git says "unpacker error" of every reference; Azure DevOps says here why.
		if st.Reason != "" && st.Reason != "unpacker error" && !strings.Contains(report.Unpack, st.Reason) {
			e.Reason += ": " + st.Reason
		}
	}
	return e
}

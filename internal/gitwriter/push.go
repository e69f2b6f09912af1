package gitwriter

import (
	"context"
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// push pushes the pending commit once and finds out its state. An error is final.
func (p *pending) push(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	b := p.branch
	// A push that is under way has an outcome, which must be known even when the caller gives up.
	ctx, stop := outlive(ctx, b.repo.opts.OutcomeLimit)
	defer stop()
	p.state, p.why = stays, nil
	old := p.snap.Ref
	if old.IsZero() {
		old = p.snap.Format().Zero()
	}
	req := gitwire.Push{
		Commands: []gitwire.Command{{Ref: b.Ref(), Old: old, New: p.id}},
		Options:  p.meta.PushOptions,
		Format:   p.snap.Format(),
		Thin:     len(p.deltas) > 0,
	}
	if req.Options == nil {
		req.Options = b.repo.opts.PushOptions
	}
	report, err := p.send(ctx, req)
	p.report = report
	if err == nil && report.Unpack == "ok" {
		if st, ok := report.Ref(b.Ref()); ok && st.Made(b.Ref(), p.id) {
			p.land(ctx)
			return nil
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("push to branch %q: %w", b.Name(), context.Cause(ctx))
	}
	return p.settle(ctx, err)
}

// send makes the request, and another if the server lacks an ability that it asks for. Together
// with the branch it deletes the helper ref, if there is one.
func (p *pending) send(ctx context.Context, req gitwire.Push) (gitwire.Report, error) {
	r := p.branch.repo
	p.atomic = p.helper != nil && !p.alone && !r.halves.Load()
	if !p.atomic {
		return r.send(ctx, &req, p.pack, p)
	}
	both := req
	both.Commands, both.Atomic = append(req.Commands[:1:1], p.helper.deletion()), true
	report, err := r.send(ctx, &both, p.pack, p)
	if !errors.Is(err, gitwire.ErrNoAtomic) {
		return report, err
	}
	r.logf(ctx, "%s offers no atomic push: the helper ref is deleted after the branch has moved", r.URL())
	r.halves.Store(true)
	p.atomic = false
	return r.send(ctx, &req, p.pack, p)
}

// send makes the request. If the server does not take the deltas of the pack, which is that of p,
// it makes the request again with whole objects.
func (r *Repo) send(ctx context.Context, req *gitwire.Push, pack Body, p *pending) (gitwire.Report, error) {
	report, err := r.pusher.Push(ctx, *req, pack)
	if !req.Thin || !refusesThin(report, err) {
		return report, err
	}
	r.logf(ctx, "%s does not accept a thin pack, pushing whole objects: %s %v", r.URL(), report.Unpack, err)
	if err := p.unthin(ctx); err != nil {
		return gitwire.Report{}, err
	}
	req.Thin = false
	return r.pusher.Push(ctx, *req, p.pack)
}

// land makes the pushed commit the branch's snapshot: its objects need never be fetched.
func (p *pending) land(ctx context.Context) {
	if p.atomic {
		p.helper.gone()
	}
	p.branch.Pushed(ctx, p.snap, p.id, p.root, p.objs)
	p.state = landed
}

// settle finds out the state after a push that was not confirmed, by reading the branch:
//
//	the server did not act                        stays: to be pushed again
//	the head is our commit, or descends from it   landed
//	the head is the same as before                refused, or stays
//	the head is another                           moved
func (p *pending) settle(ctx context.Context, pushErr error) error {
	b, transient := p.branch, errors.Is(pushErr, gitwire.ErrTransient)
	if pushErr != nil && !errors.Is(pushErr, gitwire.ErrUnknown) {
		if transient {
			p.why = p.named(pushErr)
			return nil
		}
		return p.named(pushErr)
	}
	p.unsure = p.unsure || pushErr != nil
	why := pushErr
	if why == nil {
		why = refusal(p.report, b.Ref())
	}
	b.repo.logf(ctx, "push of %s to %s not confirmed, reading the branch: %v", p.id, b.Name(), why)
	ref, base, err := b.Resolve(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("push to branch %q: outcome unknown: %w; the branch could not be read afterwards: %w", b.Name(), why, err)
	case ref == p.id:
		p.land(ctx)
		return nil
	case ref == p.snap.Ref && base == p.snap.Base && pushErr == nil && p.atomic && !p.report.Final(b.Ref()):
		// The helper ref may be the reason: the answer about the branch alone counts.
		p.alone, p.why = true, why
		return nil
	case ref == p.snap.Ref && base == p.snap.Base:
		// Only a transient failure is worth another push: otherwise the server would say the same
		// again.
		if pushErr == nil && !p.report.MayPass(b.Ref()) || pushErr != nil && !transient {
			return p.named(why)
		}
		p.why = why
		return nil
	}
	p.state, p.head = moved, head{ref: ref, base: base}
	p.why = fmt.Errorf("the branch moved to %s: %w", ref, why)
	final := pushErr == nil && p.report.Final(b.Ref()) || pushErr != nil && !transient
	if p.unsure || final {
		snap, found, err := b.Reopen(ctx, p.snap, ref, base, p.id)
		if err != nil {
			return err
		}
		p.head.snap = snap
		if found {
			p.state = landed
		}
	}
	if final && p.state != landed {
		return p.named(why)
	}
	return nil
}

// named adds the branch to an error that does not name it.
func (p *pending) named(err error) error {
	if _, ok := errors.AsType[*RefusedError](err); ok {
		return err
	}
	return fmt.Errorf("push to branch %q: %w", p.branch.Name(), err)
}

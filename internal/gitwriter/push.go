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
	report, err := b.repo.pusher.Push(ctx, req, p.pack)
	if req.Thin && refusesThin(report, err) {
		b.repo.logf(ctx, "%s does not accept a thin pack, pushing whole objects: %s %v", b.repo.URL(), report.Unpack, err)
		if err := p.unthin(ctx); err != nil {
			return err
		}
		req.Thin = false
		report, err = b.repo.pusher.Push(ctx, req, p.pack)
	}
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

// land makes the pushed commit the branch's snapshot: its objects need never be fetched.
func (p *pending) land(ctx context.Context) {
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

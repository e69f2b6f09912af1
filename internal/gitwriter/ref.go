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

const heads, tags = "refs/heads/", "refs/tags/"

// RefChange creates, moves or deletes a ref, if it still points at Old.
type RefChange struct {
	Ref string // full name
	// Old is zero for a ref that is to be created, New for a ref that is to be deleted.
	Old, New gitobj.ID
	// Objects are those that New needs and the server may lack.
	Objects []objstore.Object
}

// MovedError says that a ref does not point at the object that a change expects.
type MovedError struct {
	Ref        string
	Want, Have gitobj.ID // zero: no such ref
	Err        error     // the answer to the push
}

func (e *MovedError) Error() string {
	is := func(id gitobj.ID) string {
		if id.IsZero() {
			return "not there"
		}
		return "at " + id.String()
	}
	return fmt.Sprintf("%s is %s, where it was expected to be %s: somebody else changed it", RefName(e.Ref), is(e.Have), is(e.Want))
}

// Unwrap returns the answer to the push.
func (e *MovedError) Unwrap() error { return e.Err }

// RefName is a ref as people call it: branch "main", tag "v1".
func RefName(ref string) string {
	if name, ok := strings.CutPrefix(ref, heads); ok {
		return fmt.Sprintf("branch %q", name)
	}
	if name, ok := strings.CutPrefix(ref, tags); ok {
		return fmt.Sprintf("tag %q", name)
	}
	return ref
}

// SetRef makes the change by compare-and-swap. It is a success if the ref points at New afterwards,
// whoever moved it there. A ref that somebody else changed is a *MovedError, a refusal a
// *RefusedError. Pushes of commits to the same branch wait for it; the branch is read anew after
// it.
func (r *Repo) SetRef(ctx context.Context, c RefChange) error {
	defer r.Moved(c.Ref)
	if name, ok := strings.CutPrefix(c.Ref, heads); ok {
		b, err := r.Branch(ctx, name)
		if err != nil {
			return err
		}
		b.push.Lock()
		defer b.push.Unlock()
		defer b.Creation().Decided()
		if c.New.IsZero() {
			b.history.reset()
		}
	}
	p := newRefPush(r, c, r.opts.PushOptions)
	defer p.close()
	if err := p.stage(ctx); err != nil {
		return fmt.Errorf("push to %s: %w", RefName(c.Ref), err)
	}
	return p.run(ctx)
}

// refPush is a change of a ref on its way to the server.
type refPush struct {
	repo   *Repo
	change RefChange
	req    gitwire.Push
	pack   *packstage.Pack // nil for a deletion
	owned  []gitobj.ID     // references to staged objects
	source *pending        // the pack is that of a pending commit; nil: pack
}

func newRefPush(r *Repo, c RefChange, options []string) *refPush {
	return &refPush{repo: r, change: c, req: gitwire.Push{
		Commands: []gitwire.Command{{Ref: c.Ref, Old: c.Old, New: c.New}}, Options: options, Format: max(c.Old.Format(), c.New.Format()),
	}}
}

// body is the pack to send; nil for a deletion.
func (p *refPush) body() Body {
	switch {
	case p.source != nil:
		return p.source.pack
	case p.pack != nil:
		return p.pack
	}
	return nil
}

// stage selects the pack: it is empty if the server has the objects.
func (p *refPush) stage(ctx context.Context) (err error) {
	if p.change.New.IsZero() {
		return nil
	}
	stage := p.repo.stage
	if err := stage.SetFormat(p.change.New.Format()); err != nil {
		return err
	}
	for _, ob := range p.change.Objects {
		id, err := stage.PutBytes(ctx, ob.Kind, ob.Data)
		if err != nil {
			return err
		}
		p.owned = append(p.owned, id)
	}
	p.pack, err = stage.Pack(p.owned)
	return err
}

func (p *refPush) close() {
	if p.pack != nil {
		p.pack.Close()
	}
	p.repo.stage.Release(p.owned...)
}

// run pushes until the outcome is known. A push that may succeed later is made again.
func (p *refPush) run(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		done, why, err := p.once(ctx)
		if err != nil || done {
			return err
		}
		if attempt > maxUnmoved {
			return why
		}
		if err := p.repo.pusher.Wait(ctx, attempt, why); err != nil {
			return fmt.Errorf("push to %s: gave up: %w (last: %w)", RefName(p.change.Ref), err, why)
		}
	}
}

// once pushes once. Without an error and not done, the push may be made again; why is the reason
// that it has not succeeded.
func (p *refPush) once(asked context.Context) (done bool, why, err error) {
	if asked.Err() != nil {
		return false, nil, context.Cause(asked)
	}
	ctx, stop := outlive(asked, p.repo.opts.OutcomeLimit)
	defer stop()
	report, err := p.repo.send(ctx, &p.req, p.body(), p.source)
	if st, ok := report.Ref(p.change.Ref); err == nil && report.Unpack == "ok" && ok && (st.Made(p.change.Ref, p.change.New) || p.change.New.IsZero() && st.OK) {
		return true, nil, nil
	}
	if ctx.Err() != nil {
		return false, nil, fmt.Errorf("push to %s: %w", RefName(p.change.Ref), context.Cause(ctx))
	}
	again := errors.Is(err, gitwire.ErrTransient)
	if err == nil {
		why, again = refusal(report, p.change.Ref), report.MayPass(p.change.Ref)
	} else {
		why = fmt.Errorf("push to %s: %w", RefName(p.change.Ref), err)
	}
	if err != nil && !errors.Is(err, gitwire.ErrUnknown) { // the server did nothing
		if again {
			return false, why, nil
		}
		return false, nil, why
	}
	return p.settle(ctx, why, again)
}

// settle finds out the outcome of a push that was not confirmed, by reading the ref.
func (p *refPush) settle(ctx context.Context, why error, again bool) (done bool, _, err error) {
	c := p.change
	p.repo.logf(ctx, "push to %s not confirmed, reading it: %v", c.Ref, why)
	have, err := p.repo.RefObject(ctx, c.Ref)
	switch {
	case err != nil:
		return false, nil, fmt.Errorf("outcome unknown: %w; it could not be read afterwards: %w", why, err)
	case sameObject(have, c.New):
		return true, nil, nil
	case !sameObject(have, c.Old):
		return false, nil, &MovedError{Ref: c.Ref, Want: c.Old, Have: have, Err: why}
	case again:
		return false, why, nil
	}
	return false, nil, why
}

// sameObject compares ids. Zero is the same in every object format.
func sameObject(a, b gitobj.ID) bool { return a == b || a.IsZero() && b.IsZero() }

// refusal is the refusal in a report as an error.
func refusal(report gitwire.Report, ref string) *RefusedError {
	e := &RefusedError{Ref: ref, Reason: "the server did not say why", Messages: report.Messages, Hint: report.Hint}
	st, ok := report.Ref(ref)
	if ok && st.Reason != "" {
		e.Reason = st.Reason
	}
	if ok && st.OK && len(st.Instead) > 0 {
		e.Reason = "the server took the push and did not move " + RefName(ref) + " to it" + instead(st.Instead[0])
	}
	if report.Unpack != "ok" && report.Unpack != "" {
		e.Reason = "unpack: " + report.Unpack
		// git says "unpacker error" of every reference; Azure DevOps gives the reason here.
		if st.Reason != "" && st.Reason != "unpacker error" && !strings.Contains(report.Unpack, st.Reason) {
			e.Reason += ": " + st.Reason
		}
	}
	return e
}

// instead says where the server put an object that it did not put at the ref.
func instead(u gitwire.RefUpdate) string {
	switch {
	case u.Ref != "" && u.New.IsZero():
		return ", but " + u.Ref + ": it takes such pushes for a review"
	case u.Ref != "":
		return ", but " + u.Ref + " to " + u.New.String()
	}
	return ", but to " + u.New.String()
}

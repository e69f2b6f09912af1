package gitwriter

import (
	"context"
	"fmt"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Outcome is what became of one change of a commit.
type Outcome struct {
	Result Result
	Err    error
}

// maxUnmoved bounds how often a push is repeated that the server refused for a busy lock, though
// the branch did not move.
const maxUnmoved = 5

// Commit makes one commit of the changes and pushes it. Every change gets its own outcome, in the
// order of changes: one that does not apply is reported alone, and the others go through. When the
// tree does not change there is no commit. Staged blobs stay the caller's, whatever happens: after
// a failure the same changes can be committed again.
func (b *Branch) Commit(ctx context.Context, changes []Change, m Meta) []Outcome {
	out, _, _, _ := b.commit(ctx, changes, m)
	return out
}

// commit is Commit that also tells what it made of the changes, and the failure that all of them
// share.
func (b *Branch) commit(ctx context.Context, changes []Change, m Meta) ([]Outcome, *draft, Result, error) {
	b.push.Lock()
	defer b.push.Unlock()
	out := make([]Outcome, len(changes))
	if len(changes) == 0 && !m.AllowEmpty {
		return out, nil, Result{}, nil
	}
	d, res, err := b.land(ctx, changes, m)
	for i := range changes {
		switch {
		case d != nil && d.failed(i):
			out[i].Err = d.errs[i]
		case err != nil:
			out[i].Err = err
		case d.noop[i]:
			// The branch held it before this commit.
		default:
			out[i].Result = res
		}
	}
	if err == nil {
		b.remember(changes, out, d)
	}
	return out, d, res, err
}

// remember notes what this process has put on the branch and taken off it.
func (b *Branch) remember(changes []Change, out []Outcome, d *draft) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, c := range changes {
		switch {
		case out[i].Err != nil:
		case !c.Delete:
			b.written[c.Path] = true
		case !d.noop[i]:
			b.removed[c.Path] = d.at[i]
		}
	}
}

// land pushes until the changes are on the branch, or cannot be. A moved head means: check again,
// rebuild, push again, with the staged objects as they are. A head that did not move gets the very
// same commit again, so that an attempt that arrives late is recognised. The draft that it returns
// is the one that landed or failed; it is nil when there is none.
func (b *Branch) land(ctx context.Context, changes []Change, m Meta) (*draft, Result, error) {
	stale := b.hasSnapshot()
	for _, c := range changes {
		b.Anticipate(c.Path, c.From)
	}
	s, err := b.snapshot(ctx)
	if err != nil {
		return nil, Result{}, err
	}
	var p *proposal
	defer func() { p.close() }()
	asked := ctx
	release := func() {}
	defer func() { release() }()
	unmoved, start := 0, time.Now()
	var was *proposal // the last one that a moved head refused
	for attempt := 1; ; attempt++ {
		if p == nil {
			d, err := b.makeDraft(ctx, s, changes)
			if err != nil {
				return nil, Result{}, err
			}
			d.allowEmpty(m.AllowEmpty)
			if was != nil && d.resembles(was.draft) {
				landed, err := s.descends(ctx, was.draft.snap.base, was.commit)
				if err != nil || landed {
					return was.draft, was.result(gitwire.Report{}), err
				}
			}
			if !d.makesCommit() && !s.startsBranch() {
				if !stale {
					return d, Result{}, nil
				}
				// Nothing to push, so no compare-and-swap tells whether the branch still holds it:
				// look.
				stale = false
				if s, err = b.refresh(ctx, s); err != nil {
					return nil, Result{}, err
				}
				continue
			}
			if p, err = b.propose(ctx, d, changes, m); err != nil {
				return d, Result{}, err
			}
		}
		d := p.draft
		t, err := b.try(ctx, p)
		switch {
		case err != nil:
			return d, Result{}, err
		case t.landed:
			return d, t.result, nil
		}
		if err := b.exhausted(attempt, start, t); err != nil {
			return d, Result{}, err
		}
		if t.moved {
			p.close()
			was, p, unmoved = p, nil, 0
			var landed bool
			if err = rest(asked, t, attempt); err == nil {
				// The next attempt's requests begin now, so that little is left between knowing the
				// head and moving it.
				release()
				ctx, release = b.repo.remote.Prepare(asked) //nolint:fatcontext // in place of the last attempt's, not around it
				if s, landed, err = b.follow(ctx, s, t, attempt, was.commit); landed {
					return d, was.result(gitwire.Report{}), nil
				}
				if b.repo.objects.selective(true) {
					was = nil // it has been looked for
				}
			}
		} else if unmoved++; unmoved > maxUnmoved {
			return d, Result{}, t.err
		} else if err = b.repo.remote.Wait(ctx, unmoved, t.err); err == nil && len(p.deltas) > 0 {
			err = b.makeWhole(ctx, p) // in case that is what the server does not get over
		}
		if err != nil {
			return d, Result{}, fmt.Errorf("push to branch %q: gave up: %w (last: %w)", b.name, err, t.err)
		}
	}
}

// resembles reports whether a change of a draft does not apply, or has nothing to do, that another
// one had: the branch may hold that one's result.
func (d *draft) resembles(other *draft) bool {
	for i, noop := range d.noop {
		if noop != other.noop[i] || d.failed(i) != other.failed(i) {
			return true
		}
	}
	return false
}

// exhausted is the error of a push that was tried as often, or for as long, as the options allow;
// nil before that. Time bounds it, rather than a number: while others make progress, a busy branch
// lets everybody through sooner or later.
func (b *Branch) exhausted(attempt int, start time.Time, t tried) error {
	took := time.Since(start)
	var limit string
	switch o := b.repo.opts; {
	case attempt == o.MaxPushAttempts:
		limit = "limits.max_push_attempts"
	case took >= o.PushTimeout:
		limit = "limits.push_timeout"
	default:
		return nil
	}
	return fmt.Errorf("push to branch %q: %w: %d attempts in %s (%s), last: %w",
		b.name, ErrAttempts, attempt, took.Round(time.Second), limit, t.err)
}

// encode makes the commit object of a draft; objs are the commit and the trees that go with it, the
// commit first. A branch that is created without a change has neither: it starts at the snapshot's
// base.
func (b *Branch) encode(d *draft, changes []Change, m Meta) (gitobj.ID, []objstore.Object, error) {
	if !d.makesCommit() {
		return d.snap.base, nil, nil
	}
	now := b.repo.opts.Now()
	c := gitobj.Commit{
		Tree:      d.root,
		Author:    gitobj.Signature{Name: m.Author.Name, Email: m.Author.Email, When: now},
		Committer: gitobj.Signature{Name: m.Committer.Name, Email: m.Committer.Email, When: now},
		Message:   newAccount(b.name, changes, d).message(m),
	}
	if !d.snap.base.IsZero() {
		c.Parents = []gitobj.ID{d.snap.base}
	}
	if err := c.Validate(); err != nil {
		return gitobj.ID{}, nil, fmt.Errorf("commit to branch %q: %w", b.name, err)
	}
	raw := c.Append(nil)
	id := gitobj.Hash(b.repo.objects.format, gitobj.KindCommit, raw)
	objs := append(make([]objstore.Object, 0, 1+len(d.trees)), objstore.Object{ID: id, Kind: gitobj.KindCommit, Data: raw})
	return id, append(objs, d.trees...), nil
}

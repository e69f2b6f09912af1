package gitwriter

import (
	"context"
	"fmt"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Outcome is the outcome of a change of a commit.
type Outcome struct {
	Err    error
	result *Result // of the commit, shared by its changes; nil for none
}

// Result is the result of a change that is on the branch; the zero value of any other.
func (o Outcome) Result() Result {
	if o.result == nil {
		return Result{}
	}
	return *o.result
}

// Effects are the effects of a commit's changes on the branch, by the index of the change.
type Effects struct{ edits []edit }

// Before is the entry that the branch had at the change's path.
func (e Effects) Before(i int) gitread.Entry { return *e.edits[i].at }

// Unchanged reports whether the branch had the wanted entries already.
func (e Effects) Unchanged(i int) bool { return e.edits[i].state == unchanged }

// KeptFrom reports whether the commit left the file at the change's From.
func (e Effects) KeptFrom(i int) bool { return e.edits[i].keepFrom }

// maxUnmoved bounds how often a push is repeated that the server refused for a busy lock, though
// the branch did not move.
const maxUnmoved = 5

// Commit makes a commit of the changes and pushes it. Every change gets its own outcome, in the
// order of changes: a change that does not apply is reported alone, and the others are made. When
// the tree does not change there is no commit. Staged blobs stay the caller's in every case: after
// a failure the same changes can be committed again.
func (b *Branch) Commit(ctx context.Context, changes []Change, m Meta) []Outcome {
	out, _, _, _ := b.CommitTogether(ctx, changes, m)
	return out
}

// CommitTogether is Commit that also returns the effects of the changes, the result of the whole
// commit, and the failure that all changes share: with an error nothing was pushed, and there are
// no effects.
func (b *Branch) CommitTogether(ctx context.Context, changes []Change, m Meta) ([]Outcome, Effects, Result, error) {
	b.push.Lock()
	defer b.push.Unlock()
	out := make([]Outcome, len(changes))
	if len(changes) == 0 && !m.AllowEmpty {
		return out, Effects{}, Result{}, nil
	}
	p, res, err := b.land(ctx, changes, m)
	for i := range changes {
		switch {
		case p != nil && p.edits[i].state == dropped:
			out[i].Err = p.edits[i].err
		case err != nil:
			out[i].Err = err
		case p.edits[i].state != unchanged:
			out[i].result = &res
		}
	}
	if err != nil {
		return out, Effects{}, res, err
	}
	b.history.add(p.edits)
	return out, Effects{p.edits}, res, nil
}

// land builds and pushes commits until the changes are on the branch, or cannot be. On a moved head
// the changes are checked again and a new commit is built, with the staged blobs as they are. On a
// head that did not move the very same commit is pushed again, so that an attempt that arrives late
// is recognised. The pending commit that land returns is the last, which landed or failed; it
// is nil when there is none.
func (b *Branch) land(ctx context.Context, changes []Change, m Meta) (*pending, Result, error) {
	stale := b.HasSnapshot()
	for _, c := range changes {
		b.Anticipate(c.Path, c.From)
	}
	s, err := b.Snapshot(ctx)
	if err != nil {
		return nil, Result{}, err
	}
	if _, foreseen := b.Creation().Foreseen(); foreseen && s.Ref.IsZero() { // its own resource creates it
		return nil, Result{}, &gitread.BranchError{Branch: b.Name()}
	}
	race := race{branch: b, asked: ctx, start: time.Now()}
	defer func() { race.helper.end(ctx) }()
	defer race.end()
	var p *pending
	defer func() { p.close() }()
	for {
		if p == nil {
			if p, err = b.build(ctx, s, changes, m); err != nil {
				return nil, Result{}, err
			}
			if landed, err := race.landedBefore(s, p); err != nil || landed {
				return race.lost, race.lost.result(), err
			}
			if !p.makesCommit() && !s.StartsBranch() {
				if !stale {
					return p, Result{}, nil
				}
				// Without a push no compare-and-swap tells whether the branch still has it: read
				// the branch.
				stale = false
				if s, err = b.Refresh(ctx, s); err != nil {
					return nil, Result{}, err
				}
				p = nil
				continue
			}
			if err := p.stageCommit(ctx); err != nil {
				return p, Result{}, err
			}
			if b.repo.opts.Host != nil && p.makesCommit() {
				if err := p.exchange(ctx, race.helperRef()); err != nil {
					return p, Result{}, err
				}
			}
		}
		if err := p.push(ctx); err != nil {
			return p, Result{}, err
		}
		if p.state == landed {
			return p, p.result(), nil
		}
		if err := race.exhausted(p); err != nil {
			return p, Result{}, err
		}
		if p.state == moved {
			p.close()
			var found bool
			if s, found, err = race.rebase(p); found {
				return p, p.result(), nil
			}
			if err == nil {
				p = nil
			}
		} else if race.unmoved++; race.unmoved > maxUnmoved {
			return p, Result{}, p.why
		} else {
			err = race.again(p)
		}
		if err != nil {
			return p, Result{}, fmt.Errorf("push to branch %q: gave up: %w (last: %w)", b.Name(), err, p.why)
		}
	}
}

// race is a series of pushes of the same changes, against concurrent committers.
type race struct {
	branch  *Branch
	asked   context.Context // of the caller
	start   time.Time
	attempt int // pushes so far
	unmoved int // of these, since the head moved last

	lost    *pending // the last commit that lost to another head, unless it was looked for there
	release func()   // gives up the requests that were begun ahead and not used; nil for none
	helper  *helper  // nil unless the host makes the commits
}

// helperRef is the helper ref of all commits of the race.
func (r *race) helperRef() *helper {
	if r.helper == nil {
		r.helper = r.branch.repo.newHelper()
	}
	return r.helper
}

// end gives up the requests that were begun ahead and not used.
func (r *race) end() {
	if r.release != nil {
		r.release()
	}
}

// landedBefore reports whether the commit that lost the race is on the branch all the same: p,
// built on the head that it lost to, has less to do.
func (r *race) landedBefore(s *gitread.Snapshot, p *pending) (bool, error) {
	if r.lost == nil || !p.resembles(r.lost) {
		return false, nil
	}
	r.lost.report = gitwire.Report{}
	return s.Descends(r.asked, r.lost.snap.Base, r.lost.id)
}

// exhausted counts a push that did not land. It is an error once the options allow no further push.
// Time bounds the pushes, rather than their number: while others make progress, a busy branch lets
// everybody through sooner or later.
func (r *race) exhausted(p *pending) error {
	r.attempt++
	took := time.Since(r.start)
	var limit string
	switch o := r.branch.repo.opts; {
	case r.attempt == o.MaxPushAttempts:
		limit = "limits.max_push_attempts"
	case took >= o.PushTimeout:
		limit = "limits.push_timeout"
	default:
		return nil
	}
	return fmt.Errorf("push to branch %q: %w: %d attempts in %s (%s), last: %w",
		r.branch.Name(), ErrAttempts, r.attempt, took.Round(time.Second), limit, p.why)
}

// again waits before the same commit is pushed again.
func (r *race) again(p *pending) error {
	err := r.branch.repo.pusher.Wait(r.asked, r.unmoved, p.why)
	if err == nil && len(p.deltas) > 0 {
		err = p.unthin(r.asked) // in case the server fails on the deltas
	}
	return err
}

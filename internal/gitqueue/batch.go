package gitqueue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// errGivenUp is the outcome of a change whose request was cancelled before its commit was made.
var errGivenUp = errors.New("cancelled before it was committed; nothing of it is on the branch")

// committer makes the commits of a batch; it is a *gitwriter.Branch outside of tests.
type committer interface {
	Commit(ctx context.Context, changes []gitwriter.Change, m gitwriter.Meta) []gitwriter.Outcome
}

// batcher is the group commit of a branch: changes that arrive together become a commit and a
// push.
//
//	Announce ─► held ─► Submit ─► open batch ─seal─► Commit ─► each waiter's own outcome
//	              └─ Withdraw / 500 ms ┘
type batcher struct {
	branch       committer
	meta         gitwriter.Meta
	outcomeLimit time.Duration // see gitwriter.Options

	mu      sync.Mutex // guards the fields below
	rule    sealRule
	held    map[string]*Pending
	open    []*submission
	pushing bool
	timer   *time.Timer
}

// submission is the request of a resource: changes that wait, and are committed together.
type submission struct {
	ctx     context.Context // of the waiting request, for its values and its cancellation
	changes []gitwriter.Change
	whole   bool                     // all of the changes or none
	done    chan []gitwriter.Outcome // of capacity 1: it is always answered
	batch   *batch                   // once sealed
}

// batch is a set of submissions that has become a commit.
type batch struct {
	members []*submission
	gaveUp  atomic.Int32
	stop    context.CancelFunc
}

// Pending is a change that was announced and has not arrived.
type Pending struct {
	b       *batcher
	path    string
	expires time.Time
}

func newBatcher(branch committer, o Options, outcomeLimit time.Duration) *batcher {
	return &batcher{
		branch: branch, meta: o.Meta, outcomeLimit: outcomeLimit,
		rule: sealRule{window: o.BatchWindow}, held: make(map[string]*Pending),
	}
}

// Announce tells that a change of path is about to be submitted, and holds the open batch for it,
// for 500 ms at most. It is called when a plan that changes the path is made in the process that
// applies it, and again when the apply begins; the second call renews the first. Withdraw ends it,
// and so does Submit.
func (b *Branch) Announce(path string) *Pending { return b.batch.announce(path) }

func (t *batcher) announce(path string) *Pending {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.held[path]
	if p == nil {
		p = &Pending{b: t, path: path}
		t.held[path] = p
	}
	p.expires = time.Now().Add(holdLimit)
	t.scheduleLocked()
	return p
}

// HoldFor holds the open batch for a put of path that another resource is about to make, for 500 ms
// at most, so that both are in a commit. A put that has arrived is not waited for.
func (b *Branch) HoldFor(path string) {
	if b.PutHere(path) || b.batch.has(path) {
		return
	}
	b.Announce(path)
}

// has reports whether the open batch has a put of the path.
func (t *batcher) has(path string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.open {
		for _, c := range s.changes {
			if c.Path == path && !c.Delete {
				return true
			}
		}
	}
	return false
}

// Withdraw takes an announcement back. It may be called twice, after Submit, and on nil.
func (p *Pending) Withdraw() {
	if p == nil {
		return
	}
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	p.b.dropLocked(p)
	p.b.scheduleLocked()
}

func (t *batcher) dropLocked(p *Pending) {
	if p != nil && t.held[p.path] == p {
		delete(t.held, p.path)
	}
}

// Submit adds a change to the branch's open batch and waits until it is on the branch or cannot be.
// The batch becomes a commit with Options.Meta. A change that does not apply is reported alone.
// When ctx ends before the batch is sealed, nothing of the change is committed; when it ends later,
// the push's true outcome is awaited. The change's staged blob stays the caller's to Discard.
func (b *Branch) Submit(ctx context.Context, p *Pending, c gitwriter.Change) (gitwriter.Result, error) {
	o := b.SubmitAll(ctx, p, []gitwriter.Change{c})[0]
	return o.Result(), o.Err
}

// SubmitAll is Submit for the changes of a resource, which are never parted into two commits. Each
// has its own outcome, at its index.
func (b *Branch) SubmitAll(ctx context.Context, p *Pending, changes []gitwriter.Change) []gitwriter.Outcome {
	return b.batch.submit(p, &submission{ctx: ctx, changes: changes, done: make(chan []gitwriter.Outcome, 1)})
}

// SubmitWhole is SubmitAll for changes of which all are made or none: when some do not apply, their
// outcomes say why, and the outcome of each other change is ErrLeftOut.
func (b *Branch) SubmitWhole(ctx context.Context, p *Pending, changes []gitwriter.Change) []gitwriter.Outcome {
	return b.batch.submit(p, &submission{ctx: ctx, changes: changes, whole: true, done: make(chan []gitwriter.Outcome, 1)})
}

func (t *batcher) submit(p *Pending, s *submission) []gitwriter.Outcome {
	ctx := s.ctx
	t.mu.Lock()
	t.dropLocked(p)
	t.open = append(t.open, s)
	t.rule.arrive(time.Now())
	t.scheduleLocked()
	t.mu.Unlock()

	select {
	case out := <-s.done:
		return out
	case <-ctx.Done():
	}
	if t.leave(s) {
		return s.fail(func(c gitwriter.Change) error { return fmt.Errorf("%s: %w: %w", c, errGivenUp, context.Cause(ctx)) })
	}
	if n := int(s.batch.gaveUp.Add(1)); n == len(s.batch.members) {
		s.batch.stop() // nobody waits any more: no further attempt, but the push under way
	}
	limit := time.NewTimer(t.outcomeLimit)
	defer limit.Stop()
	select {
	case out := <-s.done:
		return out
	case <-limit.C:
		unanswered := &gitwriter.UnansweredError{Limit: t.outcomeLimit, Cause: context.Cause(ctx)}
		return s.fail(func(c gitwriter.Change) error { return fmt.Errorf("%s: %w", c, unanswered) })
	}
}

// fail is an outcome for each change that has none.
func (s *submission) fail(why func(gitwriter.Change) error) []gitwriter.Outcome {
	out := make([]gitwriter.Outcome, len(s.changes))
	for i, c := range s.changes {
		out[i].Err = why(c)
	}
	return out
}

// leave takes a submission out of the open batch; false when the batch is sealed already.
func (t *batcher) leave(s *submission) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, o := range t.open {
		if o == s {
			t.open = append(t.open[:i], t.open[i+1:]...)
			t.rule.leave()
			t.scheduleLocked()
			return true
		}
	}
	return false
}

// scheduleLocked seals the open batch when it is due, or sets the timer for the time when it will
// be.
func (t *batcher) scheduleLocked() {
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.pushing || len(t.open) == 0 {
		return
	}
	now := time.Now()
	due, limit := t.rule.due()
	if held := t.heldUntilLocked(now); held.After(due) {
		due = held
	}
	if due.After(limit) {
		due = limit
	}
	if due.After(now) {
		t.timer = time.AfterFunc(due.Sub(now), func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.scheduleLocked()
		})
		return
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.open[0].ctx))
	sealed := &batch{members: t.open, stop: stop}
	for _, s := range sealed.members {
		s.batch = sealed
	}
	t.open, t.pushing = nil, true
	t.rule.seal()
	go t.commit(ctx, sealed)
}

// heldUntilLocked is the time at which the last announcement lapses; the zero time when there is
// none. Lapsed ones are forgotten.
func (t *batcher) heldUntilLocked(now time.Time) time.Time {
	var until time.Time
	for path, p := range t.held {
		if !p.expires.After(now) {
			delete(t.held, path)
			continue
		}
		if p.expires.After(until) {
			until = p.expires
		}
	}
	return until
}

// commit makes the sealed batch a commit and answers everyone who waits for it.
func (t *batcher) commit(ctx context.Context, sealed *batch) {
	defer sealed.stop()
	var changes []gitwriter.Change
	for i, s := range sealed.members {
		changes = append(changes, s.changes...)
		if s.whole {
			for k := len(changes) - len(s.changes); k < len(changes); k++ {
				changes[k].Group = i + 1
			}
		}
	}
	out := t.branch.Commit(ctx, changes, t.meta)
	t.mu.Lock()
	now := time.Now()
	t.heldUntilLocked(now)
	t.pushing = false
	t.rule.pushed(now, len(sealed.members), len(t.held))
	t.scheduleLocked()
	t.mu.Unlock()
	for _, s := range sealed.members {
		n := len(s.changes)
		s.done <- out[:n:n]
		out = out[n:]
	}
}

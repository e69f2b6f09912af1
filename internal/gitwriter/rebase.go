package gitwriter

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// The pace of a writer that keeps losing the race for a branch.
const (
	// restUnit is the longest rest after the second loss; it doubles with each further loss until
	// restLimit.
	restUnit = 20 * time.Millisecond
	// restLimit bounds a rest. It is reached with the eighth loss or so; from then on the bound
	// halves with each loss, down to restLeast.
	restLimit = 1500 * time.Millisecond
	// restLeast is the bound for a writer that has waited longest.
	restLeast = 4 * restUnit
	// waitAfter is the number of losses after which the writer waits for a concurrent commit before
	// it pushes.
	waitAfter = 2
	// waitFor bounds that wait; pollEvery is the time between two look-ups of the head, which cost
	// the server something too.
	waitFor   = 200 * time.Millisecond
	pollEvery = 2 * time.Millisecond
)

// rebase returns the snapshot on which to build after a push that lost to a concurrent commit. It
// reports whether the lost commit is among theirs all the same.
//
// The first time it is the head that was just read, at once. Later the writer rests, for a random
// time that grows, so that writers that lost to the same commit do not meet again and do not slow
// each other down. After some losses it also waits for the next concurrent commit: a committer that
// commits at intervals leaves the most time right after a commit.
//
//	others   ─┬────────────┬─────────────────┬──
//	          │ lost       │ head read: fetch, build, push
//	us       ─┘ rest, poll ┴──────────►│
func (r *race) rebase(p *pending) (*gitread.Snapshot, bool, error) {
	r.unmoved, r.lost = 0, p
	if r.attempt > 1 && p.head.snap == nil {
		if err := pause(r.asked, rand.N(longestRest(r.attempt))); err != nil {
			return nil, false, err
		}
	}
	// The next attempt's requests begin now, so that little time is left between reading the head
	// and moving it.
	r.end()
	r.release = r.branch.repo.pusher.Prepare(r.asked)
	selective := r.branch.Selective()
	s, found, err := r.next(p, selective)
	if selective {
		r.lost = nil // the commit has been looked for
	}
	if found {
		p.report = gitwire.Report{}
	}
	return s, found, err
}

// next reads the head to which the branch moved, or a later head.
func (r *race) next(p *pending, selective bool) (*gitread.Snapshot, bool, error) {
	if p.head.snap != nil {
		return p.head.snap, false, nil
	}
	b, ctx := r.branch, r.asked
	ref, base := p.head.ref, p.head.base
	if r.attempt > 1 {
		var err error
		if ref, base, err = b.Resolve(ctx); err != nil {
			return nil, false, err
		}
		if r.attempt > waitAfter {
			if ref, base, err = b.awaitMove(ctx, ref, base); err != nil {
				return nil, false, err
			}
		}
	}
	ours := p.id
	if !selective {
		ours = gitobj.ID{} // where all contents come along, it is looked for if there is a sign of it: landedBefore
	}
	return b.Reopen(ctx, p.snap, ref, base, ours)
}

// awaitMove polls the branch until it moves, for waitFor at most, and returns its commits then.
func (b *Branch) awaitMove(ctx context.Context, ref, base gitobj.ID) (now, nowBase gitobj.ID, err error) {
	end := time.Now().Add(waitFor)
	for now, nowBase = ref, base; now == ref && time.Now().Before(end); {
		if err := pause(ctx, pollEvery); err != nil {
			return now, nowBase, err
		}
		if now, nowBase, err = b.Resolve(ctx); err != nil {
			return now, nowBase, err
		}
	}
	return now, nowBase, nil
}

// longestRest bounds the rest after an attempt, from 2. Among writers that lose to each other it
// favours those that have waited longest: it grows until they are out of each other's way, and then
// shrinks again, so that an old writer tries several times while a young writer rests.
//
//	attempt   2   3   4    5    6    7    8     9     10   11   12   13 …
//	ms        20  40  80   160  320  640  1280  1500  750  375  188  94 … 80
func longestRest(attempt int) time.Duration {
	const peak = 9 // the attempt at which restUnit has grown to restLimit
	if attempt <= peak {
		return min(restUnit<<(attempt-2), restLimit)
	}
	return max(restLimit>>min(attempt-peak, 16), restLeast)
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

package gitwriter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// The pace of a writer who keeps losing the race for a branch.
const (
	// restUnit is the longest rest after the second loss; it doubles with each further loss until
	// restLimit.
	restUnit = 20 * time.Millisecond
	// restLimit bounds a rest. It is reached with the eighth loss or so; from then on the bound
	// halves with each loss, down to restLeast.
	restLimit = 1500 * time.Millisecond
	// restLeast is the bound for a writer who has waited longest.
	restLeast = 4 * restUnit
	// ambushAfter is the number of losses after which the writer waits for somebody else's commit
	// before its own.
	ambushAfter = 2
	// ambushFor bounds that wait; ambushPause is between two looks at the branch, which cost the
	// server something too.
	ambushFor   = 200 * time.Millisecond
	ambushPause = 2 * time.Millisecond
)

// follow returns the snapshot to build on after an attempt (from 1) that lost to somebody else's
// commit.
//
// The first time that is the head just read, at once. Later the writer rests, for a random time
// that grows, so that writers who lost to the same commit do not meet again, and do not slow each
// other down by trying all the time. After some losses it also lies in wait: somebody who commits
// at intervals leaves the most time right after a commit.
//
//	others   ─┬────────────┬────────────┬──
//	          │ lost       │ seen: fetch, build, push
//	us       ─┘ rest · poll ┴──────────►│
//
// It reports whether ours, the commit that was refused, is among theirs all the same.
func (b *Branch) follow(ctx context.Context, old *snapshot, t tried, attempt int, ours gitobj.ID) (*snapshot, bool, error) {
	if t.snap != nil {
		return t.snap, false, nil
	}
	ref, base := t.ref, t.base
	if attempt > 1 {
		var err error
		if ref, base, err = b.resolve(ctx); err != nil {
			return nil, false, err
		}
		if attempt > ambushAfter {
			if ref, base, err = b.ambush(ctx, ref, base); err != nil {
				return nil, false, err
			}
		}
	}
	if !b.repo.objects.selective(true) {
		ours = gitobj.ID{} // see land: where all contents come along, it is looked for if there is a sign of it
	}
	return b.reopen(ctx, old, ref, base, ours)
}

// ambush polls the branch until it moves, for a short while, and returns where it stands.
func (b *Branch) ambush(ctx context.Context, ref, base gitobj.ID) (now, nowBase gitobj.ID, err error) {
	end := time.Now().Add(ambushFor)
	for now, nowBase = ref, base; now == ref && time.Now().Before(end); {
		if err := pause(ctx, ambushPause); err != nil {
			return now, nowBase, err
		}
		if now, nowBase, err = b.resolve(ctx); err != nil {
			return now, nowBase, err
		}
	}
	return now, nowBase, nil
}

// refresh returns the snapshot of where the branch stands now.
func (b *Branch) refresh(ctx context.Context, old *snapshot) (*snapshot, error) {
	ref, base, err := b.resolve(ctx)
	if err != nil || (ref == old.ref && base == old.base) {
		return old, err
	}
	s, _, err := b.reopen(ctx, old, ref, base, gitobj.ID{})
	return s, err
}

// reopen makes the head that the branch moved to its snapshot. It reports whether landed, a commit
// of ours, is among the commits since old.
func (b *Branch) reopen(ctx context.Context, old *snapshot, ref, base, landed gitobj.ID) (*snapshot, bool, error) {
	prior := func(context.Context) *snapshot { return old }
	s, err := openSnapshot(ctx, b.repo.objects, opening{ref: ref, base: base, prior: prior, landed: landed})
	if err != nil {
		return nil, false, fmt.Errorf("read branch %q, which moved: %w", b.name, err)
	}
	b.adopt(s.snapshot)
	if !landed.IsZero() && !s.hasLanded && old.base.IsZero() {
		s.hasLanded, err = s.descends(ctx, gitobj.ID{}, landed)
	}
	return s.snapshot, s.hasLanded, err
}

// rest waits a random time after an attempt that was lost, but the first, and not where the new
// head is read already.
func rest(ctx context.Context, t tried, attempt int) error {
	if attempt == 1 || t.snap != nil {
		return nil
	}
	return pause(ctx, rand.N(longestRest(attempt)))
}

// longestRest bounds the rest after an attempt, from 2. Among writers who lose to each other it
// favours those who have waited longest: it grows until they are out of each other's way, and then
// shrinks again, so that an old writer tries several times while a young one rests.
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

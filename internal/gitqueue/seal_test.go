package gitqueue

import (
	"testing"
	"time"
)

// wave plays arrivals against a rule and returns the sizes of the batches that it seals. Each event
// is an offset from the start; every push takes pushTime.
func wave(r *sealRule, arrivals []time.Duration, pushTime time.Duration) []int {
	start := time.Unix(1_000_000, 0)
	var sizes []int
	var pushEnd time.Time
	size := 0
	settle := func(until time.Time) {
		for {
			if size > 0 && !pushEnd.After(until) {
				r.pushed(pushEnd, size, 0)
				size = 0
			}
			if size > 0 || r.waiting == 0 {
				return
			}
			due, _ := r.due()
			if due.After(until) {
				return
			}
			size = r.waiting
			sizes = append(sizes, size)
			r.seal()
			pushEnd = due.Add(pushTime)
		}
	}
	for _, a := range arrivals {
		now := start.Add(a)
		settle(now)
		r.arrive(now)
	}
	settle(start.Add(time.Hour))
	return sizes
}

func TestSealRule(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, c := range []struct {
		name     string
		arrivals []time.Duration
		push     time.Duration
		want     []int
	}{
		{"one change waits for the batch window", []time.Duration{0}, 20 * ms, []int{1}},
		{"changes within the window share a batch", []time.Duration{0, 10 * ms, 30 * ms, 60 * ms}, 20 * ms, []int{4}},
		{"a pause longer than the window parts two batches", []time.Duration{0, 10 * ms, 400 * ms}, 20 * ms, []int{2, 1}},
		{"what comes while a push runs waits for its end", []time.Duration{0, 60 * ms, 70 * ms, 80 * ms}, 100 * ms, []int{1, 3}},
		{"slow arrivals stretch the quiet", []time.Duration{0, 45 * ms, 90 * ms, 190 * ms}, 20 * ms, []int{4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := wave(&sealRule{window: 50 * ms}, c.arrivals, c.push)
			if len(got) != len(c.want) {
				t.Fatalf("batches %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Fatalf("batches %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestACompleteWaveIsSealedAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	r := sealRule{window: 50 * time.Millisecond}
	for range 10 {
		r.arrive(now)
	}
	r.seal()
	r.pushed(now, 10, 0)
	for range 10 {
		now = now.Add(2 * time.Millisecond)
		r.arrive(now)
	}
	if due, _ := r.due(); due.Sub(now) != quietWhenFull {
		t.Errorf("the second wave of ten is sealed after %v, want %v", due.Sub(now), quietWhenFull)
	}
	r.leave()
	if due, _ := r.due(); due.Sub(now) < quietWhenFewer {
		t.Errorf("with nine of ten, after %v, want at least %v", due.Sub(now), quietWhenFewer)
	}
}

func TestABatchNeverWaitsLongerThanItsLimit(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_000_000, 0)
	r := sealRule{window: 50 * time.Millisecond}
	r.arrive(start)
	r.seal()
	r.pushed(start, 100, 100)
	now := start
	for range 60 {
		now = now.Add(100 * time.Millisecond)
		r.arrive(now)
	}
	due, limit := r.due()
	if want := start.Add(100 * time.Millisecond).Add(batchLimit); due != limit || due != want {
		t.Errorf("sealed at %v, want %v after the first change", due.Sub(start), want.Sub(start))
	}
}

package gitqueue

import "time"

// The times that the sealing rule works with. They come from measured arrivals of Terraform's
// requests.
const (
	// holdLimit is how long an announced change holds a batch open.
	holdLimit = 500 * time.Millisecond
	// batchLimit is how long after its first change a batch waits at most.
	batchLimit = 5 * time.Second
	// quietWhenFull is the quiet after which a batch is sealed that has all expected changes.
	quietWhenFull = 10 * time.Millisecond
	// quietWhenFewer is the least quiet while an expected change is missing.
	quietWhenFewer = 250 * time.Millisecond
	// quietLimit bounds the quiet that slow arrivals ask for while an expected change is missing.
	// Large states on a busy machine have gaps of more than half a second within a wave.
	quietLimit = 2 * time.Second
	// quietFirst is the same for the first batches, when nothing is known about waves.
	quietFirst = 500 * time.Millisecond
	// gapLimit is the gap beyond which two arrivals have nothing to do with each other.
	gapLimit = 2 * time.Second
	// gapDecay is the factor by which the largest gap shrinks at each arrival.
	gapDecay = 0.9
	// expectOver is the number of past batches from which the next wave is predicted.
	expectOver = 3
)

// sealRule decides when the changes that wait are a batch. Terraform applies as many resources at
// once as its parallelism allows and starts the next ones when some are done, so changes come in
// waves:
//
//	arrivals  ||| |  |||| |          |||||| ||||
//	          wave of up to N   push   next wave …
//
// The rule learns the size of a wave (the changes of a batch, and those that had arrived or were
// announced when its push ended) and the pace within it. A complete wave is sealed at once; an
// incomplete wave waits for about three times the largest recent gap. The rule has no clock and no
// lock: callers pass the time.
type sealRule struct {
	window time.Duration // quiet time while nothing is known about waves (limits.batch_window)

	first, last time.Time // arrivals of the open batch; zero when it is empty
	waiting     int
	since       time.Time // the last arrival or end of a push: where the next gap starts
	gap         time.Duration
	waves       [expectOver]int
	next        int
}

// arrive notes a change that joins the open batch.
func (r *sealRule) arrive(now time.Time) {
	r.gap = time.Duration(float64(r.gap) * gapDecay)
	if g := now.Sub(r.since); !r.since.IsZero() && g <= gapLimit {
		r.gap = max(r.gap, g)
	}
	if r.waiting == 0 {
		r.first = now
	}
	r.waiting++
	r.last, r.since = now, now
}

// leave notes a change that gives up before the batch is sealed.
func (r *sealRule) leave() { r.waiting-- }

// seal notes that the open batch became a commit; the next change opens another.
func (r *sealRule) seal() { r.waiting, r.first, r.last = 0, time.Time{}, time.Time{} }

// pushed notes the end of a batch's push: its size, and how many changes are held (announced) for
// the next.
func (r *sealRule) pushed(now time.Time, size, held int) {
	r.waves[r.next%expectOver] = size + r.waiting + held
	r.next++
	r.since = now
	if r.waiting > 0 {
		// Those who were released by the push are about to come: their quiet starts now.
		r.last = now
	}
}

// expected is the size of wave that recent batches suggest.
func (r *sealRule) expected() int { return max(r.waves[0], r.waves[1], r.waves[2]) }

// due is when the open batch is to be sealed if nothing further happens. Announced changes hold it
// until limit.
func (r *sealRule) due() (seal, limit time.Time) {
	limit = r.first.Add(batchLimit)
	e := r.expected()
	var quiet time.Duration
	switch {
	case e > 1 && r.waiting >= e:
		quiet = quietWhenFull
	case e > 1:
		quiet = min(quietLimit, max(quietWhenFewer, 3*r.gap))
	default:
		quiet = min(max(quietFirst, r.window), max(r.window, 3*r.gap))
	}
	seal = r.last.Add(quiet)
	if seal.After(limit) {
		seal = limit
	}
	return seal, limit
}

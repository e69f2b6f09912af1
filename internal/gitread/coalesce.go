package gitread

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

const (
	// maxWants bounds the objects that a fetch asks for, and with it the size of the request (about
	// 50 bytes for each).
	maxWants = 8192
	// From a snapshot's third fetch on, a fetch waits for up to gatherFor until as many callers
	// share it as shared the largest fetch before. Terraform has ten resources under way, and the
	// next ones follow soon after an answer.
	gatherFor = 60 * time.Millisecond
	// movingFor is the time that a fetch waits at most for announced readers, which may be on their
	// way through requests of their own.
	movingFor = time.Second
	// contentsBudget bounds the pack of several contents, in bytes. More of them than mostGathered
	// are not kept, and need not be transferred either.
	contentsBudget = 2 * mostGathered
)

// coalesced is a fetch that concurrent callers share, and its answer.
type coalesced struct {
	wants []gitobj.ID
	known map[gitobj.ID]bool // wants as a set
	snaps []*Snapshot        // whose directories are wanted; none if other objects are
	// most bounds the objects whose content is wanted, in bytes.
	most    int64
	callers int       // that share the fetch
	readers []*Reader // those of them that were announced

	done chan struct{} // closed when the fields below are set
	size int64         // bytes in got
	got  map[gitobj.ID]objstore.Object
	bad  map[gitobj.ID]error // why an object could not be had, though the request itself succeeded
	err  error
}

// fetch joins the next coalesced fetch and waits for its answer. The fetch is not bound to the
// context of any caller, since others wait for it too: it goes on when a caller gives up.
//
// Objects that did not fit into the answer are not in it. There is always at least an object.
func (o *objects) fetch(ctx context.Context, ids []gitobj.ID, s *Snapshot, most int64) (map[gitobj.ID]objstore.Object, error) {
	f := o.join(ctx, ids, s, most)
	if err := await(ctx, f.done); err != nil {
		return nil, err
	}
	if f.err != nil {
		return nil, f.err
	}
	for _, id := range ids {
		if err := f.bad[id]; err != nil && err != errTogether {
			return nil, fmt.Errorf("object %s: %w", id, err)
		}
	}
	return f.got, nil
}

func (o *objects) join(ctx context.Context, ids []gitobj.ID, s *Snapshot, most int64) *coalesced {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.nextLocked(len(ids), s)
	f.callers++
	if by := readerFrom(ctx, o); by != nil {
		by.restLocked()
		f.readers = append(f.readers, by)
	}
	f.most = max(f.most, most)
	for _, id := range ids {
		if !f.known[id] {
			f.known[id] = true
			f.wants = append(f.wants, id)
		}
	}
	if s != nil && !slices.Contains(f.snaps, s) {
		f.snaps = append(f.snaps, s)
	}
	o.wakeLocked()
	if !o.running {
		o.running = true
		go o.run(context.WithoutCancel(ctx))
	}
	return f
}

// wakeLocked lets a fetch that gathers look again.
func (o *objects) wakeLocked() {
	if o.joined != nil {
		close(o.joined)
		o.joined = nil
	}
}

// nextLocked returns a waiting fetch with room for n more wants. Directories and other objects are
// not asked for together.
func (o *objects) nextLocked(n int, s *Snapshot) *coalesced {
	for _, f := range o.queue {
		if (s == nil) == (f.snaps == nil) && len(f.wants)+n <= maxWants {
			return f
		}
	}
	f := &coalesced{known: make(map[gitobj.ID]bool, n), done: make(chan struct{})}
	o.queue = append(o.queue, f)
	return f
}

// run answers coalesced fetches, each when the last is done, until none is waiting.
func (o *objects) run(ctx context.Context) {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 {
			o.running = false
			o.mu.Unlock()
			return
		}
		o.mu.Unlock()
		f := o.gather(ctx)
		f.got, f.bad = make(map[gitobj.ID]objstore.Object, len(f.wants)), make(map[gitobj.ID]error)
		f.err = o.answer(ctx, f)
		o.mu.Lock()
		for _, r := range f.readers { // before the next fetch is chosen
			r.moveLocked()
		}
		o.mu.Unlock()
		close(f.done)
	}
}

// gather takes the next fetch out of the queue, which is not empty. It waits for more callers where
// some are expected, up to a limit.
func (o *objects) gather(ctx context.Context) *coalesced {
	var limit <-chan time.Time
	for {
		o.mu.Lock()
		i, wait := o.dueLocked()
		if wait == 0 || ctx.Err() != nil {
			return o.takeLocked(i)
		}
		if o.joined == nil {
			o.joined = make(chan struct{})
		}
		joined := o.joined
		o.mu.Unlock()
		if limit == nil {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			limit = timer.C
		}
		select {
		case <-joined:
		case <-ctx.Done():
		case <-limit:
			o.mu.Lock()
			return o.takeLocked(0)
		}
	}
}

// dueLocked chooses the next fetch of the queue, and the longest time for which it should wait for
// more callers. Directories come first: they lead to contents.
func (o *objects) dueLocked() (index int, wait time.Duration) {
	index = max(0, slices.IndexFunc(o.queue, func(f *coalesced) bool { return f.snaps != nil }))
	f := o.queue[index]
	switch {
	case o.moving > 0:
		return index, movingFor
	case f.callers < o.mostCallers && slices.ContainsFunc(f.snaps, func(s *Snapshot) bool { return s.gathers() }):
		return index, gatherFor
	}
	return index, 0
}

// takeLocked takes a fetch out of the queue, and unlocks.
func (o *objects) takeLocked(index int) *coalesced {
	defer o.mu.Unlock()
	f := o.queue[index]
	o.queue = slices.Delete(o.queue, index, index+1)
	o.mostCallers = max(o.mostCallers, f.callers)
	return f
}

// answer makes the requests of a fetch. Objects that an earlier fetch brought, while this
// fetch gathered, are not asked for again.
func (o *objects) answer(ctx context.Context, f *coalesced) error {
	recent, _ := o.recent.Get(ctx, f.wants)
	for _, ob := range recent {
		if ob.Kind != 0 {
			f.take(ob)
		}
	}
	wants := absent(f.wants, recent)
	if len(wants) == 0 {
		return nil
	}
	if !o.selective(f.snaps != nil) {
		return o.fullPack(ctx, f, wants)
	}
	q := request{wants: wants, filter: lone, noBlobs: f.snaps != nil}
	if f.snaps == nil {
		q.budget = contentsBudget
	}
	for _, s := range f.snaps {
		s.readAhead(ctx, &q, f.known)
	}
	cut, err := o.ask(ctx, f, q)
	if err != nil && o.remote.Packs.RefusesWants(err, slices.Concat(q.wants, q.more)) {
		return o.lookInCommits(ctx, f, wants, err)
	}
	for _, s := range f.snaps {
		s.wasCut(cut)
	}
	return err
}

// take adds a wanted object to the answer, if it is not too large and has room there.
func (f *coalesced) take(ob objstore.Object) {
	size := int64(len(ob.Data))
	_, has := f.got[ob.ID]
	switch {
	case !f.known[ob.ID] || has:
	case size > f.most:
		f.bad[ob.ID] = &LargeError{ID: ob.ID, Size: size, Limit: f.most}
	case f.size > 0 && size > mostGathered-f.size:
		f.bad[ob.ID] = errTogether
	default:
		f.got[ob.ID] = ob
		f.size += size
	}
}

// miss records a wanted object that came without its content.
func (f *coalesced) miss(ob gitpack.Object) {
	if f.known[ob.ID] {
		f.bad[ob.ID] = &LargeError{ID: ob.ID, Size: ob.Size, Limit: min(f.most, inFlight)}
	}
}

// answered reports whether a wanted object came, with its content or without.
func (f *coalesced) answered(id gitobj.ID) bool {
	_, ok := f.got[id]
	return ok || f.bad[id] != nil
}

// lone is the filter under which a server sends nothing but the wanted objects, and commits.
const lone = "tree:0"

// request is a part of a coalesced fetch that goes to the server together.
type request struct {
	wants  []gitobj.ID // a caller waits for them
	more   []gitobj.ID // read ahead
	filter string
	// budget bounds the pack, in bytes; 0 where the filter bounds it.
	budget  int64
	noBlobs bool // directories only
}

// ask fetches wanted objects. Objects that a response leaves out (a delta whose base was dropped, a
// response cut off at its budget) are asked for again, alone, as long as each answer brings any.
func (o *objects) ask(ctx context.Context, f *coalesced, q request) (cut bool, err error) {
	for len(q.wants) > 0 {
		deltas := false
		in := reading{
			req:    gitwire.Fetch{Wants: slices.Concat(q.wants, q.more), Filter: q.filter, Format: o.format()},
			budget: q.budget, noBlobs: q.noBlobs, visit: f.take,
			large: func(ob gitpack.Object) {
				deltas = deltas || ob.Unresolved && ob.Large
				f.miss(ob)
			},
		}
		if !q.noBlobs {
			in.req.Depth = 1 // a commit may be among them, and its history is not wanted
		}
		if !q.noBlobs && len(q.wants) == 1 {
			in.budget = 0 // its size is told, however large it is
		}
		ended, err := o.receive(ctx, in)
		cut = cut || ended
		left := slices.DeleteFunc(slices.Clone(q.wants), f.answered)
		stuck := len(left) == len(q.wants) && q.filter == lone
		next := request{wants: left, filter: lone, noBlobs: q.noBlobs}
		if !q.noBlobs {
			next.budget = q.budget
		}
		switch {
		case ended && !q.noBlobs && len(left) < len(q.wants): // they are asked for again by callers that have room for them
			for _, id := range left {
				f.bad[id] = errTogether
			}
			return cut, nil
		case len(left) > 1 && (ended && !q.noBlobs || errors.Is(err, ErrTooLarge) || err == nil && stuck && deltas):
			// An object that is too large ends the answer for all that follow it, and an object
			// that came as an oversized delta comes whole when it is asked for alone: halve the
			// wants until each is alone.
			half := len(left) / 2
			next.wants = left[:half]
			if _, err := o.ask(ctx, f, next); err != nil {
				return cut, err
			}
			next.wants = left[half:]
		case errors.Is(err, ErrTooLarge):
			if len(left) == 1 {
				f.bad[left[0]] = err
			}
			return cut, nil
		case err != nil:
			return cut, fmt.Errorf("read %d objects: %w", len(q.wants), err)
		case stuck:
			for _, id := range left {
				f.bad[id] = ErrMissing
				if deltas {
					f.bad[id] = &LargeError{ID: id, Size: -1, Limit: inFlight}
				}
			}
			return cut, nil
		}
		q = next
	}
	return cut, nil
}

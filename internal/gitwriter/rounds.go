package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// maxWants bounds the objects that one request asks for, and with it the request's size (about 50
// bytes each).
const maxWants = 8192

// round is one request for objects and its answer.
type round struct {
	wants []gitobj.ID
	known map[gitobj.ID]bool
	snaps []*snapshot // whose directories are wanted; none if other objects are
	// most is how large an object is of which the content is wanted, in bytes.
	most int64
	// callers is how many wait for it.
	callers int
	done    chan struct{}
	size    int64 // bytes in got
	got     map[gitobj.ID]objstore.Object
	bad     map[gitobj.ID]error // what could not be had, though the request itself went well
	err     error
}

// fetch joins the round that gathers and waits for its answer. A round is not bound to any one
// caller's context, since others wait for it too; a caller who gives up leaves it running.
//
// Objects that did not fit into it are not in the answer. There is always one.
func (o *objects) fetch(ctx context.Context, ids []gitobj.ID, s *snapshot, most int64) (map[gitobj.ID]objstore.Object, error) {
	r := o.join(ctx, ids, s, most)
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, id := range ids {
		if err := r.bad[id]; err != nil && err != errCrowded {
			return nil, fmt.Errorf("object %s: %w", id, err)
		}
	}
	return r.got, nil
}

func (o *objects) join(ctx context.Context, ids []gitobj.ID, s *snapshot, most int64) *round {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.gatheringLocked(len(ids), s)
	r.callers++
	r.most = max(r.most, most)
	for _, id := range ids {
		if !r.known[id] {
			r.known[id] = true
			r.wants = append(r.wants, id)
		}
	}
	if s != nil && !slices.Contains(r.snaps, s) {
		r.snaps = append(r.snaps, s)
	}
	if !o.running {
		o.running = true
		go o.run(context.WithoutCancel(ctx))
	}
	return r
}

// gatheringLocked is a round with room for n more, of directories or of other objects: they are not
// asked for together.
func (o *objects) gatheringLocked(n int, s *snapshot) *round {
	for _, r := range o.queue {
		if (s == nil) == (r.snaps == nil) && len(r.wants)+n <= maxWants {
			return r
		}
	}
	r := &round{known: make(map[gitobj.ID]bool, n), done: make(chan struct{})}
	o.queue = append(o.queue, r)
	return r
}

// run answers rounds, one request at a time, until none is waiting.
func (o *objects) run(ctx context.Context) {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 {
			o.running = false
			o.mu.Unlock()
			return
		}
		r := o.queue[0]
		gathers := slices.ContainsFunc(r.snaps, func(s *snapshot) bool { return s.gathers() })
		o.mu.Unlock()
		if gathers {
			o.gather(ctx, r)
		}
		o.mu.Lock()
		o.queue = o.queue[1:]
		o.crowd = max(o.crowd, r.callers)
		o.mu.Unlock()
		r.got, r.bad = make(map[gitobj.ID]objstore.Object, len(r.wants)), make(map[gitobj.ID]error)
		r.err = o.answer(ctx, r)
		close(r.done)
	}
}

// gather waits for others to join a round.
func (o *objects) gather(ctx context.Context, r *round) {
	for left := gatherFor; left > 0; left -= gatherStep {
		o.mu.Lock()
		enough := r.callers >= o.crowd
		o.mu.Unlock()
		if enough || pause(ctx, gatherStep) != nil {
			return
		}
	}
}

// answer makes the requests of a round. What an earlier one brought, while this one mostGathered,
// is not asked for again.
func (o *objects) answer(ctx context.Context, r *round) error {
	recent, _ := o.recent.Get(ctx, r.wants)
	for _, ob := range recent {
		if ob.Kind != 0 {
			r.take(ob)
		}
	}
	wants := absent(r.wants, recent)
	if len(wants) == 0 {
		return nil
	}
	if !o.selective(r.snaps != nil) {
		return o.sift(ctx, r, wants)
	}
	e := errand{wants: wants, filter: lone, noBlobs: r.snaps != nil}
	for _, s := range r.snaps {
		s.widen(ctx, &e, r.known)
	}
	cut, err := o.ask(ctx, r, e)
	if err != nil && o.remote.RefusesWants(err, slices.Concat(e.wants, e.more)) {
		return o.sound(ctx, r, wants, err)
	}
	for _, s := range r.snaps {
		s.sized(cut)
	}
	return err
}

// take adds a wanted object to the answer, if it is not too large and has room there.
func (r *round) take(ob objstore.Object) {
	size := int64(len(ob.Data))
	_, has := r.got[ob.ID]
	switch {
	case !r.known[ob.ID] || has:
	case size > r.most:
		r.bad[ob.ID] = &LargeError{ID: ob.ID, Size: size, Limit: r.most}
	case r.size > 0 && size > mostGathered-r.size:
		r.bad[ob.ID] = errCrowded
	default:
		r.got[ob.ID] = ob
		r.size += size
	}
}

// miss notes a wanted object that came without its content.
func (r *round) miss(ob gitpack.Object) {
	if r.known[ob.ID] {
		r.bad[ob.ID] = &LargeError{ID: ob.ID, Size: ob.Size, Limit: min(r.most, inFlight)}
	}
}

// answered reports whether a wanted object came, in whatever way.
func (r *round) answered(id gitobj.ID) bool {
	_, ok := r.got[id]
	return ok || r.bad[id] != nil
}

// lone is the filter that lets nothing pass but what is wanted by its id, and commits.
const lone = "tree:0"

// errand is what one request asks for.
type errand struct {
	wants  []gitobj.ID // what a caller waits for
	more   []gitobj.ID // what may come in handy
	filter string
	// budget bounds the pack, in bytes; 0 where the filter bounds it.
	budget  int64
	noBlobs bool // directories only
}

// ask fetches wanted objects of a round. What a response leaves out (a delta whose base had to be
// let go, a response cut at its budget) is asked for again, alone, as long as each answer brings
// something.
func (o *objects) ask(ctx context.Context, r *round, e errand) (cut bool, err error) {
	for len(e.wants) > 0 {
		in := reading{
			req:    gitwire.Fetch{Wants: slices.Concat(e.wants, e.more), Filter: e.filter, Format: o.format},
			budget: e.budget, noBlobs: e.noBlobs,
		}
		if !e.noBlobs {
			in.req.Depth = 1 // a commit may be among them, and its history is not wanted
		}
		in.visit = r.take
		deltas := false
		in.large = func(ob gitpack.Object) {
			deltas = deltas || ob.Unresolved && ob.Large
			r.miss(ob)
		}
		ended, err := o.receive(ctx, in)
		cut = cut || ended
		left := slices.DeleteFunc(slices.Clone(e.wants), r.answered)
		stuck := len(left) == len(e.wants) && e.filter == lone
		next := errand{wants: left, filter: lone, noBlobs: e.noBlobs}
		switch {
		case len(left) > 1 && (errors.Is(err, ErrTooLarge) || err == nil && stuck && deltas):
			// One object that is too large ends the answer for all behind it, and what is sent as a
			// delta that cannot be held is sent whole when nothing is beside it: part them until
			// each is alone.
			half := len(left) / 2
			next.wants = left[:half]
			if _, err := o.ask(ctx, r, next); err != nil {
				return cut, err
			}
			next.wants = left[half:]
		case errors.Is(err, ErrTooLarge):
			if len(left) == 1 {
				r.bad[left[0]] = err
			}
			return cut, nil
		case err != nil:
			return cut, fmt.Errorf("read %d objects: %w", len(e.wants), err)
		case stuck:
			for _, id := range left {
				r.bad[id] = ErrMissing
				if deltas {
					r.bad[id] = &LargeError{ID: id, Size: -1, Limit: inFlight}
				}
			}
			return cut, nil
		}
		e = next
	}
	return cut, nil
}

package objstoretest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

func (s *subject) idempotent(ctx context.Context) error {
	again := blob(1)
	again.Data = bytes.Clone(again.Data)
	return errors.Join(
		s.put(ctx, blob(1), blob(2)), s.wants(ctx, blob(1), blob(2)),
		s.put(ctx, again), s.put(ctx, again, blob(3)), s.wants(ctx, blob(1), blob(2), blob(3)),
	)
}

func (s *subject) putDuplicates(ctx context.Context) error {
	return errors.Join(s.put(ctx, blob(1), blob(2), blob(1), blob(1)), s.wants(ctx, blob(2), blob(1)))
}

// ownSlices spoils each slice, though not the data, that went into or came out of a call.
func (s *subject) ownSlices(ctx context.Context) error {
	objects := blobs(3)
	if err := s.store.Put(ctx, objects); err != nil {
		return fmt.Errorf("Put: %w", err)
	}
	for i, o := range objects {
		if want := blob(i); o.ID != want.ID || o.Kind != want.Kind || !bytes.Equal(o.Data, want.Data) {
			return fmt.Errorf("Put changed element %d of the slice it was given", i)
		}
	}
	clear(objects)
	ids := idsOf(blobs(3))
	got, err := s.store.Get(ctx, ids)
	if err != nil {
		return fmt.Errorf("Get: %w", err)
	}
	if !slices.Equal(ids, idsOf(blobs(3))) {
		return errors.New("Get changed the ids it was given")
	}
	clear(got)
	clear(ids)
	return s.wants(ctx, blobs(3)...)
}

func (s *subject) dataOutlives(ctx context.Context) error {
	all := blobs(100)
	if err := s.put(ctx, all...); err != nil {
		return err
	}
	got, err := s.store.Get(ctx, idsOf(all))
	if err != nil {
		return fmt.Errorf("Get: %w", err)
	}
	more := make([]objstore.Object, 2000)
	for i := range more {
		more[i] = blob(1000 + i)
	}
	if err := errors.Join(s.put(ctx, more...), s.compare(got, all)); err != nil {
		return err
	}
	return errors.Join(s.store.Close(), s.compare(got, all))
}

func (s *subject) invalid(ctx context.Context) error {
	bad := map[string]objstore.Object{
		"no id":        {Kind: gitobj.KindBlob, Data: []byte("x")},
		"all-zero id":  {ID: gitobj.SHA1.Zero(), Kind: gitobj.KindBlob},
		"no kind":      {ID: blob(1).ID, Data: blob(1).Data},
		"unknown kind": {ID: blob(1).ID, Kind: 7, Data: blob(1).Data},
	}
	for name, o := range bad {
		if err := s.store.Put(ctx, []objstore.Object{blob(2), o, blob(3)}); !errors.Is(err, objstore.ErrInvalid) {
			return fmt.Errorf("Put of an object with %s: got error %v, want %v", name, err, objstore.ErrInvalid)
		}
	}
	return s.wants(ctx, gone(blob(1)), gone(blob(2)), gone(blob(3)))
}

func (s *subject) cancelled(ctx context.Context) error {
	if err := s.put(ctx, blob(1)); err != nil {
		return err
	}
	dead, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.store.Put(dead, []objstore.Object{blob(2)}); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Put with a cancelled context: got error %v", err)
	}
	got, err := s.store.Get(dead, idsOf(blobs(3)))
	if !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Get with a cancelled context: got error %v", err)
	}
	forgetful := *s
	forgetful.Forgets = true
	if err := forgetful.compare(got, blobs(3)); err != nil {
		return fmt.Errorf("beside the error: %w", err)
	}
	return s.wants(ctx, blob(1)) // and the store goes on
}

// cancelledMidCall cancels calls at many moments of their work: they leave whole objects, and the
// store goes on.
func (s *subject) cancelledMidCall(ctx context.Context) error {
	all := blobs(1000)
	forgetful := *s
	forgetful.Forgets = true
	for round := range 20 {
		mid, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		wg.Go(func() {
			for range round * round * 50 { // from at once to when it is long done
				runtime.Gosched()
			}
			cancel()
		})
		putErr := s.store.Put(mid, slices.Clone(all))
		got, getErr := s.store.Get(mid, idsOf(all))
		wg.Wait()
		for call, err := range map[string]error{"Put": putErr, "Get": getErr} {
			if err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("%s, cancelled in mid-call: %w", call, err)
			}
		}
		if err := forgetful.compare(got, all); err != nil {
			return fmt.Errorf("Get, cancelled in mid-call: %w", err)
		}
	}
	return errors.Join(s.put(ctx, all...), s.wants(ctx, all...))
}

func (s *subject) concurrent(ctx context.Context) error {
	const users, rounds, objects = 8, 50, 200
	all := blobs(objects)
	errs := make([]error, users)
	var wg sync.WaitGroup
	for u := range users {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(u), 1))
			forgetful := *s
			forgetful.Forgets = true // another user may not have put it yet
			for range rounds {
				var put, get []objstore.Object
				for range 20 {
					put = append(put, all[rnd.IntN(objects)])
					get = append(get, all[rnd.IntN(objects)])
				}
				if err := errors.Join(s.put(ctx, put...), forgetful.wants(ctx, get...), s.wants(ctx, put...)); err != nil {
					errs[u] = fmt.Errorf("user %d: %w", u, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *subject) closed(ctx context.Context) error {
	if err := s.put(ctx, blob(0)); err != nil {
		return err
	}
	for range 2 {
		if err := s.store.Close(); err != nil {
			return fmt.Errorf("Close: %w", err)
		}
	}
	got, err := s.store.Get(ctx, idsOf(blobs(2)))
	if !errors.Is(err, objstore.ErrClosed) {
		return fmt.Errorf("Get after Close: got error %v, want %v", err, objstore.ErrClosed)
	}
	if err := s.compare(got, []objstore.Object{gone(blob(0)), gone(blob(1))}); err != nil {
		return fmt.Errorf("after Close: %w", err)
	}
	if err := s.store.Put(ctx, blobs(1)); !errors.Is(err, objstore.ErrClosed) {
		return fmt.Errorf("Put after Close: got error %v, want %v", err, objstore.ErrClosed)
	}
	return nil
}

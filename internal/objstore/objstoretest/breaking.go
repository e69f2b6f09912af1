package objstoretest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// tries gets objects from a store that is in trouble: it may answer a miss or fail, but not lie.
func (s *subject) tries(ctx context.Context, want ...objstore.Object) error {
	got, err := s.store.Get(ctx, idsOf(want))
	forgetful := *s
	forgetful.Forgets = true
	if e := forgetful.compare(got, want); e != nil {
		return fmt.Errorf("Get of %d ids, error %v: %w", len(want), err, e)
	}
	return nil
}

// triesPut puts objects into a store that is in trouble: it may fail, but has to end.
func (s *subject) triesPut(ctx context.Context, objects ...objstore.Object) {
	_ = s.store.Put(ctx, objects)
}

// recovers puts objects and wants them back, again and again until that succeeds: a client of a
// server that has come back connects at a time of its own (go-redis once a second). Nothing but the
// time limit of the whole test bounds it.
func (s *subject) recovers(ctx context.Context, objects ...objstore.Object) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := errors.Join(s.put(ctx, objects...), s.wants(ctx, objects...))
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return err
		}
	}
}

func (s *subject) breaks(ctx context.Context) error {
	store, stop, start := s.Breakable(s.t)
	s.store = store
	all := blobs(100)
	if err := errors.Join(s.put(ctx, all...), s.wants(ctx, all...)); err != nil {
		return err
	}
	stop()
	for range 3 {
		if err := s.tries(ctx, all...); err != nil {
			return fmt.Errorf("while it is away: %w", err)
		}
		s.triesPut(ctx, blobs(200)...)
	}
	key := objstore.HintKey("away")
	if s.Hints {
		_ = objstore.SetHint(ctx, s.store, key, []byte("v")) // may fail, but has to end
		if v, err := objstore.Hint(ctx, s.store, key); len(v) > 0 && string(v) != "v" {
			return fmt.Errorf("Hint while it is away: got %q, error %v", v, err)
		}
	}
	if start == nil {
		return nil
	}
	start()
	if err := s.recovers(ctx, all...); err != nil {
		return fmt.Errorf("after it came back: %w", err)
	}
	return nil
}

// breaksMidRun takes the server away while many use it.
func (s *subject) breaksMidRun(ctx context.Context) error {
	store, stop, _ := s.Breakable(s.t)
	s.store = store
	const users, before, after = 4, 3, 3
	errs := make([]error, users)
	var wg, running sync.WaitGroup
	running.Add(users)
	stopped := make(chan struct{})
	for u := range users {
		wg.Go(func() {
			var all []objstore.Object
			for i := range 200 {
				all = append(all, numbered(1000*u+i, 4<<10))
			}
			round := func() error {
				s.triesPut(ctx, all...)
				return s.tries(ctx, all...)
			}
			for range before {
				errs[u] = errors.Join(errs[u], round())
			}
			running.Done()
			for gone := false; !gone && errs[u] == nil; {
				select {
				case <-stopped:
					gone = true
				default:
					errs[u] = round()
				}
			}
			for range after {
				errs[u] = errors.Join(errs[u], round())
			}
		})
	}
	running.Wait()
	stop()
	close(stopped)
	wg.Wait()
	return errors.Join(errs...)
}

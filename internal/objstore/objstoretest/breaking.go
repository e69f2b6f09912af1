package objstoretest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// tries gets objects from a store that is in trouble: it may answer a miss or fail, but not lie.
func (s *subject) tries(ctx context.Context, want ...objstore.Object) error {
	got, err := s.store.Get(ctx, idsOf(want))
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("Get of %d ids had not ended after %s: %w", len(want), s.patience, err)
	}
	forgetful := *s
	forgetful.Forgets = true
	if e := forgetful.compare(got, want); e != nil {
		return fmt.Errorf("Get of %d ids, error %v: %w", len(want), err, e)
	}
	return nil
}

// triesPut puts objects into a store that is in trouble: it may fail, but has to end.
func (s *subject) triesPut(ctx context.Context, objects ...objstore.Object) error {
	if err := s.store.Put(ctx, objects); errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("Put of %d objects had not ended after %s: %w", len(objects), s.patience, err)
	}
	return nil
}

func (s *subject) breaks(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*s.patience)
	defer cancel()
	store, stop, start := s.Breakable(s.t)
	s.store = store
	all := blobs(100)
	if err := errors.Join(s.put(ctx, all...), s.wants(ctx, all...)); err != nil {
		return err
	}
	stop()
	for range 3 {
		if err := errors.Join(s.tries(ctx, all...), s.triesPut(ctx, blobs(200)...)); err != nil {
			return fmt.Errorf("while it is away: %w", err)
		}
	}
	key := objstore.NoteKey("away")
	if s.Notes {
		if err := errors.Join(objstore.SetNote(ctx, s.store, key, []byte("v")), ctx.Err()); errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("SetNote while it is away: %w", err)
		}
		if v, err := objstore.Note(ctx, s.store, key); len(v) > 0 && string(v) != "v" {
			return fmt.Errorf("Note while it is away: got %q, error %v", v, err)
		}
	}
	if start == nil {
		return nil
	}
	start()
	err := s.eventually(ctx, func() error { return errors.Join(s.put(ctx, all...), s.wants(ctx, all...)) })
	if err != nil {
		return fmt.Errorf("after it came back: %w", err)
	}
	return nil
}

// breaksMidRun takes the server away while many use it.
func (s *subject) breaksMidRun(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*s.patience)
	defer cancel()
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
			round := func() error { return errors.Join(s.triesPut(ctx, all...), s.tries(ctx, all...)) }
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

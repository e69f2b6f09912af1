package objstoretest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// defaultPatience is how long the suite waits for what a store does by itself and what only its
// server's clock decides: many times what it takes, so that a machine that is busy fails no check.
const defaultPatience = 60 * time.Second

// eventually asks until there is no error, or patience is at its end.
func (s *subject) eventually(ctx context.Context, ask func() error) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("after %s: %w", s.patience, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// evicts puts four times what the store holds, in objects that get a call each, as a long-lived
// store is filled.
func (s *subject) evicts(ctx context.Context) error {
	const maxSize, size = 1 << 20, 16 << 10
	s.store = s.Bounded(s.t, maxSize)
	all := make([]objstore.Object, 4*maxSize/size)
	for i := range all {
		all[i] = numbered(i, size)
		if err := s.put(ctx, all[i]); err != nil {
			return err
		}
	}
	err := s.eventually(ctx, func() error {
		got, err := s.store.Get(ctx, idsOf(all))
		if err != nil {
			return err
		}
		sum, held := 0, 0
		for _, o := range got {
			sum += len(o.Data)
			if o.Held() {
				held++
			}
		}
		if sum > maxSize {
			return fmt.Errorf("%d objects of together %d bytes are held, bound %d", held, sum, maxSize)
		}
		if held < len(all)/16 {
			return fmt.Errorf("only %d of %d objects are held, a quarter fits", held, len(all))
		}
		return nil
	})
	last := all[len(all)-4:]
	forgetful := *s
	forgetful.Forgets = true
	return errors.Join(err, s.wants(ctx, last...), forgetful.wants(ctx, all...))
}

// expires lets the time of objects go by.
func (s *subject) expires(ctx context.Context) error {
	store, pass := s.Expiring(s.t)
	s.store = store
	forgetful := *s
	forgetful.Forgets = pass == nil // its clock may have been faster than we were
	o := []objstore.Object{blob(1), blob(2), sized(100_000)}
	key := objstore.NoteKey("lasting")
	if err := errors.Join(s.put(ctx, o...), forgetful.wants(ctx, o...)); err != nil {
		return err
	}
	if s.Notes {
		if err := errors.Join(s.note(ctx, key, []byte("v")), forgetful.noted(ctx, key, []byte("v"))); err != nil {
			return err
		}
	}
	if pass != nil {
		pass()
	}
	ended := func() error {
		err := s.wants(ctx, gone(o[0]), gone(o[1]), gone(o[2]))
		if s.Notes {
			err = errors.Join(err, s.noted(ctx, key, nil))
		}
		return err
	}
	if pass != nil {
		if err := ended(); err != nil {
			return fmt.Errorf("after its time: %w", err)
		}
	} else if err := s.eventually(ctx, ended); err != nil {
		return err
	}
	again := func() error { return errors.Join(s.put(ctx, o...), s.wants(ctx, o...)) }
	if pass != nil {
		return again()
	}
	return s.eventually(ctx, again)
}

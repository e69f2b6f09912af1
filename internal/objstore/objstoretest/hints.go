package objstoretest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// setHint sets a hint record, from a slice that the store may not keep.
func (s *subject) setHint(ctx context.Context, key string, value []byte) error {
	v := bytes.Clone(value)
	err := objstore.SetHint(ctx, s.store, key, v)
	for i := range v {
		v[i] ^= 0xff
	}
	if err != nil {
		return fmt.Errorf("SetHint of %d bytes: %w", len(value), err)
	}
	return nil
}

// wantsHint reads a hint record and compares it with the values that it may have; nil stands for no
// record. A store need not tell an empty record from a missing record.
func (s *subject) wantsHint(ctx context.Context, key string, want ...[]byte) error {
	got, err := objstore.Hint(ctx, s.store, key)
	if err != nil {
		return fmt.Errorf("Hint: %w", err)
	}
	if got == nil && s.Forgets || slices.ContainsFunc(want, func(w []byte) bool { return bytes.Equal(w, got) }) {
		return nil
	}
	return fmt.Errorf("Hint: got %d bytes %.40q, want one of %.80q", len(got), got, want)
}

func (s *subject) hintRoundTrip(ctx context.Context) error {
	one, two := objstore.HintKey("https://host/r.git", "main"), objstore.HintKey("https://host/r.git", "dev")
	binary := make([]byte, objstore.MaxHint)
	for i := range binary {
		binary[i] = byte(i)
	}
	if _, ok := s.store.(objstore.Hints); !ok {
		return fmt.Errorf("%T has no hint records", s.store)
	}
	return errors.Join(
		s.wantsHint(ctx, one, nil),
		s.setHint(ctx, one, []byte("first")), s.wantsHint(ctx, one, []byte("first")), s.wantsHint(ctx, two, nil),
		s.setHint(ctx, two, binary), s.wantsHint(ctx, two, binary),
		s.setHint(ctx, one, []byte("second, which is longer")), s.wantsHint(ctx, one, []byte("second, which is longer")),
		s.setHint(ctx, one, []byte("3")), s.wantsHint(ctx, one, []byte("3")),
		s.setHint(ctx, one, []byte{}), s.wantsHint(ctx, one, nil),
		s.wantsHint(ctx, two, binary),
	)
}

// hintAndObject uses a key that is also the hexadecimal name of a SHA-256 object.
func (s *subject) hintAndObject(ctx context.Context) error {
	o := sha256Blob("an object whose name is a key")
	key := o.ID.String()
	return errors.Join(
		s.put(ctx, o), s.wantsHint(ctx, key, nil),
		s.setHint(ctx, key, []byte("hint record")), s.wants(ctx, o), s.wantsHint(ctx, key, []byte("hint record")),
		s.put(ctx, o), s.wantsHint(ctx, key, []byte("hint record")),
	)
}

func (s *subject) hintConcurrent(ctx context.Context) error {
	const users, rounds = 8, 25
	key := objstore.HintKey("contended")
	values := make([][]byte, users)
	for u := range values {
		values[u] = bytes.Repeat([]byte{byte('a' + u)}, 100*(u+1))
	}
	if err := s.setHint(ctx, key, values[0]); err != nil {
		return err
	}
	errs := make([]error, users)
	var wg sync.WaitGroup
	for u := range users {
		wg.Go(func() {
			own := objstore.HintKey("user", fmt.Sprint(u))
			for range rounds {
				errs[u] = errors.Join(
					s.setHint(ctx, key, values[u]), s.wantsHint(ctx, key, values...),
					s.setHint(ctx, own, values[u]), s.wantsHint(ctx, own, values[u]),
				)
				if errs[u] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *subject) hintEnds(ctx context.Context) error {
	key := objstore.HintKey("short-lived")
	if err := s.setHint(ctx, key, []byte("v")); err != nil {
		return err
	}
	dead, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := objstore.Hint(dead, s.store, key); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Hint with a cancelled context: got error %v", err)
	}
	if err := objstore.SetHint(dead, s.store, key, []byte("w")); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("SetHint with a cancelled context: got error %v", err)
	}
	if err := errors.Join(s.wantsHint(ctx, key, []byte("v"), []byte("w")), s.store.Close()); err != nil {
		return err
	}
	if _, err := objstore.Hint(ctx, s.store, key); !errors.Is(err, objstore.ErrClosed) {
		return fmt.Errorf("Hint after Close: got error %v, want %v", err, objstore.ErrClosed)
	}
	if err := objstore.SetHint(ctx, s.store, key, []byte("x")); !errors.Is(err, objstore.ErrClosed) {
		return fmt.Errorf("SetHint after Close: got error %v, want %v", err, objstore.ErrClosed)
	}
	return nil
}

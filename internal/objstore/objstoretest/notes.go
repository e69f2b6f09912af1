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

// note sets a hint record, from a slice that the store may not keep.
func (s *subject) note(ctx context.Context, key string, value []byte) error {
	v := bytes.Clone(value)
	err := objstore.SetNote(ctx, s.store, key, v)
	for i := range v {
		v[i] ^= 0xff
	}
	if err != nil {
		return fmt.Errorf("SetNote of %d bytes: %w", len(value), err)
	}
	return nil
}

// noted reads a hint record and compares it with the values that it may have; nil stands for no
// record. A store need not tell an empty record from a missing record.
func (s *subject) noted(ctx context.Context, key string, want ...[]byte) error {
	got, err := objstore.Note(ctx, s.store, key)
	if err != nil {
		return fmt.Errorf("Note: %w", err)
	}
	if got == nil && s.Forgets || slices.ContainsFunc(want, func(w []byte) bool { return bytes.Equal(w, got) }) {
		return nil
	}
	return fmt.Errorf("Note: got %d bytes %.40q, want one of %.80q", len(got), got, want)
}

func (s *subject) noteRoundTrip(ctx context.Context) error {
	one, two := objstore.NoteKey("https://host/r.git", "main"), objstore.NoteKey("https://host/r.git", "dev")
	binary := make([]byte, objstore.MaxNote)
	for i := range binary {
		binary[i] = byte(i)
	}
	if _, ok := s.store.(objstore.Notes); !ok {
		return fmt.Errorf("%T has no notes", s.store)
	}
	return errors.Join(
		s.noted(ctx, one, nil),
		s.note(ctx, one, []byte("first")), s.noted(ctx, one, []byte("first")), s.noted(ctx, two, nil),
		s.note(ctx, two, binary), s.noted(ctx, two, binary),
		s.note(ctx, one, []byte("second, which is longer")), s.noted(ctx, one, []byte("second, which is longer")),
		s.note(ctx, one, []byte("3")), s.noted(ctx, one, []byte("3")),
		s.note(ctx, one, []byte{}), s.noted(ctx, one, nil),
		s.noted(ctx, two, binary),
	)
}

// noteBesideObject uses a key that is also the hexadecimal name of a SHA-256 object.
func (s *subject) noteBesideObject(ctx context.Context) error {
	o := sha256Blob("an object whose name is a key")
	key := o.ID.String()
	return errors.Join(
		s.put(ctx, o), s.noted(ctx, key, nil),
		s.note(ctx, key, []byte("note")), s.wants(ctx, o), s.noted(ctx, key, []byte("note")),
		s.put(ctx, o), s.noted(ctx, key, []byte("note")),
	)
}

func (s *subject) noteConcurrent(ctx context.Context) error {
	const users, rounds = 8, 25
	key := objstore.NoteKey("contended")
	values := make([][]byte, users)
	for u := range values {
		values[u] = bytes.Repeat([]byte{byte('a' + u)}, 100*(u+1))
	}
	if err := s.note(ctx, key, values[0]); err != nil {
		return err
	}
	errs := make([]error, users)
	var wg sync.WaitGroup
	for u := range users {
		wg.Go(func() {
			own := objstore.NoteKey("user", fmt.Sprint(u))
			for range rounds {
				errs[u] = errors.Join(
					s.note(ctx, key, values[u]), s.noted(ctx, key, values...),
					s.note(ctx, own, values[u]), s.noted(ctx, own, values[u]),
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

func (s *subject) noteEnds(ctx context.Context) error {
	key := objstore.NoteKey("short-lived")
	if err := s.note(ctx, key, []byte("v")); err != nil {
		return err
	}
	dead, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := objstore.Note(dead, s.store, key); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Note with a cancelled context: got error %v", err)
	}
	if err := objstore.SetNote(dead, s.store, key, []byte("w")); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("SetNote with a cancelled context: got error %v", err)
	}
	if err := errors.Join(s.noted(ctx, key, []byte("v"), []byte("w")), s.store.Close()); err != nil {
		return err
	}
	if _, err := objstore.Note(ctx, s.store, key); !errors.Is(err, objstore.ErrClosed) {
		return fmt.Errorf("Note after Close: got error %v, want %v", err, objstore.ErrClosed)
	}
	if err := objstore.SetNote(ctx, s.store, key, []byte("x")); !errors.Is(err, objstore.ErrClosed) {
		return fmt.Errorf("SetNote after Close: got error %v, want %v", err, objstore.ErrClosed)
	}
	return nil
}

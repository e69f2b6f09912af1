package objstoretest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// spoil opens a spoilable store that holds some objects and hint records, and returns the objects.
// Changes that a backend itself does not find out are found by hashing, as in the provider: the
// store is wrapped in objstore.Verified.
func (s *subject) spoil(ctx context.Context) (all []objstore.Object, stored Stored, err error) {
	store, stored := s.Spoilable(s.t)
	s.store = objstore.Verified(store, nil)
	all = []objstore.Object{
		blob(1), blob(2), sized(300), object(gitobj.SHA1, gitobj.KindTree, nil),
		object(gitobj.SHA1, gitobj.KindCommit, []byte("not a true commit, which no store knows\n")), sha256Blob("of the other format"),
	}
	if err = errors.Join(s.put(ctx, all...), s.wants(ctx, all...)); err != nil {
		return nil, stored, err
	}
	if s.Hints {
		err = s.setHint(ctx, objstore.HintKey("spoiled"), []byte("a hint record"))
	}
	if len(stored.Names()) == 0 {
		err = errors.Join(err, errors.New("there is no stored value to spoil"))
	}
	return all, stored, err
}

// spoiled reads everything while value name is spoiled, puts it all again and wants it back.
func (s *subject) spoiled(ctx context.Context, stored Stored, name string, all []objstore.Object) error {
	err := s.tries(ctx, all...)
	if s.Hints { // any value of the length of a hint record is allowed
		v, hintErr := objstore.Hint(ctx, s.store, objstore.HintKey("spoiled"))
		if hintErr != nil && v != nil {
			err = errors.Join(err, fmt.Errorf("Hint: %q beside error %w", v, hintErr))
		}
	}
	err = errors.Join(err, s.put(ctx, all...), s.wants(ctx, all...))
	if err != nil {
		return fmt.Errorf("value %s, now %.80q: %w", name, stored.Load(name), err)
	}
	return nil
}

// flipped changes every byte of every value, a byte at a time.
func (s *subject) flipped(ctx context.Context) error {
	all, stored, err := s.spoil(ctx)
	if err != nil {
		return err
	}
	for _, name := range stored.Names() {
		whole := stored.Load(name)
		for i := range whole {
			v := bytes.Clone(whole)
			v[i] ^= 1 << (i % 8)
			stored.Save(name, v)
			if err := s.spoiled(ctx, stored, name, all); err != nil {
				return fmt.Errorf("byte %d of %d: %w", i, len(whole), err)
			}
		}
		stored.Save(name, whole)
	}
	return s.wants(ctx, all...)
}

func (s *subject) cut(ctx context.Context) error {
	all, stored, err := s.spoil(ctx)
	if err != nil {
		return err
	}
	for _, name := range stored.Names() {
		whole := stored.Load(name)
		lengths := []int{0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 32, len(whole) / 2, len(whole) - 1}
		for _, n := range lengths {
			if n < 0 || n >= len(whole) {
				continue
			}
			stored.Save(name, bytes.Clone(whole[:n]))
			if err := s.spoiled(ctx, stored, name, all); err != nil {
				return fmt.Errorf("cut to %d of %d bytes: %w", n, len(whole), err)
			}
		}
		for _, tail := range [][]byte{{0}, whole} {
			stored.Save(name, slices.Concat(whole, tail))
			if err := s.spoiled(ctx, stored, name, all); err != nil {
				return fmt.Errorf("grown by %d bytes: %w", len(tail), err)
			}
		}
		stored.Save(name, whole)
	}
	return s.wants(ctx, all...)
}

// swapped gives each value the bytes of the next value.
func (s *subject) swapped(ctx context.Context) error {
	all, stored, err := s.spoil(ctx)
	if err != nil {
		return err
	}
	names := stored.Names()
	values := make([][]byte, len(names))
	for i, name := range names {
		values[i] = stored.Load(name)
	}
	for i, name := range names {
		stored.Save(name, bytes.Clone(values[(i+1)%len(values)]))
	}
	return s.spoiled(ctx, stored, names[0], all)
}

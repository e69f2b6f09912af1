package objstoretest

import (
	"context"
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// evicts puts four times as much as the store holds, an object in each call, as a long-lived store
// is filled.
func (s *subject) evicts(ctx context.Context) error {
	const maxSize, size = 1 << 20, 16 << 10
	store, settle := s.Bounded(s.t, maxSize)
	s.store = store
	all := make([]objstore.Object, 4*maxSize/size)
	for i := range all {
		all[i] = numbered(i, size)
		if err := s.put(ctx, all[i]); err != nil {
			return err
		}
	}
	if settle != nil {
		settle()
	}
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
	last := all[len(all)-4:]
	forgetful := *s
	forgetful.Forgets = true
	return errors.Join(s.wants(ctx, last...), forgetful.wants(ctx, all...))
}

// expires lets the time of objects go by.
func (s *subject) expires(ctx context.Context) error {
	store, elapse := s.Expiring(s.t)
	s.store = store
	o := []objstore.Object{blob(1), blob(2), sized(100_000)}
	key := objstore.HintKey("lasting")
	if err := errors.Join(s.put(ctx, o...), s.wants(ctx, o...)); err != nil {
		return err
	}
	if s.Hints {
		if err := errors.Join(s.setHint(ctx, key, []byte("v")), s.wantsHint(ctx, key, []byte("v"))); err != nil {
			return err
		}
	}
	elapse()
	err := s.wants(ctx, gone(o[0]), gone(o[1]), gone(o[2]))
	if s.Hints {
		err = errors.Join(err, s.wantsHint(ctx, key, nil))
	}
	if err != nil {
		return fmt.Errorf("after its time: %w", err)
	}
	return errors.Join(s.put(ctx, o...), s.wants(ctx, o...))
}

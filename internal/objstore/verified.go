package objstore

import (
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// MismatchError says that a store returned another object than it was asked for.
type MismatchError struct {
	ID   gitobj.ID   // the object that was asked for
	Kind gitobj.Kind // its kind, according to the store
	Got  gitobj.ID   // the hash of the returned kind and content; no id if they could not be hashed
}

// Error names both objects.
func (e *MismatchError) Error() string {
	if e.Got.IsZero() {
		return fmt.Sprintf("object store answered %s with something that is no object", e.ID)
	}
	return fmt.Sprintf("object store answered %s with a %s whose hash is %s", e.ID, e.Kind, e.Got)
}

// Verified returns a store that hashes each object that s returns, and answers a miss for an object
// that has another hash than its id, so that a shared store may lie without harm. Each such object
// is passed to report, unless that is nil; report may be called concurrently. Closing the result
// closes s.
func Verified(s Store, report func(context.Context, *MismatchError)) Store {
	return &verified{store: s, report: report}
}

type verified struct {
	store  Store
	report func(context.Context, *MismatchError)
}

// Get hashes the objects that the store answers.
func (v *verified) Get(ctx context.Context, ids []gitobj.ID) ([]Object, error) {
	objects, err := v.store.Get(ctx, ids)
	if len(objects) != len(ids) {
		if err == nil {
			err = fmt.Errorf("object store answered %d ids with %d objects", len(ids), len(objects))
		}
		return Missing(ids), err
	}
	for i, id := range ids {
		o := &objects[i]
		if o.Kind != 0 || o.Data != nil {
			if bad := check(id, *o); bad != nil {
				*o = Object{}
				if v.report != nil {
					v.report(ctx, bad)
				}
			}
		}
		o.ID = id
	}
	return objects, err
}

// check returns nil if o is the object named id.
func check(id gitobj.ID, o Object) *MismatchError {
	f := id.Format()
	if f == 0 || !o.Kind.Valid() {
		return &MismatchError{ID: id, Kind: o.Kind}
	}
	if got := gitobj.Hash(f, o.Kind, o.Data); got != id {
		return &MismatchError{ID: id, Kind: o.Kind, Got: got}
	}
	return nil
}

// Hint hands a hint record on, which nothing can verify: any value of it is harmless.
func (v *verified) Hint(ctx context.Context, key string) ([]byte, error) {
	return Hint(ctx, v.store, key)
}

// SetHint hands a hint record on.
func (v *verified) SetHint(ctx context.Context, key string, value []byte) error {
	return SetHint(ctx, v.store, key, value)
}

// Put hands the objects on: their hashes are the caller's.
func (v *verified) Put(ctx context.Context, objects []Object) error { return v.store.Put(ctx, objects) }

// Close closes the store.
func (v *verified) Close() error { return v.store.Close() }

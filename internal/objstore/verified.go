package objstore

import (
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// MismatchError tells of an object that a store returned and that is not the one it was asked for.
type MismatchError struct {
	ID   gitobj.ID   // what was asked for
	Kind gitobj.Kind // what the store called it
	Got  gitobj.ID   // what the returned kind and content hash to; no id if they could not be hashed
}

func (e *MismatchError) Error() string {
	if e.Got.IsZero() {
		return fmt.Sprintf("object store answered %s with something that is no object", e.ID)
	}
	return fmt.Sprintf("object store answered %s with a %s whose hash is %s", e.ID, e.Kind, e.Got)
}

// Verified returns a store that hashes each object that s returns and answers a miss for one that
// is not what its id says, so that a shared store may lie without harm. Each such object is passed
// to report, unless that is nil; report may be called concurrently. Closing the result closes s.
func Verified(s Store, report func(context.Context, *MismatchError)) Store {
	return &verified{store: s, report: report}
}

type verified struct {
	store  Store
	report func(context.Context, *MismatchError)
}

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

// Note hands a note on: it is a hint from an unknown writer, whatever comes of it.
func (v *verified) Note(ctx context.Context, key string) ([]byte, error) {
	return Note(ctx, v.store, key)
}

// SetNote hands a note on.
func (v *verified) SetNote(ctx context.Context, key string, value []byte) error {
	return SetNote(ctx, v.store, key, value)
}

func (v *verified) Put(ctx context.Context, objects []Object) error { return v.store.Put(ctx, objects) }

func (v *verified) Close() error { return v.store.Close() }

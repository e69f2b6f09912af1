// Package objstore keeps Git objects that were fetched, or just pushed, so that they need not be
// fetched again.
//
//	gitwriter ── Get(ids), Put(objects) ──► Front, then
//	               Guarded ──► Metered ──► Verified ──► disk │ redis │ postgres │ s3
//	                  │           │           └ an object that has another hash is a miss
//	                  │           └ figures for OpenTelemetry
//	                  └ a failure is a miss and a warning
//
// Front is the memory of a process: a Memory of its own in front of any store, or the store itself
// if that is a Memory.
//
// An object's id is the hash of its content, so a store is a set: nothing is ever invalidated, only
// forgotten. A store changes speed, never results: its readers do without any object in it.
//
// The context carries the store (NewContext), and the constructor of a repository takes it from
// there once (FromContext). Package objstoretest holds the contract below as tests that each
// backend and wrapper runs.
package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Object is a Git object: its name, its kind, and its content without the header that is part of
// its hash. Kind 0 says that the store does not hold it.
type Object struct {
	ID   gitobj.ID
	Kind gitobj.Kind
	Data []byte // immutable: neither the store nor its callers change a byte
}

// Held reports whether this is an object and not the sign of a missing one.
func (o Object) Held() bool { return o.Kind.Valid() }

// Store is a set of objects, of either object format, side by side. All methods are safe for
// concurrent use.
//
// A store may forget any object at any time, and need not take every object; those that it returns
// are as they were put, byte for byte.
type Store interface {
	// Get returns one element for each id, in the order of ids; an id named twice is answered
	// twice. An element carries the id it answers, and Kind 0 and no Data if the object is not
	// held. The slice belongs to the caller, the Data in it does not: it is shared and must not be
	// changed. It stays valid after Put, eviction and Close. With an error the result is aligned
	// with ids too, and holds the objects that were found before the error. A backend answers with
	// at most MaxAnswer bytes of content; values beyond that are missing.
	Get(ctx context.Context, ids []gitobj.ID) ([]Object, error)

	// Put adds objects. An object that is held already is left as it is; an object that Get found
	// missing is held again, also if it had expired or its stored value was spoiled. The slice
	// stays the caller's, Data is handed over: it may be kept without being copied, and nobody
	// changes it from then on. It should not be a small part of a larger buffer, which would be
	// kept alive with it; unused capacity may be seen and trimmed, so it is not to be hidden
	// (slices.Clip). An object without an id or a kind is ErrInvalid, and then none of the call is
	// added; after any other error each object is held whole or not at all.
	Put(ctx context.Context, objects []Object) error

	// Close releases files, connections and memory. Get and Put fail with ErrClosed afterwards, a
	// second Close does nothing.
	Close() error
}

// The errors that callers of a store tell apart.
var (
	// ErrClosed says that the store was used after Close.
	ErrClosed = errors.New("object store is closed")
	// ErrInvalid says that an object was put without an id or without a kind.
	ErrInvalid = errors.New("object has no id or no kind")
	// ErrCorrupt says that a backend holds a value that was not put there like this: cut short,
	// changed or misplaced. Get returns it, wrapped, together with all objects that are well; the
	// spoiled ones are misses. The backend itself is in order.
	ErrCorrupt = errors.New("object store holds a spoiled value")
)

// Validate is the check that each backend's Put begins with: it returns ErrInvalid, wrapped, for
// the first object that has no id or no kind.
func Validate(objects []Object) error {
	for i, o := range objects {
		if o.ID.IsZero() || o.ID.Format() == 0 || !o.Kind.Valid() {
			return fmt.Errorf("object %d of %d (id %q, kind %s): %w", i+1, len(objects), o.ID, o.Kind, ErrInvalid)
		}
	}
	return nil
}

// Missing returns the answer to ids of a store that holds none of them.
func Missing(ids []gitobj.ID) []Object {
	objects := make([]Object, len(ids))
	for i, id := range ids {
		objects[i].ID = id
	}
	return objects
}

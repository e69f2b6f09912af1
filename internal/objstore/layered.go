package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Layered is a small store in front of a larger one that is farther away. What the back answers is
// put into the front.
type Layered struct{ front, back Store }

// NewLayered returns the two stores as one. Closing it closes both.
func NewLayered(front, back Store) *Layered { return &Layered{front, back} }

// Get asks the back for what the front does not hold.
func (l *Layered) Get(ctx context.Context, ids []gitobj.ID) ([]Object, error) {
	objects, err := l.front.Get(ctx, ids)
	if err != nil || len(objects) != len(ids) {
		return objects, err
	}
	var missing []gitobj.ID
	var at []int
	for i, o := range objects {
		if !o.Held() {
			missing, at = append(missing, ids[i]), append(at, i)
		}
	}
	if len(missing) == 0 {
		return objects, nil
	}
	found, err := l.back.Get(ctx, missing)
	if len(found) != len(missing) {
		return objects, errors.Join(err, fmt.Errorf("object store answered %d ids with %d objects", len(missing), len(found)))
	}
	fill := make([]Object, 0, len(found))
	for i, o := range found {
		if o.Held() {
			objects[at[i]] = o
			fill = append(fill, o)
		}
	}
	if len(fill) > 0 {
		err = errors.Join(err, l.front.Put(ctx, fill))
	}
	return objects, err
}

// Put puts into both.
func (l *Layered) Put(ctx context.Context, objects []Object) error {
	if err := l.front.Put(ctx, objects); err != nil {
		return err
	}
	return l.back.Put(ctx, objects)
}

// Note asks the back: a note may be replaced there at any time.
func (l *Layered) Note(ctx context.Context, key string) ([]byte, error) {
	return Note(ctx, l.back, key)
}

// SetNote tells the back.
func (l *Layered) SetNote(ctx context.Context, key string, value []byte) error {
	return SetNote(ctx, l.back, key, value)
}

// Close closes both.
func (l *Layered) Close() error { return errors.Join(l.front.Close(), l.back.Close()) }

package objstore

import (
	"context"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// None is the store that holds nothing: each read goes to the remote. The zero value is ready to
// use.
type None struct{ closed atomic.Bool }

// Get answers that none of ids is held.
func (n *None) Get(ctx context.Context, ids []gitobj.ID) ([]Object, error) {
	return Missing(ids), n.check(ctx)
}

// Put forgets the objects at once.
func (n *None) Put(ctx context.Context, objects []Object) error {
	if err := n.check(ctx); err != nil {
		return err
	}
	return Validate(objects)
}

// Close ends the use of the store.
func (n *None) Close() error {
	n.closed.Store(true)
	return nil
}

func (n *None) check(ctx context.Context) error {
	if n.closed.Load() {
		return ErrClosed
	}
	return ctx.Err()
}

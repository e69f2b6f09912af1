package remote

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Open is the state of a store that is not closed yet. The zero value is open.
type Open struct{ closed atomic.Bool }

// Check is the check that Get and Put begin with: ErrClosed after Close, else the error of ctx.
func (o *Open) Check(ctx context.Context) error {
	if o.closed.Load() {
		return objstore.ErrClosed
	}
	return ctx.Err()
}

// Close reports whether this call is the one that closes.
func (o *Open) Close() bool { return o.closed.CompareAndSwap(false, true) }

// Cause is the error to report for one that a client returned: ErrClosed if the store was closed
// meanwhile, the error of ctx if that ended, else err.
func (o *Open) Cause(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if o.closed.Load() {
		return objstore.ErrClosed
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Await runs work and returns when it has ended or when ctx has, whichever is first, so that a
// client that looks at deadlines only can be cancelled. What work returns late is dropped; it must
// end by itself. A panic in work is returned as an error.
func Await[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("client panicked: %v", p)
			}
			done <- r
		}()
		r.value, r.err = work()
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

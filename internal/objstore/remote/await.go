package remote

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Open records whether a store has been closed. The zero value is an open store.
type Open struct{ closed atomic.Bool }

// Check returns the error with which Get and Put end before they do anything: ErrClosed after
// Close, else the error of ctx.
func (o *Open) Check(ctx context.Context) error {
	if o.closed.Load() {
		return objstore.ErrClosed
	}
	return ctx.Err()
}

// Close closes, and reports whether the store was open.
func (o *Open) Close() bool { return o.closed.CompareAndSwap(false, true) }

// Cause returns the error to report when a client returned err: ErrClosed if the store was closed
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

// Await runs work and returns when work or ctx has ended, so that a call of a client that heeds
// deadlines only can be cancelled. Work must end by itself, and a late result is dropped. A panic
// in work is returned as an error.
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

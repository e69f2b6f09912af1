package provider

import (
	"context"
	"errors"
	"sync"
	"time"
)

// lentContext is the context of a request, which forgets its values when the request has ended.
//
// The framework keeps a cancel function of each request until its server ends
// (internal/proto6server, Server.registerContext), to call it at the engine's stop call. With it
// stay the context, its loggers and the stream of gRPC: 14 KB for each request, so that three
// requests for each of a thousand files hold 40 MB. What upstream would have to change: forget the
// cancel function at the end of the request.
type lentContext struct {
	mu  sync.RWMutex // guards ctx
	ctx context.Context
}

// released stands for contexts whose requests came to their end.
var released = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// release forgets the values. The context has ended before.
func (c *lentContext) release() {
	ended := released
	if cause := context.Cause(c.current()); !errors.Is(cause, context.Canceled) {
		var cancel context.CancelCauseFunc
		ended, cancel = context.WithCancelCause(context.Background())
		cancel(cause)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx = ended
}

func (c *lentContext) current() context.Context {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.ctx
}

// Deadline implements context.Context.
func (c *lentContext) Deadline() (time.Time, bool) { return c.current().Deadline() }

// Done implements context.Context. The channels before and after release are both closed by then.
func (c *lentContext) Done() <-chan struct{} { return c.current().Done() }

// Err implements context.Context.
func (c *lentContext) Err() error { return c.current().Err() }

// Value implements context.Context.
func (c *lentContext) Value(key any) any { return c.current().Value(key) }

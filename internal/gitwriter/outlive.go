package gitwriter

import (
	"context"
	"fmt"
	"time"
)

// outlive returns a context for requests whose outcome must be known: it keeps the values of ctx,
// and ends limit after ctx does, with an UnansweredError as its cause. The caller calls stop at the
// end.
func outlive(ctx context.Context, limit time.Duration) (_ context.Context, stop func()) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unwatch := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(&UnansweredError{Limit: limit, Cause: context.Cause(ctx)})
		case <-longer.Done():
		}
	})
	return longer, func() {
		unwatch()
		cancel(nil)
	}
}

// UnansweredError is the outcome of a push that was under way when its caller was cancelled, and
// that the server did not answer in time.
type UnansweredError struct {
	Limit time.Duration
	Cause error // of the caller's end
}

func (e *UnansweredError) Error() string {
	return fmt.Sprintf("cancelled while its push was under way, and the server has not answered within %s; "+
		"the next plan shows what became of it: %v", e.Limit, e.Cause)
}

// Unwrap is the cause of the caller's end.
func (e *UnansweredError) Unwrap() error { return e.Cause }

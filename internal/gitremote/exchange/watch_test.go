package exchange

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// After its exchange a watch is gone: nothing cancels later, and no timer stays.
func TestWatchStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		w := newWatch(time.Second, cancel)
		w.waiting.Add(1)
		w.stop()
		w.stop()
		time.Sleep(time.Hour)
		if err := context.Cause(ctx); errors.Is(err, ErrStalled) {
			t.Error("cancelled after its end")
		}
	})
}

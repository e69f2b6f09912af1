package gitwriter

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnOutlivingContextEndsItsLimitAfterItsParent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		ctx, stop := outlive(parent, 10*time.Second)
		defer stop()
		time.Sleep(time.Hour)
		cancel()
		time.Sleep(10*time.Second - 1)
		if ctx.Err() != nil {
			t.Fatalf("ended before its limit: %v", context.Cause(ctx))
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		unanswered, ok := errors.AsType[*UnansweredError](context.Cause(ctx))
		if !ok || unanswered.Limit != 10*time.Second || !errors.Is(unanswered, context.Canceled) {
			t.Errorf("got cause %v, want one that says that there was no answer in 10 s", context.Cause(ctx))
		}
	})
}

func TestAnOutlivingContextLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	// The bubble fails when a goroutine is left at its end.
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		_, stop := outlive(parent, time.Hour)
		cancel()
		synctest.Wait()
		stop()
		synctest.Wait()
		stop()
	})
}

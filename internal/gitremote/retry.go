package gitremote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// retry runs an idempotent operation until it succeeds, fails for good, or was attempted
// Limits.Attempts times. While no connection can be made it goes on for Limits.Connect, however
// often that is: a server that is restarted is back by then. A server that never answered is asked
// at most maxUnanswered times. The operation says whether another attempt makes sense: its error
// may be its caller's.
func (s *server) retry(ctx context.Context, once func() (again bool, err error)) error {
	start := time.Now()
	for attempt := 1; ; attempt++ {
		again, err := once()
		if err == nil || !again {
			return err
		}
		limit := s.target.Limits.Attempts
		e, ok := errors.AsType[*Error](err)
		if ok && e.Silent {
			limit = min(limit, maxUnanswered)
		}
		if attempt >= limit && (!unreached(err) || time.Since(start) >= s.target.Limits.Connect) {
			if ok {
				e.Attempts = attempt
			}
			return err
		}
		if err := s.wait(ctx, attempt, err); err != nil {
			return err
		}
	}
}

// exchangeOnce is exchange for a request that must not be made twice. A request for which no
// connection could be made was not made, and is attempted again for Limits.Connect.
func (s *server) exchangeOnce(ctx context.Context, r *exchange.Request) (*exchange.Response, error) {
	start := time.Now()
	for attempt := 1; ; attempt++ {
		resp, err := s.exchange(ctx, r)
		if !unreached(err) || time.Since(start) >= s.target.Limits.Connect {
			return resp, err
		}
		if err := s.wait(ctx, attempt, err); err != nil {
			return nil, err
		}
	}
}

// unreached reports whether an operation failed because no connection could be made.
func unreached(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Unreached
}

// Wait waits before an operation is attempted again: after the first attempt (attempt = 1) for
// about Limits.Backoff, twice that after the second and so on, jittered by half, or as long as the
// server asked for in err, at most a minute; and at most 2 s while no connection can be made. It
// fails only when ctx ends, with an error that names both.
func (r *Remote) Wait(ctx context.Context, attempt int, err error) error {
	return r.server.wait(ctx, attempt, err)
}

func (s *server) wait(ctx context.Context, attempt int, err error) error {
	pause := pauseAfter(attempt, s.target.Limits.Backoff)
	if e, ok := errors.AsType[*Error](err); ok && e.RetryAfter > 0 {
		// Never earlier than asked; a little later, so that many clients do not come back at once.
		pause = e.RetryAfter + min(pause/2, time.Second)
	}
	if unreached(err) {
		pause = min(pause, maxReconnect)
	}
	s.target.Logf(ctx, "attempt %d: %v: trying again in %v", attempt, s.target.ScrubError(err), pause.Round(time.Millisecond))
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("%w while waiting to try again after: %w", context.Cause(ctx), err)
	case <-t.C:
		return nil
	}
}

// pauseAfter returns the jittered wait after an attempt, the first being 1. It begins with about
// first and doubles.
func pauseAfter(attempt int, first time.Duration) time.Duration {
	b := backoff.ExponentialBackOff{
		InitialInterval:     first,
		Multiplier:          2,
		MaxInterval:         max(maxBackoff, first),
		RandomizationFactor: 0.5,
	}
	d := b.NextBackOff()
	for range min(attempt, 64) - 1 {
		d = b.NextBackOff()
	}
	return d
}

package gitremote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// retry runs an idempotent operation until it succeeds, fails for good, or was tried
// Limits.Attempts times. While no connection can be made it goes on for Limits.Connect, however
// often that is: a server that is restarted is back by then. One that never answered is asked at
// most maxUnanswered times. The operation says whether trying again makes sense: its error may be
// somebody else's.
func (r *Remote) retry(ctx context.Context, once func() (again bool, err error)) error {
	start := time.Now()
	for attempt := 1; ; attempt++ {
		again, err := once()
		if err == nil || !again {
			return err
		}
		limit := r.limits.Attempts
		if e, ok := errors.AsType[*Error](err); ok && e.silent {
			limit = min(limit, maxUnanswered)
		}
		if attempt >= limit && (!unreached(err) || time.Since(start) >= r.limits.Connect) {
			if e, ok := errors.AsType[*Error](err); ok {
				e.attempts = attempt
			}
			return err
		}
		if err := r.Wait(ctx, attempt, err); err != nil {
			return err
		}
	}
}

// reach is exchange for a request that must not be made twice. A request for which no connection
// could be made was not made, and is tried again for Limits.Connect.
func (r *Remote) reach(ctx context.Context, c *call) (*response, error) {
	start := time.Now()
	for attempt := 1; ; attempt++ {
		resp, err := r.exchange(ctx, c)
		if !unreached(err) || time.Since(start) >= r.limits.Connect {
			return resp, err
		}
		if err := r.Wait(ctx, attempt, err); err != nil {
			return nil, err
		}
	}
}

// unreached reports whether an operation failed because no connection could be made.
func unreached(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.unreached
}

// dialing reports whether a failure of the network is one to make a connection.
func dialing(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// Wait waits before an operation is tried again: after the first attempt (attempt = 1) for about
// Limits.Backoff, twice that after the second and so on, jittered by half, or as long as the server
// asked for in err, at most a minute; and at most 2 s while no connection can be made. It fails
// only when ctx ends, with an error that names both.
func (r *Remote) Wait(ctx context.Context, attempt int, err error) error {
	pause := r.pause(attempt)
	var e *Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		// Never earlier than asked; a little later, so that many clients do not come back at once.
		pause = e.RetryAfter + min(pause/2, time.Second)
	}
	if unreached(err) {
		pause = min(pause, maxReconnect)
	}
	r.logf(ctx, "attempt %d: %v: trying again in %v", attempt, r.redact.err(err), pause.Round(time.Millisecond))
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("%w while waiting to try again after: %w", context.Cause(ctx), err)
	case <-t.C:
		return nil
	}
}

// pause is the jittered wait after an attempt: 1 is the first.
func (r *Remote) pause(attempt int) time.Duration {
	b := backoff.ExponentialBackOff{
		InitialInterval:     r.limits.Backoff,
		Multiplier:          2,
		MaxInterval:         max(maxBackoff, r.limits.Backoff),
		RandomizationFactor: 0.5,
	}
	d := b.NextBackOff()
	for range min(attempt, 64) - 1 {
		d = b.NextBackOff()
	}
	return d
}

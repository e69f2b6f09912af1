package gitremote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
)

// maxUnanswered bounds the requests to a server that has answered none so far: one of protocol
// version 2, which is a POST, and two for info/refs.
const maxUnanswered = 3

// silence is about a server that leaves the first request unanswered: a POST that neither it nor a
// proxy or firewall on the way expects before a GET for info/refs, which git sends first.
type silence struct {
	heard  atomic.Bool  // a POST to git-upload-pack was answered, or is not needed to list references
	owed   atomic.Bool  // such a POST was not answered: info/refs comes before the next one
	failed atomic.Int32 // requests for info/refs that came to nothing; changes in turn

	turn chan struct{} // holds one while somebody asks for info/refs
	err  error         // of the last such request; guarded by turn
}

// unanswered notes that a request ended with e before a byte of its answer came. Of a server that
// answered a POST before, nothing follows.
func (r *Remote) unanswered(c *call, e *Error) {
	if c.service != uploadPack || e.unreached || !errors.Is(e, errStalled) || r.silence.heard.Load() {
		return
	}
	e.silent = true
	e.Hint = "check that no proxy or firewall on the way holds the request back; " + e.Hint
	if c.body == nil {
		e.Err = fmt.Errorf("no answer to GET %s?%s: %w", c.path, c.query, e.Err)
		return
	}
	r.silence.owed.Store(true)
	r.mu.Lock()
	_, known := r.offers[uploadPack]
	r.mu.Unlock()
	if known {
		e.Err = fmt.Errorf("GET /info/refs is answered, but %w", noAnswer(c, e.Err))
	} else {
		e.Err = noAnswer(c, e.Err)
	}
}

func noAnswer(c *call, err error) error {
	return fmt.Errorf("no answer to %s %s: %w", http.MethodPost, c.path, err)
}

// answered notes that an answer to a request came, whatever it says.
func (r *Remote) answered(c *call) {
	if c.service == uploadPack && c.body != nil {
		r.silence.heard.Store(true)
		r.silence.owed.Store(false)
	}
}

// introduce asks for info/refs, as git does first, if the server left a POST unanswered before it
// answered any. op is the operation that waits for it, for errors, and filter what it is to ask
// for.
func (r *Remote) introduce(ctx context.Context, op, filter string) error {
	if !r.silence.owed.Load() {
		return nil
	}
	before := r.silence.failed.Load()
	select {
	case r.silence.turn <- struct{}{}:
		defer func() { <-r.silence.turn }()
	case <-ctx.Done():
		return &Error{Op: op, URL: r.url, Err: context.Cause(ctx)}
	}
	switch {
	case !r.silence.owed.Load():
		return nil
	case r.silence.failed.Load() != before: // somebody else asked meanwhile
		return as(op, r.silence.err)
	}
	r.logf(ctx, "%s does not answer a POST to %s: asking for info/refs", r.url, uploadPack)
	c, err := r.reconsider(ctx, &Error{})
	if err != nil {
		if ctx.Err() == nil {
			r.silence.err = err
			r.silence.failed.Add(1)
		}
		return as(op, err)
	}
	r.believe(ctx, c, filter)
	r.silence.owed.Store(false)
	return nil
}

// as is an error of the request for info/refs as one of the operation that waits for it. It is a
// copy: several operations may.
func as(op string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	own := *e
	if own.silent {
		own.Op, own.Err = op, fmt.Errorf("no answer to POST /%s, and %w", uploadPack, e.Err)
	}
	return &own
}

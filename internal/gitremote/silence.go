package gitremote

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// maxUnanswered bounds the requests to a server that has answered none so far: a POST of protocol
// version 2, and two for info/refs.
const maxUnanswered = 3

// silence is about a server that leaves the first request over HTTP unanswered: a POST which it, or
// a proxy or firewall on the way, does not expect before a GET for info/refs, which git sends
// first.
type silence struct {
	heard  atomic.Bool  // a POST to git-upload-pack was answered, or is not needed to list references
	owed   atomic.Bool  // a POST was not answered: info/refs comes before the next POST
	failed atomic.Int32 // requests for info/refs that failed; changes in turn

	turn chan struct{} // holds a value while a goroutine asks for info/refs
	err  error         // of the last such request; guarded by turn
}

// answered notes that a POST to git-upload-pack was answered, with any status.
func (s *silence) answered() {
	s.heard.Store(true)
	s.owed.Store(false)
}

// unanswered completes the error of a POST to git-upload-pack that was not answered. introduced:
// a request for info/refs was. Once a POST was answered, silence means nothing.
func (s *silence) unanswered(e *Error, introduced bool) {
	if !s.marks(e) {
		return
	}
	s.owed.Store(true)
	e.Err = fmt.Errorf("no answer to POST /%s: %w", exchange.UploadPack, e.Err)
	if introduced {
		e.Err = fmt.Errorf("GET /info/refs is answered, but %w", e.Err)
	}
}

// unintroduced completes the error of a request for info/refs that was not answered.
func (s *silence) unintroduced(e *Error) {
	if s.marks(e) {
		e.Err = fmt.Errorf("no answer to GET /info/refs?service=%s: %w", exchange.UploadPack, e.Err)
	}
}

// marks marks an error as silence of a server that has answered no POST so far.
func (s *silence) marks(e *Error) bool {
	if s.heard.Load() {
		return false
	}
	e.Silent = true
	e.Hint = "check that no proxy or firewall on the way holds the request back; " + e.Hint
	return true
}

// introduce asks for info/refs, as git does first, if the server left a POST unanswered before it
// answered any. op is the operation that waits for it, for errors, and filter the filter that it
// will use.
func (s *server) introduce(ctx context.Context, op, filter string) error {
	quiet := &s.silence
	if !quiet.owed.Load() {
		return nil
	}
	before := quiet.failed.Load()
	select {
	case quiet.turn <- struct{}{}:
		defer func() { <-quiet.turn }()
	case <-ctx.Done():
		return &Error{Op: op, URL: s.target.URL, Err: context.Cause(ctx)}
	}
	switch {
	case !quiet.owed.Load():
		return nil
	case quiet.failed.Load() != before: // another goroutine asked meanwhile
		return errorOf(op, quiet.err)
	}
	s.target.Logf(ctx, "%s does not answer a POST to %s: asking for info/refs", s.target.URL, exchange.UploadPack)
	c, err := s.reconsider(ctx, false)
	if err != nil {
		if ctx.Err() == nil {
			quiet.err = err
			quiet.failed.Add(1)
		}
		return errorOf(op, err)
	}
	s.adopt(ctx, c, filter)
	quiet.owed.Store(false)
	return nil
}

// errorOf returns the error of the request for info/refs as an error of the operation that waits
// for it. It is a copy: several operations may wait.
func errorOf(op string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	own := *e
	if own.Silent {
		own.Op, own.Err = op, fmt.Errorf("no answer to POST /%s, and %w", exchange.UploadPack, e.Err)
	}
	return &own
}

package gitremote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// server makes requests over the transport, and learns from the responses what the server can do.
type server struct {
	target    *exchange.Target
	transport transport
	facts     facts
	silence   silence
	learning  sync.Mutex // held by learn, before facts.mu
}

func newServer(target *exchange.Target, t transport) *server {
	return &server{target: target, transport: t, silence: silence{turn: make(chan struct{}, 1)}}
}

// exchange makes a request.
func (s *server) exchange(ctx context.Context, r *exchange.Request) (*exchange.Response, error) {
	resp, err := s.transport.Exchange(ctx, r)
	if r.Service != exchange.UploadPack {
		return resp, err
	}
	e, _ := errors.AsType[*Error](err)
	switch {
	case err == nil, e != nil && e.Answered:
		s.silence.answered()
	case e != nil && e.NoAnswer:
		_, known := s.facts.offer(exchange.UploadPack)
		s.silence.unanswered(e, known)
	}
	return resp, err
}

// advertise asks a service which capabilities it offers.
func (s *server) advertise(ctx context.Context, ad exchange.Advertisement) (gitwire.Capabilities, error) {
	offer, err := s.transport.Advertise(ctx, ad)
	if e, ok := errors.AsType[*Error](err); ok && e.NoAnswer && ad.Service == exchange.UploadPack {
		s.silence.unintroduced(e)
	}
	return offer, err
}

// maxAdvertisement bounds a capability advertisement, in bytes. Of version 0, which has all
// references after the capabilities, only the first line is read.
const maxAdvertisement = 256 << 10

// ask asks a service which capabilities it offers, and reads no references.
func (s *server) ask(ctx context.Context, service string) (gitwire.Capabilities, error) {
	ad := exchange.Advertisement{Op: "read the capabilities of", Service: service, V2: true, Limit: maxAdvertisement}
	if service == exchange.ReceivePack {
		ad.Op, ad.V2 = "ask for the right to push to", false
	}
	return s.advertise(ctx, ad)
}

// capabilities returns the capabilities of a service. It asks once.
func (s *server) capabilities(ctx context.Context, service string) (gitwire.Capabilities, error) {
	c, ok := s.facts.offer(service)
	if ok {
		return c, nil
	}
	err := s.retry(ctx, func() (again bool, err error) {
		c, err = s.ask(ctx, service)
		return Transient(err), err
	})
	if err == nil {
		s.facts.keepOffer(service, c)
	}
	return c, err
}

// basis returns the basis of the next request.
func (s *server) basis() basis { return s.facts.basis(s.transport.Location()) }

// learn looks for the reason of an error in the capabilities of the server. before is the basis of
// the request that failed. It reports whether the basis has changed since, perhaps through a
// request of another goroutine, so that another attempt is worth it; otherwise it returns the error
// that explains err best.
func (s *server) learn(ctx context.Context, before basis, err error, filter string) (again bool, _ error) {
	e, ok := errors.AsType[*Error](err)
	if !ok || !mayLackCapability(e) {
		return false, err
	}
	// The lock is held over the request: all others who fail meanwhile want the same capabilities.
	s.learning.Lock()
	defer s.learning.Unlock()
	switch {
	case s.basis() != before:
		return true, err
	case mayBeElsewhere(e) && strings.HasSuffix(before.location, ".git"):
		return false, err
	}
	c, cerr := s.reconsider(ctx, e.Empty)
	if cerr != nil {
		return false, withCause(e, cerr)
	}
	s.adopt(ctx, c, filter)
	return s.basis() != before, err
}

// adopt learns from the capabilities of git-upload-pack.
func (s *server) adopt(ctx context.Context, c gitwire.Capabilities, filter string) {
	if c.Version < 2 {
		s.silence.heard.Store(true) // references are listed with a GET
	}
	for _, fact := range s.facts.adopt(c, filter) {
		s.target.Logf(ctx, "%s %s", s.target.URL, fact)
	}
}

// reconsider returns the capabilities of git-upload-pack for another attempt. With empty, after a
// response without a byte, they are asked for again even if they are known: git ends so when it is
// asked in another object format, and the repository may have been created anew.
func (s *server) reconsider(ctx context.Context, empty bool) (gitwire.Capabilities, error) {
	c, known := s.facts.offer(exchange.UploadPack)
	if known && !empty {
		return c, nil
	}
	c, err := s.ask(ctx, exchange.UploadPack)
	if err == nil {
		s.facts.keepOffer(exchange.UploadPack, c)
	}
	return c, err
}

// The statuses of HTTP that the capabilities may explain (RFC 9110, 15).
const (
	statusForbidden     = 403
	statusInternalError = 500
)

// mayLackCapability reports whether the capabilities may explain an error: servers of version 0 and
// servers without a feature send an empty response, an error or nonsense, and some hosts redirect
// a repository's full address only for the advertisement.
func mayLackCapability(e *Error) bool {
	return e.Empty || errors.Is(e, ErrProtocol) || errors.Is(e, ErrServer) || mayBeElsewhere(e) || e.Status == statusInternalError
}

// mayBeElsewhere reports whether the address may be the reason of an error: the advertisement may
// be redirected to the right address.
func mayBeElsewhere(e *Error) bool {
	return errors.Is(e, ErrNotFound) && e.Status != 0 || errors.Is(e, ErrForbidden) && e.Status == statusForbidden
}

// withCause combines an error with the error of the request for the capabilities that followed it.
// An empty response explains nothing, so that the second error replaces the first.
func withCause(e *Error, second error) error {
	other, ok := errors.AsType[*Error](second)
	switch {
	case ok && e.Empty:
		return other
	case ok && e.Server != "" && e.Server == other.Server:
	case ok && e.Status == 0 && (e.Kind == ErrProtocol || e.Kind == ErrServer):
		both, more := *e, *other
		more.Hint = ""
		both.Err = fmt.Errorf("%w (and to the question what it offers: %w)", e.Err, &more)
		return &both
	}
	return e
}

package provider

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// errStopped is the cause of a request's end that the engine's stop call brought about.
var errStopped = errors.New("interrupted by Terraform's stop call")

// stopping ends requests when the engine calls StopProvider, as it does at the first interrupt. The
// framework ends the requests that are under way. A request that arrives after the call, as the
// engine had sent it before the interrupt, would run to its own end; stopping ends it too.
//
// The next ConfigureProvider lets requests run again: an attached provider (-debug, or in a test)
// serves several runs of the engine in turn.
type stopping struct {
	mu  sync.Mutex // guards run and end
	run context.Context
	end context.CancelCauseFunc
}

// begin lets requests run.
func (s *stopping) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run, s.end = context.WithCancelCause(context.Background())
}

// stop ends all requests until begin.
func (s *stopping) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(errStopped)
}

// bound returns a context that ends with ctx or with the stop call. The caller calls done at the
// end of the request.
func (s *stopping) bound(ctx context.Context) (_ context.Context, done func()) {
	s.mu.Lock()
	run := s.run
	s.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	if run.Err() != nil {
		cancel(errStopped) // AfterFunc would do it a moment too late
	}
	unwatch := context.AfterFunc(run, func() { cancel(errStopped) })
	lent := &lentContext{ctx: ctx}
	return lent, func() {
		unwatch()
		cancel(nil)
		lent.release()
	}
}

// StopProvider implements tfprotov6.ProviderServer.
func (s server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.stopping.stop()
	return s.protocol.StopProvider(ctx, req)
}

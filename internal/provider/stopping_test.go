package provider

import (
	"context"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// asked is a provider server that hands out the contexts of its requests.
type asked struct {
	protocol

	got chan context.Context
}

func (a asked) ReadResource(ctx context.Context, _ *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	a.got <- ctx
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func (asked) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (asked) ConfigureProvider(ctx context.Context, _ *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return nil, ctx.Err()
}

// TestAStopCallEndsRequestsBeforeAndAfterIt makes a request before and after a stop call, and
// another after a new configuration.
func TestAStopCallEndsRequestsBeforeAndAfterIt(t *testing.T) {
	t.Parallel()
	a := asked{got: make(chan context.Context, 1)}
	s := server{protocol: a, stopping: new(stopping)}
	s.stopping.begin()
	read := func() <-chan error {
		ended := make(chan error, 1)
		go func() {
			_, err := s.ReadResource(t.Context(), nil)
			ended <- err
		}()
		return ended
	}
	before := read()
	<-a.got
	if _, err := s.StopProvider(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := <-before; !errors.Is(err, errStopped) {
		t.Errorf("the request that was under way: got %v, want %v", err, errStopped)
	}
	after := read()
	if ctx := <-a.got; ctx.Err() == nil {
		t.Error("a request after the stop call: its context has not ended when it begins")
	}
	if err := <-after; !errors.Is(err, errStopped) {
		t.Errorf("a request after the stop call: got %v, want %v", err, errStopped)
	}

	// The next run of an engine that attaches to the same process.
	if _, err := s.ConfigureProvider(t.Context(), nil); err != nil {
		t.Errorf("configure after the stop call: %v", err)
	}
	again := read()
	if ctx := <-a.got; ctx.Err() != nil {
		t.Errorf("a request after ConfigureProvider: its context has ended: %v", context.Cause(ctx))
	}
	select {
	case err := <-again:
		t.Errorf("a request after ConfigureProvider: ended with %v", err)
	default:
	}
	if _, err := s.StopProvider(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := <-again; !errors.Is(err, errStopped) {
		t.Errorf("a request of the second run: got %v, want %v", err, errStopped)
	}
}

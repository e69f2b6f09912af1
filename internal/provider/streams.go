package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// These calls answer with a stream, which is made while the engine reads it: the request has its
// end there.

// ListResource implements tfprotov6.ListResourceServer.
func (s server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	ctx, done := s.stopping.bound(ctx)
	stream, err := s.protocol.ListResource(ctx, req)
	if stream == nil || stream.Results == nil {
		done()
		return stream, err
	}
	results := stream.Results
	stream.Results = func(push func(tfprotov6.ListResourceResult) bool) {
		defer done()
		for result := range results {
			s.place(result.Diagnostics)
			if !push(result) {
				return
			}
		}
	}
	return stream, err
}

// InvokeAction implements tfprotov6.ActionServer.
func (s server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	ctx, done := s.stopping.bound(ctx)
	stream, err := s.protocol.InvokeAction(ctx, req)
	if stream == nil || stream.Events == nil {
		done()
		return stream, err
	}
	events := stream.Events
	stream.Events = func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer done()
		events(push)
	}
	return stream, err
}

package provider

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

type bulkKey struct{}

// The framework keeps a cancel function of each request; the request's values must not stay with
// it.
func TestARequestThatHasEndedHoldsNoMemory(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, tfprotov6.ProviderServer) error{
		"validate": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: "nanogit_file"})
			return err
		},
		"upgrade": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: "nanogit_file"})
			return err
		},
		"read": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "nanogit_file"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := NewServer(New("test"))()
			held := request(t, func(ctx context.Context) error { return call(ctx, s) })
			runtime.GC()
			if held.Value() != nil {
				t.Error("the values of the request's context are still held")
			}
			runtime.KeepAlive(s)
		})
	}
}

// request makes a request whose context has a large value, and returns a weak pointer to that.
func request(t *testing.T, call func(context.Context) error) weak.Pointer[[1 << 10]byte] {
	t.Helper()
	bulk := new([1 << 10]byte)
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), bulkKey{}, bulk))
	defer cancel()
	if err := call(ctx); err != nil {
		t.Fatal(err)
	}
	return weak.Make(bulk)
}

func TestALentContextStaysEnded(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{nil, errStopped} {
		inner, cancel := context.WithCancelCause(context.WithValue(t.Context(), bulkKey{}, 1))
		lent := &lentContext{ctx: inner}
		child, end := context.WithCancel(lent)
		defer end()
		done := lent.Done()
		if lent.Value(bulkKey{}) != 1 || lent.Err() != nil {
			t.Error("the context is not that which was lent")
		}
		cancel(cause)
		lent.release()
		<-done
		<-lent.Done()
		<-child.Done()
		want := cause
		if want == nil {
			want = context.Canceled
		}
		if !errors.Is(context.Cause(lent), want) || !errors.Is(context.Cause(child), want) || lent.Err() == nil || lent.Value(bulkKey{}) != nil {
			t.Errorf("after the end: cause %v, child's %v, value %v", context.Cause(lent), context.Cause(child), lent.Value(bulkKey{}))
		}
	}
}

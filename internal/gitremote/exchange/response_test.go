package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// text is a Body that ends as its fields say.
type text struct {
	io.Reader
	complete bool
	explains error // the kind that Explain gives; may be nil
	closed   int
	yielded  int
}

func (b *text) Close() error   { b.closed++; return nil }
func (b *text) Complete() bool { return b.complete }
func (b *text) Yield()         { b.yielded++ }

func (b *text) Explain(e *Error, err error) {
	if b.explains != nil && e.Unexplained(err) {
		e.Kind = b.explains
	}
}

// answer returns a response with a body.
func answer(t *testing.T, target *Target, limit int64, b Body) *Response {
	t.Helper()
	resp, _ := Open(t.Context(), target, &Request{Op: "fetch from", Limit: limit})
	resp.Attach(b)
	t.Cleanup(resp.Close)
	return resp
}

func limited() *Target { return &Target{URL: "https://host/r", Limits: Limits{}.WithDefaults()} }

func TestReadStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int64]error{5: nil, 6: nil, 4: ErrTooLong, 0: ErrTooLong} {
		got, err := io.ReadAll(answer(t, limited(), limit, &text{Reader: strings.NewReader("12345")}))
		if !errors.Is(err, want) || int64(len(got)) > limit {
			t.Errorf("limit %d: got %q, %v, want %v", limit, got, err, want)
		}
	}
}

// A response ended properly if the whole body came and its transport guarantees that this was all.
func TestEnded(t *testing.T) {
	t.Parallel()
	for _, complete := range []bool{false, true} {
		resp := answer(t, limited(), 100, &text{Reader: strings.NewReader("x"), complete: complete})
		if resp.Ended() {
			t.Error("ended before it was read")
		}
		_, _ = io.ReadAll(resp)
		if got := resp.Ended(); got != complete {
			t.Errorf("complete %t: ended %t", complete, got)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	stalled := func(resp *Response) { resp.Cancel(fmt.Errorf("%w for 1s", ErrStalled)) }
	for _, tt := range []struct {
		name     string
		err      error
		before   func(*Response)
		explains error
		kind     error
		says     string
	}{
		{name: "a lost connection", err: errors.New("reset"), kind: ErrTransient, says: "reset"},
		{name: "the end in the middle", err: io.ErrUnexpectedEOF, kind: ErrTransient, says: "ends too early"},
		{name: "a failure that the transport explains", err: errors.New("x509"), explains: ErrTLS, kind: ErrTLS},
		{name: "nonsense", err: fmt.Errorf("line: %w", gitwire.ErrMalformed), kind: ErrProtocol, says: "clone from"},
		{name: "a long response", err: ErrTooLong, kind: ErrTooLarge, says: "limits.max_response_size"},
		{name: "the server's words", err: &gitwire.ServerError{Text: "no such thing"}, kind: ErrServer, says: "no such thing"},
		{name: "words about load", err: &gitwire.ServerError{Text: "unable to handle this request due to load"}, explains: ErrTLS, kind: ErrTransient},
		{name: "a stall", err: context.Canceled, before: stalled, explains: ErrTLS, kind: ErrTransient, says: "limits.request_timeout"},
		{name: "a damaged pack", err: &gitwire.DamagedError{Err: errors.New("sum")}, explains: ErrTLS, kind: ErrTransient, says: "sum"},
	} {
		resp := answer(t, limited(), 100, &text{Reader: strings.NewReader(""), explains: tt.explains})
		if tt.before != nil {
			tt.before(resp)
		}
		if e := resp.Failure(tt.err); e.Kind != tt.kind || !strings.Contains(e.Error(), tt.says) {
			t.Errorf("%s: got %v of kind %v, want %v with %q", tt.name, e, e.Kind, tt.kind, tt.says)
		}
	}
}

func TestTheEndOfTheContextHasNoKind(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	resp, _ := Open(ctx, limited(), &Request{})
	defer resp.Close()
	cancel(stop)
	if e := resp.Failure(context.Canceled); e.Kind != nil || !errors.Is(e, stop) {
		t.Errorf("got %v of kind %v", e, e.Kind)
	}
}

func TestErrorsHideSecrets(t *testing.T) {
	t.Parallel()
	target := limited()
	target.Secrets = func() []string { return []string{"hunter2-secret"} }
	resp := answer(t, target, 100, &text{Reader: strings.NewReader("")})
	for _, err := range []error{errors.New("hunter2-secret"), fmt.Errorf("%w: hunter2-secret", io.EOF), &gitwire.ServerError{Text: "hunter2-secret"}} {
		if e := resp.Failure(err); strings.Contains(e.Error(), "hunter2") {
			t.Errorf("the secret is in %v", e)
		}
	}
	if err := target.ScrubError(fmt.Errorf("%w: hunter2-secret", io.EOF)); !errors.Is(err, io.EOF) {
		t.Errorf("%v has lost its cause", err)
	}
}

// A task goes on until it ends by itself or the target is closed, which waits for it.
func TestCloseEndsTheTasks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		target := limited()
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			target.Go(cancel, func() { <-ctx.Done(); time.Sleep(time.Second) })
		}
		start := time.Now()
		target.Close()
		target.Close()
		if d := time.Since(start); d != time.Second || !target.Closed() {
			t.Errorf("closed after %v", d)
		}
		ctx, cancel := context.WithCancel(t.Context())
		target.Go(cancel, func() { <-ctx.Done() })
		synctest.Wait()
		if ctx.Err() == nil {
			t.Error("a task of a closed target goes on")
		}
	})
}

// A response that is closed while it lingers is read on in the background, and the transport may
// end it.
func TestALingeringResponseIsReadOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		b := &text{Reader: r}
		target := limited()
		resp, ctx := Open(t.Context(), target, &Request{Limit: 1000})
		resp.Attach(b)
		resp.Linger()
		resp.Close()
		resp.Close()
		if _, err := io.WriteString(w, "late words"); err != nil || b.closed != 0 || b.yielded != 1 || ctx.Err() != nil {
			t.Errorf("write: %v; closed %d, yielded %d times, %v", err, b.closed, b.yielded, ctx.Err())
		}
		_ = w.Close()
		target.Close()
		if b.closed != 1 {
			t.Errorf("closed %d times", b.closed)
		}
	})
}

package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// ErrTooLong is the error of Read past the limit.
var ErrTooLong = errors.New("the response is larger than the limit")

// ErrClosed is the cause of a context whose exchange is over.
var ErrClosed = errors.New("the exchange is over")

// MaxDrain bounds the rest of a response that nobody wants and that is read so that its connection
// can be used again, in bytes.
const MaxDrain = 64 << 10

// MaxBeginning bounds the text that is kept of a response that is no Git protocol, in bytes.
const MaxBeginning = 500

// Body is the part of a response that depends on the transport.
type Body interface {
	io.ReadCloser
	// Explain completes e, the error of a response that failed with err, by all that only the
	// transport knows. It is called with each error, and changes those that it explains better.
	Explain(e *Error, err error)
	// Complete reports, after io.EOF, whether the transport guarantees that nothing was cut off.
	Complete() bool
	// Yield says that nobody waits for the rest of the body: the transport may end it to make room.
	Yield()
}

// Response is the response to a request. Whoever gets it calls Close or Finish.
type Response struct {
	target *Target
	op     string
	once   bool
	limit  int64

	cause  func() error // of the context's end
	done   <-chan struct{}
	cancel context.CancelCauseFunc
	watch  *watch

	body    Body // nil until Attach
	r       io.Reader
	left    int64  // bytes until the limit
	got     int64  // bytes so far
	begin   []byte // the first bytes
	err     error  // the first error of Read, which stays
	lingers *lingering
}

// Open begins the exchange of a request: it returns a response without a body yet, and the context
// for the exchange. The context ends when the response is closed, and with ErrStalled when no byte
// moves for Limits.Stall while Await or Read wait.
func Open(ctx context.Context, t *Target, r *Request) (*Response, context.Context) {
	own, cancel := context.WithCancelCause(ctx)
	resp := &Response{
		target: t, cancel: cancel, watch: newWatch(t.Limits.Stall, cancel),
		cause: func() error { return context.Cause(own) }, done: own.Done(),
	}
	resp.Serve(r)
	return resp, own
}

// Serve makes the response that of another request: of the request that finishes a request which
// was begun ahead.
func (resp *Response) Serve(r *Request) {
	resp.op, resp.once, resp.limit, resp.left = r.Op, r.Once, r.Limit, r.Limit
}

// Attach gives the response its body.
func (resp *Response) Attach(b Body) { resp.body, resp.r = b, b }

// Await runs f, during which the response is waited for: a stall ends its context.
func (resp *Response) Await(f func()) {
	resp.watch.waiting.Add(1)
	defer resp.watch.waiting.Add(-1)
	f()
}

// Sending wraps a body of r on its way to the server, so that its bytes count as progress and
// r.Wait waits for its Close.
func (resp *Response) Sending(r *Request, body io.Reader) io.ReadCloser {
	r.bodies.Add(1)
	return &sending{r: body, w: resp.watch, done: &r.bodies}
}

// Arriving wraps a reader of bytes from the server that come before the response, at most limit of
// them, so that they count as progress.
func (resp *Response) Arriving(r io.Reader, limit int64) io.Reader {
	return &arriving{r: r, w: resp.watch, left: limit}
}

// Cancel ends the exchange.
func (resp *Response) Cancel(cause error) { resp.cancel(cause) }

// Read reads the body, decompressed, up to the request's limit.
func (resp *Response) Read(p []byte) (int, error) {
	if resp.err != nil || len(p) == 0 {
		return 0, resp.err
	}
	if int64(len(p)) > resp.left {
		p = p[:resp.left+1]
	}
	resp.watch.waiting.Add(1)
	n, err := resp.r.Read(p)
	resp.watch.moved.Add(int64(n))
	resp.watch.waiting.Add(-1)
	if room := MaxBeginning - len(resp.begin); room > 0 {
		resp.begin = append(resp.begin, p[:min(n, room)]...)
	}
	resp.got += int64(n)
	if resp.left -= int64(n); resp.left < 0 {
		n, err = n-1, fmt.Errorf("%w of %d bytes", ErrTooLong, resp.limit)
	}
	resp.err = err
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// Beginning returns the first bytes that were read, at most MaxBeginning.
func (resp *Response) Beginning() []byte { return resp.begin }

// Ended reports whether the body came to its proper end, so that nothing was cut off.
func (resp *Response) Ended() bool { return resp.err == io.EOF && resp.body.Complete() }

// Finish reads the little that may be left, so that the connection can serve the next request, and
// closes.
func (resp *Response) Finish() {
	_, _ = io.CopyN(io.Discard, resp, MaxDrain)
	resp.Close()
}

// Close gives the response up. Unless it was read to its end its connection (HTTP/2: its stream) is
// closed.
func (resp *Response) Close() {
	if resp.lingers != nil {
		resp.leave()
		return
	}
	resp.free()
}

// free frees the resources that a response holds.
func (resp *Response) free() {
	if resp.body != nil {
		_ = resp.body.Close()
	}
	resp.watch.stop()
	resp.cancel(ErrClosed)
}

// Broken is Failure for a response that ended with err before its body could be read.
func (resp *Response) Broken(err error) *Error {
	resp.err = err
	return resp.Failure(err)
}

// Failure returns the error for a failure other than an HTTP status: in the connection, in the
// body's framing or in the meaning of the body.
func (resp *Response) Failure(err error) *Error {
	t := resp.target
	e := &Error{Op: resp.op, URL: t.URL, Err: err, Told: t.Told, Empty: resp.got == 0 && resp.err == io.EOF}
	var said *gitwire.ServerError
	cause := resp.cause()
	switch {
	case errors.Is(cause, ErrStalled):
		e.Kind, e.Err = ErrTransient, fmt.Errorf("%w: gave up waiting", cause)
		e.Hint = "limits.request_timeout says how long to wait"
	case cause != nil && !errors.Is(cause, ErrClosed):
		e.Err = cause
	case errors.As(err, &said):
		e.Kind, e.Server, e.Err = ErrServer, t.Scrub(said.Text), ErrServer
		if e.Recognize(said.Text); gitwire.Passing(said.Text) {
			e.MakeTransient()
		}
	case errors.Is(err, gitwire.ErrMalformed):
		e.Kind, e.Hint = ErrProtocol, "check that the URL is the one to clone from"
	case errors.Is(err, ErrTooLong):
		e.Kind, e.Hint = ErrTooLarge, "limits.max_response_size bounds it"
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		e.Kind, e.Err = ErrTransient, fmt.Errorf("the answer ends too early: %w", err)
	default:
		e.Kind = ErrTransient
	}
	if resp.body != nil {
		resp.body.Explain(e, err)
	}
	e.Err = t.ScrubError(e.Err)
	return e
}

package httpwire

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// On a branch that others keep moving, the time between learning its head and the server's
// compare-and-swap decides who wins. Much of it goes into the start of a request: a connection, the
// check of credentials, the server's processes. None of that depends on the content, so Prepare
// begins the requests before the head is known:
//
//	Prepare ─► headers of a fetch and of a push, each body announced in chunks and held back
//	             server: authenticates, starts git upload-pack, git receive-pack, which wait
//	           … find the head …
//	Exchange ─► body of the fetch        Exchange ─► body of the push
//	release ─► to a request that nobody took: "0000", a request without a command, which git answers with nothing
//
// The next Exchange for a pack or for a push takes the request that was begun, for any caller. A
// connection that is lost before its body was asked for is noticed only with the body: a fetch is
// then made anew, and a push counts as possibly acted on, though it did not happen.
//
// Not every server takes a body of unknown length. The first request begun ahead that fails ends
// the practice for this transport.

// ahead holds the requests that were begun ahead of their bodies.
type ahead struct {
	off atomic.Bool // a request that was begun ahead of its body has failed

	mu    sync.Mutex // guards begun
	begun []*opening
}

// Prepare begins a fetch and a push whose content is not known yet, in the background. The next
// Exchange of either kind finishes them, which is quicker than to begin then. release ends those
// that were not used; it may be called twice.
func (t *Transport) Prepare(ctx context.Context) (release func()) {
	if t.ahead.off.Load() || t.target.Closed() {
		return func() {}
	}
	var begun []*opening
	for _, r := range []*exchange.Request{
		{Service: exchange.UploadPack, V2: true, Once: true, Limit: exchange.MaxDrain},
		{Service: exchange.ReceivePack, Once: true, Limit: exchange.MaxDrain},
	} {
		if o := t.begin(ctx, r); o != nil {
			begun = append(begun, o)
		}
	}
	t.ahead.mu.Lock()
	defer t.ahead.mu.Unlock()
	t.ahead.begun = append(t.ahead.begun, begun...)
	return func() {
		for _, o := range begun {
			if t.ahead.remove(o) {
				t.abandon(o)
			}
		}
	}
}

// remove takes a request out of those that wait for their bodies, and reports whether it was among
// them.
func (a *ahead) remove(o *opening) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.Index(a.begun, o)
	if i >= 0 {
		a.begun = slices.Delete(a.begun, i, i+1)
	}
	return i >= 0
}

// take returns a begun request that a call can finish, once; nil if there is none.
func (a *ahead) take(c *call) *opening {
	if c.Lists {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.begun, func(o *opening) bool { return o.answer.call.Service == c.Service })
	if i < 0 {
		return nil
	}
	o := a.begun[i]
	a.begun = slices.Delete(a.begun, i, i+1)
	return o
}

// opening is a request whose body waits behind a gate.
type opening struct {
	answer   *answer
	gate     *gate
	answered chan struct{} // closed when http and err are set
	http     *http.Response
	err      error
}

// begin sends the head of a request; nil when not even that can be made.
func (t *Transport) begin(ctx context.Context, r *exchange.Request) *opening {
	g := &gate{filled: make(chan struct{})}
	c := &call{Request: r, path: "/" + r.Service, body: func() io.Reader { return g }, size: -1}
	resp, own := exchange.Open(context.WithoutCancel(ctx), t.target, r)
	req, err := t.request(own, t.base.Load(), c, resp)
	if err != nil {
		resp.Close()
		return nil // the ordinary request will meet the error too, and return it
	}
	req.GetBody = nil // the gate's bytes come once
	a := &answer{transport: t, call: c, resp: resp, request: req, begun: true}
	a.failed = func() { t.plain(ctx, nil) }
	resp.Attach(a)
	o := &opening{answer: a, gate: g, answered: make(chan struct{})}
	go func() {
		o.http, o.err = t.client.RoundTrip(req)
		close(o.answered)
	}()
	return o
}

// finish gives a begun request the body of the call and returns its response. Without ok there was
// none, or it came to nothing and the server did not act on it: the call is to be made in the
// ordinary way.
func (t *Transport) finish(ctx context.Context, c *call) (resp *exchange.Response, err error, ok bool) {
	o := t.ahead.take(c)
	if o == nil {
		return nil, nil, false
	}
	select {
	case <-o.answered:
		// Before a byte of the body: the server refuses this kind of request, or the connection is
		// gone.
		t.plain(ctx, o)
		t.abandon(o)
		return nil, nil, false
	default:
	}
	a := o.answer
	resp = a.resp
	c.Join(a.call.Request)
	a.call = c
	resp.Serve(c.Request)
	a.unlink = context.AfterFunc(ctx, func() { resp.Cancel(context.Cause(ctx)) })
	resp.Await(func() {
		o.gate.fill(c.body())
		<-o.answered
	})
	switch {
	case o.err == nil && (o.http.StatusCode == http.StatusOK || c.Once && !undone(o.http.StatusCode)):
		a.take(o.http)
		if _, err := a.redirected(t.base.Load()); err != nil {
			t.plain(ctx, o)
			return nil, err, true
		}
		return resp, nil, true
	case o.err != nil && c.Once:
		e := resp.Failure(o.err)
		e.Acted = true
		resp.Close()
		return nil, e, true
	}
	t.plain(ctx, o)
	if o.err == nil {
		a.take(o.http)
		resp.Finish()
	}
	resp.Close()
	return nil, nil, false
}

// undone reports whether a status says that the server did not act, so that the ordinary request,
// whose length is known, is worth making: redirects, 401, and every other refusal of the request
// itself (RFC 9110, 15.5). Servers and proxies that take no body in chunks answer with 411, and
// also with 400, 403, 404, 405, 406, 413, 415 or 422. The ordinary request meets a refusal for
// another reason once more, and returns it. 408 and 429 come from proxies before a server, and
// leave open whether the server acted.
func undone(code int) bool {
	return code >= 300 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests
}

// plain gives up beginning requests ahead.
func (t *Transport) plain(ctx context.Context, o *opening) {
	if t.ahead.off.Swap(true) {
		return
	}
	why := "the connection ended"
	if o != nil && o.http != nil {
		why = o.http.Status
	}
	t.target.Logf(ctx, "%s does not take a request whose body comes later (%s): not tried again", t.target.URL, why)
}

// abandonLimit bounds the wait for the response to an empty body.
const abandonLimit = 2 * time.Second

// abandon ends a request that is not needed, in the background: with an empty body, so that its
// connection can be used again.
func (t *Transport) abandon(o *opening) {
	resp := o.answer.resp
	cancel := func() { resp.Cancel(exchange.ErrClosed) }
	timer := time.AfterFunc(abandonLimit, cancel)
	select {
	case <-o.answered:
		o.gate.fill(failingReader{exchange.ErrClosed})
	default:
		o.gate.fill(strings.NewReader("0000"))
	}
	t.target.Go(cancel, func() {
		defer timer.Stop()
		<-o.answered
		if o.err == nil {
			o.answer.take(o.http)
			resp.Finish()
			return
		}
		resp.Close()
	})
}

// gate is a reader that waits until it is given the reader to read from.
type gate struct {
	filled chan struct{}
	once   sync.Once
	r      io.Reader
}

// fill opens the gate. Only the first call counts.
func (g *gate) fill(r io.Reader) {
	g.once.Do(func() {
		g.r = r
		close(g.filled)
	})
}

func (g *gate) Read(p []byte) (int, error) {
	<-g.filled
	return g.r.Read(p)
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

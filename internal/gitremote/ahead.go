package gitremote

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// This file is for a branch that others keep moving. Between learning its head and the server's
// compare-and-swap lies all that it takes to start a request: a connection, the check of
// credentials, the server's processes. None of that depends on what the request will say, so it can
// be over before the head is known:
//
//	Prepare ─► headers of a fetch and of a push, each body announced in chunks and held back
//	             server: authenticates, starts git upload-pack, git receive-pack, which wait
//	           … find the head …
//	Fetch ───► body of the first        Push ───► body of the second
//	release ─► to one that nobody took: "0000", a request without a command, which git answers with nothing
//
// A connection that is lost before its body was asked for is noticed only with the body: a fetch is
// then made anew, and a push counts as unknown, though it did not happen.
//
// Not every server takes a body of unknown length. One such experience, or any other failure of a
// request that was begun so, ends the practice for this remote.

// preparation holds the requests that were begun ahead of their bodies.
type preparation struct {
	mu    sync.Mutex // guards what follows
	begun []*opening
}

type preparationKey struct{}

// Prepare begins a fetch and a push whose content is not known yet, in the background. The next
// Fetch and the next Push with the returned context finish them, which is quicker than to begin
// then. release ends what was not used; it may be called twice. Where nothing can be begun ahead
// the context is ctx itself.
func (r *Remote) Prepare(ctx context.Context) (_ context.Context, release func()) {
	if r.plainOnly.Load() || r.life.Err() != nil || r.dialer != nil {
		return ctx, func() {}
	}
	p := &preparation{}
	for _, c := range []*call{
		{op: opFetch, path: "/" + uploadPack, service: uploadPack, v2: true, once: true},
		{op: opPush, path: "/" + receivePack, service: receivePack, once: true},
	} {
		if o := r.begin(ctx, c); o != nil {
			p.begun = append(p.begun, o)
		}
	}
	return context.WithValue(ctx, preparationKey{}, p), p.release
}

// take returns the begun request that c can finish, once.
func (r *Remote) take(ctx context.Context, c *call) *opening {
	p, _ := ctx.Value(preparationKey{}).(*preparation)
	if p == nil || c.body == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.begun, func(o *opening) bool {
		return o.resp.remote == r && o.resp.call.op == c.op && o.resp.call.path == c.path
	})
	if i < 0 {
		return nil
	}
	o := p.begun[i]
	p.begun = slices.Delete(p.begun, i, i+1)
	return o
}

func (p *preparation) release() {
	p.mu.Lock()
	left := p.begun
	p.begun = nil
	p.mu.Unlock()
	for _, o := range left {
		o.abandon()
	}
}

// opening is a request whose body waits behind a gate.
type opening struct {
	resp     *response
	gate     *gate
	request  *http.Request
	answered chan struct{} // closed when http and err are set
	http     *http.Response
	err      error
}

// begin sends the head of a request; nil when not even that can be made.
func (r *Remote) begin(ctx context.Context, c *call) *opening {
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	g := &gate{filled: make(chan struct{})}
	c.body, c.size = func() io.Reader { return g }, -1
	o := &opening{gate: g, answered: make(chan struct{})}
	o.resp = &response{remote: r, call: c, ctx: own, cancel: cancel, left: maxDrain, watch: newWatch(r.limits.Stall, cancel), ahead: true}
	req, err := r.request(own, r.base.Load(), c, o.resp.watch)
	if err != nil {
		o.resp.close()
		return nil // the ordinary request will meet it too, and say so
	}
	o.request = req
	req.GetBody = nil // what comes through the gate comes once
	go func() {
		o.http, o.err = r.transport.RoundTrip(req)
		close(o.answered)
	}()
	return o
}

// finish gives the request its body and waits for the head of the answer. Without ok the request
// came to nothing and the server did not act on it: it is to be made in the ordinary way.
func (o *opening) finish(ctx context.Context, c *call) (a *answer, err error, ok bool) {
	resp, r := o.resp, o.resp.remote
	select {
	case <-o.answered:
		// Before a byte of the body: it is about the way of asking, or the connection is gone.
		r.plain(ctx, o)
		o.abandon()
		return nil, nil, false
	default:
	}
	begun := resp.call
	c.sending.Go(begun.sending.Wait)
	resp.call, resp.left = c, c.limit
	resp.unlink = context.AfterFunc(ctx, func() { resp.cancel(context.Cause(ctx)) })
	resp.watch.waiting.Add(1)
	o.gate.fill(c.body())
	<-o.answered
	resp.watch.waiting.Add(-1)
	switch {
	case o.err == nil && (o.http.StatusCode == http.StatusOK || c.once && !undone(o.http.StatusCode)):
		resp.body(o.http)
		return &answer{resp: resp, http: o.http, request: o.request}, nil, true
	case o.err != nil && c.once:
		e := resp.failure(o.err)
		e.unknown = true
		resp.close()
		return nil, e, true
	}
	r.plain(ctx, o)
	if o.err == nil {
		resp.body(o.http)
		resp.finish()
	}
	resp.close()
	return nil, nil, false
}

// undone reports whether a status says that the server did not act, so that the ordinary request,
// whose length is known, is worth making: redirects, 401, and every other refusal of the request
// itself (RFC 9110, 15.5). Servers and proxies that take no body in chunks answer with 411, and
// also with 400, 403, 404, 405, 406, 413, 415 or 422. The ordinary request meets a refusal that is
// about something else once more, and reports it. 408 and 429 come from what stands before a
// server, and leave open what it did.
func undone(code int) bool {
	return code >= 300 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests
}

// plain gives up beginning requests ahead.
func (r *Remote) plain(ctx context.Context, o *opening) {
	if r.plainOnly.Swap(true) {
		return
	}
	why := "the connection ended"
	if o != nil && o.http != nil {
		why = o.http.Status
	}
	r.logf(ctx, "%s does not take a request whose body comes later (%s): not tried again", r.url, why)
}

// abandonLimit is how long an answer to nothing is waited for.
const abandonLimit = 2 * time.Second

// abandon ends a request that is not needed, in the background: politely, so that its connection
// can be used again.
func (o *opening) abandon() {
	resp := o.resp
	timer := time.AfterFunc(abandonLimit, func() { resp.cancel(errClosed) })
	stop := context.AfterFunc(resp.remote.life, func() { resp.cancel(errClosed) })
	select {
	case <-o.answered:
		o.gate.fill(failingReader{errClosed})
	default:
		o.gate.fill(strings.NewReader("0000"))
	}
	resp.remote.abandoned.Go(func() {
		defer timer.Stop()
		defer stop()
		<-o.answered
		if o.err == nil {
			resp.body(o.http)
			resp.finish()
			return
		}
		resp.close()
	})
}

// gate is a reader that waits for the one it is to read from.
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

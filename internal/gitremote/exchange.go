package gitremote

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// call is one request to the repository.
type call struct {
	op      string           // for errors: "fetch from"
	path    string           // below the repository: "/git-upload-pack"
	query   string           // for GET
	service string           // "git-upload-pack": names the media types
	media   string           // what the answer's Content-Type must be; "": anything but a web page
	v2      bool             // ask for protocol version 2
	body    func() io.Reader // POST; nil: GET
	size    int64            // of the body, bytes
	limit   int64            // of the response, bytes
	once    bool             // not idempotent: repeated only after an answer that says that nothing was done

	// Over a pipe, which tells what the service offers before the request is written:
	lists   bool                              // asks for references, which a conversation answers truly once
	see     func(gitwire.Ref) bool            // GET: is handed the references
	offer   *gitwire.Capabilities             // GET: the answer
	prepare func(*gitwire.Capabilities) error // makes body and size

	sending sync.WaitGroup // counts the readers of body that a transport still holds
}

// response is the body of a good answer. Whoever gets one calls close or finish.
type response struct {
	remote  *Remote
	call    *call
	ctx     context.Context // of this exchange, with the watch's cause
	cancel  context.CancelCauseFunc
	watch   *watch
	raw     io.Closer
	r       io.Reader
	left    int64         // bytes until the limit
	got     int64         // bytes so far
	begin   []byte        // the first bytes, for an answer that makes no sense
	decoded bool          // r reads what the head says that the body is compressed with
	err     error         // the first one, which stays
	open    bool          // the end of the body is the end of the connection, which may as well be lost
	ahead   bool          // its request was begun before its content was known
	lingers *lingering    // the rest of it, once all that counts has come; may be nil
	unlink  func() bool   // ends the tie to the context of who took such a request; may be nil
	ending  func() ending // how a service ended; nil over HTTP
}

// maxHops bounds redirects of one request.
const maxHops = 5

// exchange sends a request, follows it to where the repository moved on the same origin, and turns
// every answer but a good one into an *Error.
func (r *Remote) exchange(ctx context.Context, c *call) (*response, error) {
	if r.dialer != nil {
		return r.converse(ctx, c)
	}
	if o := r.take(ctx, c); o != nil {
		if a, err, ok := o.finish(ctx, c); ok {
			if err == nil {
				_, err = a.redirected(r.base.Load())
			}
			if err != nil {
				r.plain(ctx, o)
				return nil, err
			}
			return a.resp, nil
		}
	}
	renewals := 0
	for hops := 0; hops < maxHops; {
		base := r.base.Load()
		a, err := r.send(ctx, base, c)
		if err != nil {
			return nil, err
		}
		if renewals < maxRenewals && r.refused(a) {
			renewals++
			continue
		}
		target, err := a.redirected(base)
		if target == nil {
			r.answered(c)
		}
		if err != nil {
			return nil, err
		}
		if target == nil {
			r.accepted(a)
			return a.resp, nil
		}
		hops++
		r.base.CompareAndSwap(base, target)
		r.logf(ctx, "%s moved to %s", r.url, r.redact.scrub(target.String()))
	}
	return nil, &Error{Op: c.op, URL: r.url, Kind: ErrProtocol, Err: fmt.Errorf("more than %d redirects", maxHops)}
}

// answer is a response before its status was looked at.
type answer struct {
	resp    *response
	http    *http.Response
	request *http.Request
}

// send makes one HTTP request and waits for the head of its response.
func (r *Remote) send(ctx context.Context, base *url.URL, c *call) (*answer, error) {
	own, cancel := context.WithCancelCause(ctx)
	resp := &response{remote: r, call: c, ctx: own, cancel: cancel, left: c.limit, watch: newWatch(r.limits.Stall, cancel)}
	var connected, wanted atomic.Bool
	traced := httptrace.WithClientTrace(context.WithValue(own, wantedKey{}, &wanted), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := r.request(traced, base, c, resp.watch)
	if err != nil {
		resp.close()
		return nil, &Error{Op: c.op, URL: r.url, Kind: ErrAuthentication, Err: r.redact.err(err)}
	}
	resp.watch.waiting.Add(1)
	hr, err := r.transport.RoundTrip(req)
	resp.watch.waiting.Add(-1)
	if err != nil {
		resp.close()
		e := resp.failure(err)
		if e.Kind == ErrTransient && wanted.Load() && nameless(err) {
			e.Kind, e.Hint = ErrTLS, hintCertificate
		}
		e.unreached = e.Kind == ErrTransient && dialing(err)
		e.unknown = c.once && connected.Load() && !e.unreached
		r.unanswered(c, e)
		return nil, e
	}
	resp.body(hr)
	return &answer{resp: resp, http: hr, request: req}, nil
}

// body takes the body of an answer.
func (resp *response) body(h *http.Response) {
	resp.raw, resp.r = h.Body, h.Body
	resp.open = h.ContentLength < 0 && len(h.TransferEncoding) == 0 && h.ProtoMajor == 1
}

func (r *Remote) request(ctx context.Context, base *url.URL, c *call, w *watch) (*http.Request, error) {
	req := (&http.Request{
		Method: http.MethodGet, URL: endpoint(base, c.path, c.query), Host: base.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"User-Agent":      {r.userAgent},
			"Accept-Encoding": {"identity"},
			"Accept":          {"*/*"},
		},
	}).WithContext(ctx)
	if c.v2 {
		req.Header["Git-Protocol"] = []string{"version=2"}
	}
	if c.body != nil {
		req.Method = http.MethodPost
		req.Header["Content-Type"] = []string{"application/x-" + c.service + "-request"}
		req.Header["Accept"] = []string{"application/x-" + c.service + "-result"}
		req.ContentLength = c.size
		req.GetBody = func() (io.ReadCloser, error) { return newSending(c.body(), w, &c.sending), nil }
		if !c.once {
			// Not sent: it lets net/http repeat the request at once if a kept connection turns out
			// to be closed.
			req.Header["Idempotency-Key"] = nil
		}
	}
	if r.auth != nil {
		if err := r.auth.Authorize(req); err != nil {
			return nil, err
		}
	}
	for name, values := range req.Header {
		if slices.ContainsFunc(values, holdsControl) {
			return nil, fmt.Errorf("header %s: a control character, perhaps a line end after a token", name)
		}
	}
	if req.GetBody != nil {
		req.Body, _ = req.GetBody()
	}
	return req, nil
}

// redirected looks at the status: where the repository moved to, or nil for a good answer, or an
// error.
func (a *answer) redirected(base *url.URL) (*url.URL, error) {
	resp, c := a.resp, a.resp.call
	switch code := a.http.StatusCode; code {
	case http.StatusOK:
		return nil, resp.accept(a.http)
	// A POST stays one, as git has it (http.c: CURLOPT_POSTREDIR).
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		target, err := a.http.Location()
		if err == nil {
			// A server that sends a push elsewhere has not acted on it.
			if moved, ok := movedTo(base, target, c.path); ok && !resp.ahead {
				resp.finish()
				c.sending.Wait()
				return moved, nil
			}
		}
		fallthrough
	default:
		e := resp.statusError(a.http, base)
		resp.finish()
		return nil, e
	}
}

// accept checks the head of a response with status 200.
func (resp *response) accept(h *http.Response) error {
	kind, _, _ := strings.Cut(h.Header.Get("Content-Type"), ";")
	kind = strings.TrimSpace(kind)
	if media := resp.call.media; strings.EqualFold(kind, "text/html") || media != "" && !strings.EqualFold(kind, media) {
		// gitprotocol-http: without the right media type the server does not speak the smart
		// protocol.
		words, _ := resp.words(h)
		e := &Error{
			Op: resp.call.op, URL: resp.remote.url, Server: words, Kind: ErrProtocol, unknown: resp.call.once, told: resp.remote.told,
			Err:  resp.remote.redact.err(fmt.Errorf("the answer is of type %q, not Git's", gitwire.Clean(kind, 100))),
			Hint: "check that the URL is the one to clone from, and that no login page stands in between",
		}
		if strings.EqualFold(kind, "text/html") && signIn(words) {
			given, _ := resp.remote.given()
			e.Kind, e.Hint = ErrAuthentication, "it is "+signInHint(given)
		}
		resp.finish()
		return e
	}
	if err := resp.decode(h); err != nil {
		resp.close()
		return &Error{Op: resp.call.op, URL: resp.remote.url, Kind: ErrProtocol, unknown: resp.call.once, Err: resp.remote.redact.err(err)}
	}
	return nil
}

// decode reads on through what the head says that the body is compressed with, although that was
// not asked for.
func (resp *response) decode(h *http.Response) error {
	if resp.decoded {
		return nil
	}
	switch enc := h.Header.Get("Content-Encoding"); strings.ToLower(enc) {
	case "", "identity":
	case "gzip", "x-gzip":
		resp.r = &gunzip{raw: h.Body}
	default:
		return fmt.Errorf("content encoding %q, which was not asked for", gitwire.Clean(enc, 100))
	}
	resp.decoded = true
	return nil
}

// gunzip begins to decompress at the first Read, which the watch sees.
type gunzip struct {
	raw io.Reader
	z   *gzip.Reader
}

func (g *gunzip) Read(p []byte) (n int, err error) {
	if g.z == nil {
		if g.z, err = gzip.NewReader(g.raw); err != nil {
			return 0, err
		}
	}
	return g.z.Read(p)
}

// errTooLarge is what Read returns past the limit.
var errTooLarge = errors.New("the response is larger than the limit")

// errClosed is the cause of a context whose exchange is over.
var errClosed = errors.New("the exchange is over")

// Read reads the body, decompressed, up to the call's limit.
func (resp *response) Read(p []byte) (int, error) {
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
	if room := maxRawText - len(resp.begin); room > 0 && resp.got < maxRawText {
		resp.begin = append(resp.begin, p[:min(n, room)]...)
	}
	resp.got += int64(n)
	if resp.left -= int64(n); resp.left < 0 {
		n, err = n-1, fmt.Errorf("%w of %d bytes", errTooLarge, resp.call.limit)
	}
	resp.err = err
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// ended reports whether the body came to an end that the transport vouches for, so that nothing was
// cut off.
func (resp *response) ended() bool {
	if resp.ending != nil { // a connection that is lost ends a pipe as well
		return resp.err == io.EOF && resp.ending().failed
	}
	return resp.err == io.EOF && !resp.open
}

// maxDrain is how much of a response nobody wants is read so that its connection can be used again,
// in bytes.
const maxDrain = 64 << 10

// finish reads what little may be left, so that the connection can serve the next request, and
// closes.
func (resp *response) finish() {
	_, _ = io.CopyN(io.Discard, resp, maxDrain)
	resp.close()
}

// close gives the response up. Unless it was read to its end its connection (HTTP/2: its stream) is
// closed.
func (resp *response) close() {
	if resp.lingers != nil {
		resp.leave()
		return
	}
	resp.shut()
}

// shut frees what a response holds.
func (resp *response) shut() {
	if resp.raw != nil {
		_ = resp.raw.Close()
	}
	if resp.unlink != nil {
		resp.unlink()
	}
	resp.watch.stop()
	resp.cancel(errClosed)
}

package httpwire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Options of a transport.
type Options struct {
	URL       *url.URL      // of the repository, without user information
	User      *url.Userinfo // the credentials that were in the URL, used if Auth is nil; may be nil
	Auth      Auth          // nil: none
	TLS       TLSOptions
	UserAgent string // "": DefaultUserAgent
	Pool      *Pool  // shares connections with other transports
}

// DefaultUserAgent begins with "git/" because some hosts choose between a web page and Git by it.
const DefaultUserAgent = "git/2.0 (terraform-provider-nanogit)"

// Transport makes the requests to a repository over HTTP. It is safe for concurrent use.
type Transport struct {
	target *exchange.Target
	auth   Auth // nil: none
	agent  string
	client http.RoundTripper
	base   atomic.Pointer[url.URL]
	ahead  ahead
}

// New returns a transport to the repository of target, and makes target hide its credentials and
// those of the proxies in the environment. Nothing is sent.
func New(target *exchange.Target, o Options) (*Transport, error) {
	t := &Transport{target: target, auth: o.Auth, agent: o.UserAgent}
	t.base.Store(o.URL)
	if t.agent == "" {
		t.agent = DefaultUserAgent
	}
	hidden := []Auth{proxies{}}
	if o.User != nil {
		password, _ := o.User.Password()
		inURL := Basic{Username: o.User.Username(), Password: password}
		hidden = append(hidden, inURL)
		if t.auth == nil {
			t.auth = inURL
		}
	}
	if t.auth != nil {
		hidden = append(hidden, t.auth)
	}
	target.Secrets = func() []string {
		var secrets []string
		for _, a := range hidden {
			secrets = append(secrets, a.Secrets()...)
		}
		return secrets
	}
	var err error
	if t.client, err = o.Pool.Transport(o.TLS); err != nil {
		return nil, &exchange.Error{Op: "open", URL: target.URL, Kind: exchange.ErrTLS, Err: err}
	}
	return t, nil
}

// Location returns the address of the repository, as the redirects so far have changed it.
func (t *Transport) Location() string { return t.base.Load().String() }

// Close does nothing: the connections are the pool's.
func (t *Transport) Close() {}

// call is a request as HTTP has it.
type call struct {
	*exchange.Request
	path  string           // below the repository: "/git-upload-pack"
	query string           // for GET
	media string           // the Content-Type that the response must have; "": any but a web page's
	body  func() io.Reader // POST; nil: GET
	size  int64            // of the body, bytes
}

// post returns the call for a request whose body begins with head.
func post(r *exchange.Request, head []byte) *call {
	c := &call{Request: r, path: "/" + r.Service}
	c.size, c.body = r.Body(head)
	return c
}

// Advertise asks for info/refs.
func (t *Transport) Advertise(ctx context.Context, ad exchange.Advertisement) (offer gitwire.Capabilities, err error) {
	resp, err := t.follow(ctx, &call{
		Request: &exchange.Request{Op: ad.Op, Service: ad.Service, V2: ad.V2, Limit: ad.Limit},
		path:    "/info/refs", query: "service=" + ad.Service, media: "application/x-" + ad.Service + "-advertisement",
	})
	if err != nil {
		return offer, err
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	if ad.Refs == nil {
		if offer, err = gitwire.ReadCapabilities(lines); err != nil {
			err = resp.Failure(err)
		}
	} else if offer, err = gitwire.ReadAdvertisement(lines, ad.Refs); err != nil {
		err = resp.Failure(err)
		resp.Close()
		return offer, err
	}
	resp.Finish()
	return offer, err
}

// Exchange makes a request, or finishes a request that Prepare has begun. A response with another
// status than 200 is an *exchange.Error.
func (t *Transport) Exchange(ctx context.Context, r *exchange.Request) (*exchange.Response, error) {
	if err := t.probe(ctx, r); err != nil {
		return nil, err
	}
	head, err := r.Head(nil)
	if err != nil {
		return nil, err
	}
	c := post(r, head)
	if resp, err, ok := t.finish(ctx, c); ok {
		return resp, err
	}
	return t.follow(ctx, c)
}

// maxHops bounds the redirects of a request.
const maxHops = 5

// follow sends a request, and sends it again to the address that the repository has moved to on the
// same origin, and with other credentials after a refusal.
func (t *Transport) follow(ctx context.Context, c *call) (*exchange.Response, error) {
	renewals := 0
	for hops := 0; hops < maxHops; {
		base := t.base.Load()
		a, err := t.send(ctx, base, c)
		if err != nil {
			return nil, err
		}
		if renewals < maxRenewals && a.refused(ctx) {
			renewals++
			continue
		}
		target, err := a.redirected(base)
		if err != nil {
			return nil, err
		}
		if target == nil {
			t.accepted(a)
			return a.resp, nil
		}
		hops++
		t.base.CompareAndSwap(base, target)
		t.target.Logf(ctx, "%s moved to %s", t.target.URL, t.target.Scrub(target.String()))
	}
	return nil, &exchange.Error{
		Op: c.Op, URL: t.target.URL, Kind: exchange.ErrProtocol, Err: fmt.Errorf("more than %d redirects", maxHops),
	}
}

// send makes an HTTP request and waits for the head of its response.
func (t *Transport) send(ctx context.Context, base *url.URL, c *call) (*answer, error) {
	resp, own := exchange.Open(ctx, t.target, c.Request)
	a := &answer{transport: t, call: c, resp: resp}
	resp.Attach(a)
	var connected, wanted atomic.Bool
	traced := httptrace.WithClientTrace(context.WithValue(own, wantedKey{}, &wanted), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	var err error
	if a.request, err = t.request(traced, base, c, resp); err != nil {
		resp.Close()
		return nil, &exchange.Error{Op: c.Op, URL: t.target.URL, Kind: exchange.ErrAuthentication, Err: t.target.ScrubError(err)}
	}
	var h *http.Response
	resp.Await(func() { h, err = t.client.RoundTrip(a.request) })
	if err != nil {
		resp.Close()
		e := resp.Failure(err)
		if e.Kind == exchange.ErrTransient && wanted.Load() && nameless(err) {
			e.Kind, e.Hint = exchange.ErrTLS, hintCertificate
		}
		e.Unreached = e.Kind == exchange.ErrTransient && exchange.Dialing(err)
		e.Acted = c.Once && connected.Load() && !e.Unreached
		e.NoAnswer = !e.Unreached && errors.Is(e, exchange.ErrStalled)
		return nil, e
	}
	a.take(h)
	return a, nil
}

// request returns the HTTP request of a call, with credentials. Its body tells resp of its
// progress.
func (t *Transport) request(ctx context.Context, base *url.URL, c *call, resp *exchange.Response) (*http.Request, error) {
	req := (&http.Request{
		Method: http.MethodGet, URL: endpoint(base, c.path, c.query), Host: base.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"User-Agent":      {t.agent},
			"Accept-Encoding": {"identity"},
			"Accept":          {"*/*"},
		},
	}).WithContext(ctx)
	if c.V2 {
		req.Header["Git-Protocol"] = []string{"version=2"}
	}
	if c.body != nil {
		req.Method = http.MethodPost
		req.Header["Content-Type"] = []string{"application/x-" + c.Service + "-request"}
		req.Header["Accept"] = []string{"application/x-" + c.Service + "-result"}
		req.ContentLength = c.size
		req.GetBody = func() (io.ReadCloser, error) { return resp.Sending(c.Request, c.body()), nil }
		if !c.Once {
			// Not sent: it lets net/http repeat the request at once if a kept connection turns out
			// to be closed.
			req.Header["Idempotency-Key"] = nil
		}
	}
	if t.auth != nil {
		if err := t.auth.Authorize(req); err != nil {
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

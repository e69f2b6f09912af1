package httpwire

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// answer is the HTTP side of a response: its head, its body and the explanation of its errors. It
// is an exchange.Body.
type answer struct {
	transport *Transport
	call      *call
	resp      *exchange.Response
	request   *http.Request
	http      *http.Response // nil until the head has come
	r         io.Reader      // the body, decompressed
	decoded   bool           // r reads the content that the head says is compressed
	open      bool           // the end of the body is the end of the connection, which may as well be lost

	// Of a request that was begun ahead:
	begun  bool
	unlink func() bool // ends the tie to the context of the request that it serves; may be nil
	failed func()      // gives up beginning requests ahead
}

// take takes the head and the body of a response.
func (a *answer) take(h *http.Response) {
	a.http, a.r = h, h.Body
	a.open = h.ContentLength < 0 && len(h.TransferEncoding) == 0 && h.ProtoMajor == 1
}

func (a *answer) Read(p []byte) (int, error) { return a.r.Read(p) }

// Close closes the body.
func (a *answer) Close() error {
	var err error
	if a.http != nil {
		err = a.http.Body.Close()
	}
	if a.unlink != nil {
		a.unlink()
	}
	return err
}

// Complete reports whether the head says where the body ends, so that io.EOF is no lost connection.
func (a *answer) Complete() bool { return !a.open }

// Yield does nothing: a connection has room for other requests.
func (a *answer) Yield() {}

// Explain finds the failures of proxies, of TLS and of name resolution, and text in place of Git.
func (a *answer) Explain(e *exchange.Error, err error) {
	if a.begun {
		a.failed()
	}
	if e.Kind == exchange.ErrProtocol {
		a.plainText(e)
		return
	}
	if !e.Unexplained(err) {
		return
	}
	var dns *net.DNSError
	var proxy *proxyError
	switch {
	case errors.Is(err, http.ErrSchemeMismatch):
		e.Kind, e.Hint = exchange.ErrTLS, "nothing on this port speaks TLS: check the URL's port and scheme"
	case errors.As(err, &proxy):
		proxy.explain(e)
	case isTLS(err):
		e.Kind, e.Hint = exchange.ErrTLS, tlsHint(err)
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Kind, e.Hint = exchange.ErrNotFound, "check the host's name, and the proxy settings of the environment"
	default:
		return
	}
	e.Err = err
}

// redirected looks at the status. It returns the address that the repository has moved to, nil for
// a good response, or an error.
func (a *answer) redirected(base *url.URL) (*url.URL, error) {
	switch code := a.http.StatusCode; code {
	case http.StatusOK:
		if e := a.accept(); e != nil {
			e.Answered = true
			return nil, e
		}
		return nil, nil
	// A POST stays a POST, as in git (http.c: CURLOPT_POSTREDIR).
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		target, err := a.http.Location()
		if err == nil {
			// A server that sends a push elsewhere has not acted on it.
			if moved, ok := movedTo(base, target, a.call.path); ok && !a.begun {
				a.resp.Finish()
				a.call.Wait()
				return moved, nil
			}
		}
		fallthrough
	default:
		e := a.statusError(base)
		e.Answered = true
		a.resp.Finish()
		return nil, e
	}
}

// accept checks the head of a response with status 200.
func (a *answer) accept() *exchange.Error {
	target := a.transport.target
	kind, _, _ := strings.Cut(a.http.Header.Get("Content-Type"), ";")
	kind = strings.TrimSpace(kind)
	if media := a.call.media; strings.EqualFold(kind, "text/html") || media != "" && !strings.EqualFold(kind, media) {
		// gitprotocol-http: without the right media type the server does not speak the smart
		// protocol.
		words, _ := a.words()
		e := &exchange.Error{
			Op: a.call.Op, URL: target.URL, Server: words, Kind: exchange.ErrProtocol, Acted: a.call.Once, Told: target.Told,
			Err:  target.ScrubError(fmt.Errorf("the answer is of type %q, not Git's", gitwire.Clean(kind, 100))),
			Hint: "check that the URL is the one to clone from, and that no login page stands in between",
		}
		if strings.EqualFold(kind, "text/html") && signIn(words) {
			given, _ := a.transport.given()
			e.Kind, e.Hint = exchange.ErrAuthentication, "it is "+signInHint(given)
		}
		a.resp.Finish()
		return e
	}
	if err := a.decode(); err != nil {
		a.resp.Close()
		return &exchange.Error{Op: a.call.Op, URL: target.URL, Kind: exchange.ErrProtocol, Acted: a.call.Once, Err: target.ScrubError(err)}
	}
	return nil
}

// decode makes Read decompress a body that the head says is compressed, although that was not asked
// for.
func (a *answer) decode() error {
	if a.decoded {
		return nil
	}
	switch enc := a.http.Header.Get("Content-Encoding"); strings.ToLower(enc) {
	case "", "identity":
	case "gzip", "x-gzip":
		a.r = &gunzip{raw: a.http.Body}
	default:
		return fmt.Errorf("content encoding %q, which was not asked for", gitwire.Clean(enc, 100))
	}
	a.decoded = true
	return nil
}

// gunzip begins to decompress at the first Read, during which a stall is noticed.
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

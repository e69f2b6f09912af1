package gitremote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// statusError makes an error of an answer that is not the one asked for.
func (resp *response) statusError(h *http.Response, base *url.URL) *Error {
	r := resp.remote
	e := &Error{Op: resp.call.op, URL: r.url, Status: h.StatusCode, Server: resp.words(h)}
	switch code := h.StatusCode; code {
	case http.StatusUnauthorized:
		e.Kind, e.Hint = ErrAuthentication, "check user name and password or token: they may be wrong, expired or lack access to this repository"
		if r.auth == nil {
			e.Hint = "the server wants credentials and none are configured: set auth"
		}
		if scheme, _, _ := strings.Cut(h.Header.Get("WWW-Authenticate"), " "); scheme != "" {
			e.Hint += fmt.Sprintf(" (it asks for %s)", r.redact.scrub(gitwire.Clean(scheme, 40)))
		}
	case http.StatusProxyAuthRequired:
		e.Kind, e.Hint = ErrAuthentication, "the proxy wants credentials: put them into HTTPS_PROXY"
	case http.StatusForbidden:
		e.Kind, e.Hint = ErrForbidden, "the credentials lack the right to do this: check the token's scopes and the account's role"
	case http.StatusNotFound, http.StatusGone:
		e.Kind, e.Hint = ErrNotFound, "check the URL; many hosts say so too when the credentials may not see the repository"
	case http.StatusRequestEntityTooLarge:
		e.Kind, e.Hint = ErrTooLarge, "the server, or a proxy before it, limits the size of a push"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Kind, e.RetryAfter = ErrTransient, retryAfter(h.Header.Get("Retry-After"), time.Now())
	default:
		e.Kind = ErrServer
		if code < 400 {
			e.Kind = ErrProtocol
		}
	}
	if base != nil && h.StatusCode >= 300 && h.StatusCode < 400 {
		e.redirect(base, h, r)
	}
	e.unknown = resp.call.once && (h.StatusCode >= 500 || h.StatusCode == http.StatusTooManyRequests || h.StatusCode == http.StatusRequestTimeout)
	return e
}

// redirect explains a redirect that is not followed. The target is shown without what may be secret in it.
func (e *Error) redirect(base *url.URL, h *http.Response, r *Remote) {
	target, err := h.Location()
	if err != nil {
		e.Hint = "it redirects to nowhere"
		return
	}
	shown := url.URL{Scheme: target.Scheme, Host: target.Host, Path: target.Path}
	place := r.redact.scrub(gitwire.Clean(shown.String(), 500))
	if sameOrigin(base, target) {
		e.Hint = fmt.Sprintf("it redirects to %s, which is not followed: check the URL", place)
		return
	}
	e.Hint = fmt.Sprintf("it redirects to %s, where credentials are not sent: if that is right, configure this URL", place)
}

// words is what the server says in the body of an error, made short.
func (resp *response) words(h *http.Response) string {
	text, _ := io.ReadAll(io.LimitReader(resp, 16<<10))
	kind := strings.ToLower(h.Header.Get("Content-Type"))
	var s string
	switch {
	case strings.Contains(kind, "html") || strings.HasPrefix(strings.TrimSpace(string(text)), "<"):
		s = pageText(string(text), 200)
	case h.Header.Get("Content-Encoding") != "":
	default:
		s = gitwire.Clean(text, gitwire.MaxText)
	}
	return resp.remote.redact.scrub(s)
}

// retryAfter reads a number of seconds or a date (RFC 9110, 10.2.3), at most maxRetryAfter.
func retryAfter(s string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	var d time.Duration
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		d = time.Duration(min(n, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if t, err := http.ParseTime(s); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// failure makes an error of what went wrong between two heads of responses: in the connection, in the body's framing or
// in what the body says.
func (resp *response) failure(err error) *Error {
	r := resp.remote
	if resp.ahead {
		r.plain(resp.ctx, nil)
	}
	e := &Error{Op: resp.call.op, URL: r.url, Err: err, empty: resp.got == 0 && resp.err == io.EOF}
	var said *gitwire.ServerError
	var dns *net.DNSError
	cause := context.Cause(resp.ctx)
	switch {
	case errors.Is(cause, errStalled):
		e.Kind, e.Err = ErrTransient, fmt.Errorf("%w: gave up waiting", cause)
		e.Hint = "limits.request_timeout says how long to wait"
	case cause != nil && !errors.Is(cause, errClosed):
		e.Err = cause
	case errors.As(err, &said):
		e.Kind, e.Server, e.Err = ErrServer, r.redact.scrub(said.Text), ErrServer
	case errors.Is(err, gitwire.ErrMalformed):
		e.Kind, e.Hint = ErrProtocol, "check that the URL is the one to clone from"
	case errors.Is(err, errTooLarge):
		e.Kind, e.Hint = ErrTooLarge, "limits.max_response_size bounds it"
	case errors.Is(err, http.ErrSchemeMismatch):
		e.Kind, e.Hint = ErrTLS, "nothing on this port speaks TLS: check the URL's port and scheme"
	case isTLS(err):
		e.Kind, e.Hint = ErrTLS, "a private certificate authority goes into tls.ca_cert_pem or tls.ca_cert_file"
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Kind, e.Hint = ErrNotFound, "check the host's name, and the proxy settings of the environment"
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		e.Kind, e.Err = ErrTransient, fmt.Errorf("the answer ends too early: %w", err)
	default:
		e.Kind = ErrTransient
	}
	if resp.said != nil && e.Kind == ErrTransient && !errors.Is(cause, errStalled) {
		if words := resp.said(); words != "" { // the service gave up, and says why
			e.Server = r.redact.scrub(gitwire.Clean(plainWords(words), gitwire.MaxText))
			e.Hint, e.Kind = serviceError(e.Server)
		}
	}
	e.Err = r.redact.err(e.Err)
	return e
}

// isTLS reports whether trust is what is missing, which waiting does not bring.
func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var op *net.OpError
	return errors.As(err, &verify) || errors.As(err, &record) ||
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") // an alert of the handshake
}

package gitremote

import (
	"context"
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
	words, all := resp.words(h)
	e := &Error{Op: resp.call.op, URL: r.url, Status: h.StatusCode, Server: words, told: r.told}
	given, about := r.given()
	switch code := h.StatusCode; code {
	case http.StatusUnauthorized:
		e.Kind, e.Hint = ErrAuthentication, "check user name and password or token: they may be wrong, expired or lack access to this repository"
		if !given {
			e.Hint = "the server wants credentials and there are none: set auth (for another host than that of url, in hosts)"
		}
		if scheme, _, _ := strings.Cut(h.Header.Get("WWW-Authenticate"), " "); scheme != "" {
			e.Hint += fmt.Sprintf(" (it asks for %s)", r.redact.scrub(gitwire.Clean(scheme, 40)))
		}
	case http.StatusProxyAuthRequired:
		e.Kind, e.Hint, about = ErrAuthentication, proxyHint, ""
	case http.StatusForbidden:
		e.Kind, e.Hint = ErrForbidden, "the credentials lack the right to do this, or are wrong or expired, which some hosts say so too: check the token's scopes and expiry, and the account's role"
		if !given {
			e.Hint = "the server lets nobody do this without credentials: set auth (for another host than that of url, in hosts)"
		}
	case http.StatusNotFound, http.StatusGone:
		e.Kind, e.Hint = ErrNotFound, "check the URL; many hosts say so too when the credentials may not see the repository"
		if !given {
			e.Hint = "check the URL; many hosts say so too of a private repository when no credentials are given: set auth (for another host than that of url, in hosts)"
		}
	case http.StatusNonAuthoritativeInfo: // Azure DevOps, with a page to sign in
		e.Kind, e.Hint = ErrAuthentication, "it sends "+signInHint(given)
	case http.StatusRequestEntityTooLarge:
		e.Kind, e.Hint = ErrTooLarge, "the server, or a proxy before it, limits the size of a push"
	default:
		e.Kind = ErrServer
		if code < 400 {
			e.Kind = ErrProtocol
		}
	}
	if code := h.StatusCode; code >= 400 && code < 500 && code != http.StatusProxyAuthRequired && given {
		e.explained(all)
	}
	if e.Kind == ErrNotFound && isWiki(r.url) {
		e.Hint += "; " + hintWiki
	}
	if resp.passing(h, all) {
		e.Kind, e.Hint, about = ErrTransient, "", ""
		e.RetryAfter = retryAfter(h.Header.Get("Retry-After"), time.Now())
	}
	if base != nil && h.StatusCode >= 300 && h.StatusCode < 400 {
		e.redirect(base, h, resp, given)
	}
	if about != "" && (e.Kind == ErrAuthentication || e.Kind == ErrForbidden || e.Kind == ErrNotFound) {
		e.Hint += "; " + about
	}
	e.unknown = resp.call.once && (h.StatusCode >= 500 || h.StatusCode == http.StatusRequestTimeout)
	if h.StatusCode == http.StatusTooManyRequests { // RFC 6585, 4: the request was not acted on
		e.Hint = "the server is asked too often, and has done nothing: apply again later, or with a smaller -parallelism"
	}
	return e
}

// passing reports whether an answer is about a trouble that goes away, so that the same request is
// worth another try.
func (resp *response) passing(h *http.Response, words string) bool {
	switch code := h.StatusCode; code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
		520, 521, 522, 523, 524, 529, 530: // what stands before a server and does not reach it (Cloudflare), or is overloaded
		return true
	case http.StatusForbidden: // GitHub's secondary limits, and others'
		return h.Header.Get("Retry-After") != "" || gitwire.Passing(words)
	default:
		// After a body in chunks the ordinary request may fare better: 501 is about the coding (RFC
		// 9112, 6.1).
		return code >= 500 && resp.ahead
	}
}

// hintWiki is for repositories that hosts make when they are first needed.
const hintWiki = "a wiki is a repository once it has a page: write the first one on the host"

// isWiki reports whether an address is that of a wiki, as GitHub, GitLab, Gitea and Bitbucket name
// them.
func isWiki(url string) bool {
	return strings.HasSuffix(strings.TrimSuffix(strings.TrimRight(url, "/"), ".git"), ".wiki")
}

// errTrouble is the cause of an error that goes away, in place of one that would mean something
// else.
var errTrouble = errors.New("the server is in trouble")

// passes makes an error of one that is worth another try, for what the server says.
func (e *Error) passes() { e.Kind, e.Err, e.Hint = ErrTransient, errTrouble, "" }

// signInHint is for a page where people log in, in place of an answer.
func signInHint(given bool) string {
	if given {
		return "a page to sign in, which means that it does not take the credentials: the token may be wrong, expired or for another organization, or a gateway before it wants a login of its own"
	}
	return "a page to sign in: it wants credentials, and there are none: set auth (for another host than that of url, in hosts)"
}

// redirect explains a redirect that is not followed. The target is shown without what may be secret
// in it.
func (e *Error) redirect(base *url.URL, h *http.Response, resp *response, given bool) {
	target, err := h.Location()
	if err != nil {
		e.Hint = "it redirects to nowhere"
		return
	}
	shown := url.URL{Scheme: target.Scheme, Host: target.Host, Path: target.Path}
	repository, service := strings.CutSuffix(target.Path, resp.call.path)
	if service {
		shown.Path = repository
	}
	place := resp.remote.redact.scrub(gitwire.Clean(shown.String(), 500))
	switch same := sameOrigin(base, target); {
	case !service && signIn(target.Host+target.Path):
		e.Kind, e.Hint = ErrAuthentication, fmt.Sprintf("it redirects to %s, %s", place, signInHint(given))
	case same:
		e.Hint = fmt.Sprintf("it redirects to %s, which is not followed: check the URL", place)
	case base.Scheme == "https" && target.Scheme == "http":
		e.Kind, e.Hint = ErrInsecure, fmt.Sprintf("it redirects to %s, which is not encrypted and so not followed: whoever runs the server has to redirect to https://", place)
	default:
		e.Hint = fmt.Sprintf("it redirects to another place, %s, where neither credentials nor content are sent: if the repository has moved there and you trust it, set url (or repository) to that address, with its credentials in auth or hosts", place)
	}
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

// failure makes an error of what went wrong between two heads of responses: in the connection, in
// the body's framing or in what the body says.
func (resp *response) failure(err error) *Error {
	r := resp.remote
	if resp.ahead {
		r.plain(resp.ctx, nil)
	}
	e := &Error{Op: resp.call.op, URL: r.url, Err: err, told: r.told, empty: resp.got == 0 && resp.err == io.EOF}
	var said *gitwire.ServerError
	var dns *net.DNSError
	var proxy *proxyError
	cause := context.Cause(resp.ctx)
	switch {
	case errors.Is(cause, errStalled):
		e.Kind, e.Err = ErrTransient, fmt.Errorf("%w: gave up waiting", cause)
		e.Hint = "limits.request_timeout says how long to wait"
	case cause != nil && !errors.Is(cause, errClosed):
		e.Err = cause
	case errors.As(err, &said):
		e.Kind, e.Server, e.Err = ErrServer, r.redact.scrub(said.Text), ErrServer
		if e.explained(said.Text); gitwire.Passing(said.Text) {
			e.passes()
		}
	case errors.Is(err, gitwire.ErrMalformed):
		e.Kind, e.Hint = ErrProtocol, "check that the URL is the one to clone from"
		resp.plainText(e)
	case errors.Is(err, errTooLarge):
		e.Kind, e.Hint = ErrTooLarge, "limits.max_response_size bounds it"
	case errors.Is(err, http.ErrSchemeMismatch):
		e.Kind, e.Hint = ErrTLS, "nothing on this port speaks TLS: check the URL's port and scheme"
	case errors.As(err, &proxy):
		proxy.explain(e)
	case isTLS(err):
		e.Kind, e.Hint = ErrTLS, tlsHint(err)
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Kind, e.Hint = ErrNotFound, "check the host's name, and the proxy settings of the environment"
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		e.Kind, e.Err = ErrTransient, fmt.Errorf("the answer ends too early: %w", err)
	default:
		e.Kind = ErrTransient
	}
	_, damaged := errors.AsType[*gitwire.DamagedError](err) // the service was ended by us
	if resp.ending != nil && !damaged && e.Kind == ErrTransient && !errors.Is(cause, errStalled) && !errors.Is(e.Err, errTrouble) {
		e.ended(r.redact, resp.ending())
	}
	e.Err = r.redact.err(e.Err)
	return e
}

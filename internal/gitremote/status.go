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

// meaning says how an *Error is made from an HTTP status other than 200.
type meaning struct {
	kind      error
	hint      string // what the user can try
	anonymous string // the hint for a request without credentials; "": hint
	retry     retryClass
	acted     bool // a server that answered a push with this status may have moved the reference
	own       bool // about the proxy, so that neither a host's words nor the source of the credentials explain it
}

// retryClass says whether the same request is worth sending again after a status.
type retryClass uint8

const (
	never       retryClass = iota
	whenLimited            // if the response has Retry-After or its words speak of a limit that passes
	always
)

const (
	hintNoAuth = "set auth (for another host than that of url, in hosts)"
	hintURL    = "check the URL; many hosts say so too "
)

// meanings has a row for each status whose error differs from that of its class.
var meanings = map[int]meaning{
	http.StatusNonAuthoritativeInfo: { // Azure DevOps, with a page to sign in
		kind: ErrAuthentication, hint: "it sends " + signInHint(true), anonymous: "it sends " + signInHint(false),
	},
	http.StatusUnauthorized: {
		kind:      ErrAuthentication,
		hint:      "check user name and password or token: they may be wrong, expired or lack access to this repository",
		anonymous: "the server wants credentials and there are none: " + hintNoAuth,
	},
	http.StatusForbidden: { // with Retry-After: GitHub's secondary limits, and others'
		kind:      ErrForbidden,
		hint:      "the credentials lack the right to do this, or are wrong or expired, which some hosts say so too: check the token's scopes and expiry, and the account's role",
		anonymous: "the server lets nobody do this without credentials: " + hintNoAuth,
		retry:     whenLimited,
	},
	http.StatusNotFound:              notFound,
	http.StatusGone:                  notFound,
	http.StatusProxyAuthRequired:     {kind: ErrAuthentication, hint: proxyHint, own: true},
	http.StatusRequestTimeout:        {kind: ErrTransient, retry: always, acted: true},
	http.StatusRequestEntityTooLarge: {kind: ErrTooLarge, hint: "the server, or a proxy before it, limits the size of a push"},
	http.StatusTooEarly:              {kind: ErrTransient, retry: always},
	http.StatusTooManyRequests: { // RFC 6585, 4: the server did not act on the request
		kind: ErrTransient, retry: always,
		hint: "the server is asked too often, and has done nothing: apply again later, or with a smaller -parallelism",
	},
	http.StatusInternalServerError: unavailable,
	http.StatusBadGateway:          unavailable,
	http.StatusServiceUnavailable:  unavailable,
	http.StatusGatewayTimeout:      unavailable,
	520:                            unavailable, // 520 to 524, 530: Cloudflare, which does not reach the server
	521:                            unavailable,
	522:                            unavailable,
	523:                            unavailable,
	524:                            unavailable,
	529:                            unavailable, // the server is overloaded
	530:                            unavailable,
}

var (
	notFound = meaning{
		kind: ErrNotFound, hint: hintURL + "when the credentials may not see the repository",
		anonymous: hintURL + "of a private repository when no credentials are given: " + hintNoAuth,
	}
	unavailable = meaning{kind: ErrTransient, retry: always, acted: true}
)

// meaningOf returns the row of a status, or that of its class: 1xx to 3xx, 4xx, 5xx and above.
func meaningOf(code int) meaning {
	if m, ok := meanings[code]; ok {
		return m
	}
	switch {
	case code < 400:
		return meaning{kind: ErrProtocol}
	case code < 500:
		return meaning{kind: ErrServer}
	}
	return meaning{kind: ErrServer, acted: true}
}

// statusError returns the error of a response whose status is not 200. The table of meanings gives
// its kind and hint; the words of a host that is known replace them, and a redirect that was not
// followed says where it leads.
func (resp *response) statusError(h *http.Response, base *url.URL) *Error {
	r, m := resp.remote, meaningOf(h.StatusCode)
	words, all := resp.words(h)
	given, about := r.given()
	e := &Error{
		Op: resp.call.op, URL: r.url, Status: h.StatusCode, Server: words, told: r.told,
		Kind: m.kind, Hint: m.hint, unknown: m.acted && resp.call.once,
	}
	if !given && m.anonymous != "" {
		e.Hint = m.anonymous
	}
	switch {
	case m.retries(h, all) || h.StatusCode >= 500 && resp.ahead:
		// After a body in chunks an ordinary request may be answered: 501 is about the transfer
		// coding (RFC 9112, 6.1).
		if m.retry != always {
			e.Kind, e.Hint = ErrTransient, ""
		}
		e.RetryAfter = retryAfter(h.Header.Get("Retry-After"), time.Now())
		return e
	case m.own:
		return e
	}
	e.challenged(h, r.redact)
	if h.StatusCode >= 400 && h.StatusCode < 500 && given {
		e.explained(all)
	}
	if e.Kind == ErrNotFound && isWiki(r.url) {
		e.Hint += "; " + hintWiki
	}
	if base != nil && h.StatusCode >= 300 && h.StatusCode < 400 {
		e.redirect(base, h, resp, given)
	}
	if about != "" && (e.Kind == ErrAuthentication || e.Kind == ErrForbidden || e.Kind == ErrNotFound) {
		e.Hint += "; " + about
	}
	return e
}

// retries reports whether the same request is worth sending again after this response.
func (m meaning) retries(h *http.Response, words string) bool {
	return m.retry == always || m.retry == whenLimited && (h.Header.Get("Retry-After") != "" || gitwire.Passing(words))
}

// challenged adds the authentication scheme that a 401 asks for to the hint.
func (e *Error) challenged(h *http.Response, redact redactor) {
	if scheme, _, _ := strings.Cut(h.Header.Get("WWW-Authenticate"), " "); scheme != "" && e.Status == http.StatusUnauthorized {
		e.Hint += fmt.Sprintf(" (it asks for %s)", redact.scrub(gitwire.Clean(scheme, 40)))
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

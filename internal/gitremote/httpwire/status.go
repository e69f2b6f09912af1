package httpwire

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// meaning says how an error is made from an HTTP status other than 200.
type meaning struct {
	kind      error
	hint      string // a sentence on the way out
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
		kind: exchange.ErrAuthentication, hint: "it sends " + signInHint(true), anonymous: "it sends " + signInHint(false),
	},
	http.StatusUnauthorized: {
		kind:      exchange.ErrAuthentication,
		hint:      "check user name and password or token: they may be wrong, expired or lack access to this repository",
		anonymous: "the server wants credentials and there are none: " + hintNoAuth,
	},
	http.StatusForbidden: { // with Retry-After: GitHub's secondary limits, and others'
		kind:      exchange.ErrForbidden,
		hint:      "the credentials lack the right to do this, or are wrong or expired, which some hosts say so too: check the token's scopes and expiry, and the account's role",
		anonymous: "the server lets nobody do this without credentials: " + hintNoAuth,
		retry:     whenLimited,
	},
	http.StatusNotFound:              notFound,
	http.StatusGone:                  notFound,
	http.StatusProxyAuthRequired:     {kind: exchange.ErrAuthentication, hint: proxyHint, own: true},
	http.StatusRequestTimeout:        {kind: exchange.ErrTransient, retry: always, acted: true},
	http.StatusRequestEntityTooLarge: {kind: exchange.ErrTooLarge, hint: "the server, or a proxy before it, limits the size of a push"},
	http.StatusTooEarly:              {kind: exchange.ErrTransient, retry: always},
	http.StatusTooManyRequests: { // RFC 6585, 4: the server did not act on the request
		kind: exchange.ErrTransient, retry: always,
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
		kind: exchange.ErrNotFound, hint: hintURL + "when the credentials may not see the repository",
		anonymous: hintURL + "of a private repository when no credentials are given: " + hintNoAuth,
	}
	unavailable = meaning{kind: exchange.ErrTransient, retry: always, acted: true}
)

// meaningOf returns the row of a status, or that of its class: 1xx to 3xx, 4xx, 5xx and above.
func meaningOf(code int) meaning {
	if m, ok := meanings[code]; ok {
		return m
	}
	switch {
	case code < 400:
		return meaning{kind: exchange.ErrProtocol}
	case code < 500:
		return meaning{kind: exchange.ErrServer}
	}
	return meaning{kind: exchange.ErrServer, acted: true}
}

// statusError returns the error of a response whose status is not 200. The table of meanings gives
// its kind and hint; the words of a host that is known replace them, and a redirect that was not
// followed says where it leads.
func (a *answer) statusError(base *url.URL) *exchange.Error {
	h, target := a.http, a.transport.target
	m := meaningOf(h.StatusCode)
	words, all := a.words()
	given, about := a.transport.given()
	e := &exchange.Error{
		Op: a.call.Op, URL: target.URL, Status: h.StatusCode, StatusText: http.StatusText(h.StatusCode), Server: words, Told: target.Told,
		Kind: m.kind, Hint: m.hint, Acted: m.acted && a.call.Once,
	}
	if !given && m.anonymous != "" {
		e.Hint = m.anonymous
	}
	switch {
	case m.retries(h, all) || h.StatusCode >= 500 && a.begun:
		// After a body in chunks an ordinary request may be answered: 501 is about the transfer
		// coding (RFC 9112, 6.1).
		if m.retry != always {
			e.Kind, e.Hint = exchange.ErrTransient, ""
		}
		e.RetryAfter = retryAfter(h.Header.Get("Retry-After"), time.Now())
	case !m.own:
		a.refine(e, base, all)
		if about != "" && slices.Contains(sourced, e.Kind) {
			e.Hint += "; " + about
		}
	}
	return e
}

// sourced are the kinds of errors for which the source of the credentials matters.
var sourced = []error{exchange.ErrAuthentication, exchange.ErrForbidden, exchange.ErrNotFound}

// refine completes an error of the table by the rest of the response: the scheme that a 401 asks
// for, the words of a host, the target of a redirect.
func (a *answer) refine(e *exchange.Error, base *url.URL, words string) {
	scheme, _, _ := strings.Cut(a.http.Header.Get("WWW-Authenticate"), " ")
	if scheme != "" && e.Status == http.StatusUnauthorized {
		e.Hint += fmt.Sprintf(" (it asks for %s)", a.transport.target.Scrub(gitwire.Clean(scheme, 40)))
	}
	given, _ := a.transport.given()
	switch class := e.Status / 100; {
	case class == 3:
		a.explainRedirect(e, base, given)
	case class == 4 && given:
		e.Recognize(words)
	}
	e.HintWiki()
}

// retries reports whether the same request is worth sending again after this response.
func (m meaning) retries(h *http.Response, words string) bool {
	return m.retry == always || m.retry == whenLimited && (h.Header.Get("Retry-After") != "" || gitwire.Passing(words))
}

// signInHint returns the hint for a page to log in that came in place of a response of Git.
func signInHint(given bool) string {
	if given {
		return "a page to sign in, which means that it does not take the credentials: the token may be wrong, expired or for another organization, or a gateway before it wants a login of its own"
	}
	return "a page to sign in: it wants credentials, and there are none: set auth (for another host than that of url, in hosts)"
}

// explainRedirect explains a redirect that is not followed. The target is shown without the parts
// that may be secret.
func (a *answer) explainRedirect(e *exchange.Error, base *url.URL, given bool) {
	target, err := a.http.Location()
	if err != nil {
		e.Hint = "it redirects to nowhere"
		return
	}
	shown := url.URL{Scheme: target.Scheme, Host: target.Host, Path: target.Path}
	repository, service := strings.CutSuffix(target.Path, a.call.path)
	if service {
		shown.Path = repository
	}
	address := a.transport.target.Scrub(gitwire.Clean(shown.String(), 500))
	switch same := sameOrigin(base, target); {
	case !service && signIn(target.Host+target.Path):
		e.Kind, e.Hint = exchange.ErrAuthentication, fmt.Sprintf("it redirects to %s, %s", address, signInHint(given))
	case same:
		e.Hint = fmt.Sprintf("it redirects to %s, which is not followed: check the URL", address)
	case base.Scheme == "https" && target.Scheme == "http":
		e.Kind, e.Hint = exchange.ErrInsecure, fmt.Sprintf("it redirects to %s, which is not encrypted and so not followed: whoever runs the server has to redirect to https://", address)
	default:
		e.Hint = fmt.Sprintf("it redirects to another place, %s, where neither credentials nor content are sent: if the repository has moved there and you trust it, set url (or repository) to that address, with its credentials in auth or hosts", address)
	}
}

// maxRetryAfter bounds the wait that a server can ask for.
const maxRetryAfter = time.Minute

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

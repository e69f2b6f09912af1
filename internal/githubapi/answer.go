package githubapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxWait bounds the wait before another attempt, whatever the API asks for.
const MaxWait = 30 * time.Second

// Refusal is a response of the API without the wanted result.
type Refusal struct {
	Status  int
	Message string // GitHub's own words, in a line
	Hint    string
	After   time.Duration // the wait that it asks for
	Again   bool          // another attempt may succeed
	// Documented: the response names its documentation, as all of GitHub's do.
	Documented bool
}

// Error has the status, GitHub's words and the hint.
func (e *Refusal) Error() string {
	s := fmt.Sprintf("GitHub's API answers HTTP %d %s", e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// ReadRefusal reads a response without the wanted result. scrub takes the secrets out of a text. A
// limit of the number of requests and troubles of the API have a hint; they are worth another
// attempt.
func ReadRefusal(resp *http.Response, body []byte, scrub func(string) string) *Refusal {
	e := &Refusal{Status: resp.StatusCode}
	var said struct {
		Message       string `json:"message"`
		Documentation string `json:"documentation_url"`
	}
	if json.Unmarshal(body, &said) == nil {
		e.Message, e.Documented = plain(scrub(said.Message)), said.Documentation != ""
	}
	switch {
	case limited(resp, strings.ToLower(e.Message)):
		e.Hint = "GitHub limits how often it may be asked: try again later"
	case resp.StatusCode >= 500:
		e.Hint = "the API has troubles of its own: try again later"
	default:
		return e
	}
	e.Again, e.After = true, retryAfter(resp.Header.Get("Retry-After"))
	return e
}

// limited reports whether a response is about too many requests: GitHub uses 403 for it as well.
func limited(resp *http.Response, message string) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusForbidden && (strings.Contains(message, "rate limit") || resp.Header.Get("X-RateLimit-Remaining") == "0")
}

// plain returns a server's text as a short line without control characters.
func plain(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	return fmt.Sprintf("%.300s", s)
}

func retryAfter(s string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, MaxWait)
}

// MaxRedirects bounds the redirects of a request: the API redirects from the former name of a
// repository to its number.
const MaxRedirects = 3

// Redirected is the address that a response redirects to, on the same server; otherwise empty.
func Redirected(resp *http.Response, from *url.URL) string {
	to, elsewhere := redirect(resp, from)
	if elsewhere || to == nil {
		return ""
	}
	return to.String()
}

// Elsewhere is the server that a response redirects to, as scheme and host, if it is another;
// otherwise empty.
func Elsewhere(resp *http.Response, from *url.URL) string {
	to, elsewhere := redirect(resp, from)
	if !elsewhere || to.Host == "" {
		return ""
	}
	return plain(to.Scheme + "://" + to.Host)
}

// redirect is the address that a response redirects to, nil for none, and whether it is on another
// server or for another user.
func redirect(resp *http.Response, from *url.URL) (to *url.URL, elsewhere bool) {
	if resp.StatusCode < 300 || resp.StatusCode > 399 {
		return nil, false
	}
	to, err := from.Parse(resp.Header.Get("Location"))
	if err != nil {
		return nil, false
	}
	return to, to.Scheme != from.Scheme || to.Host != from.Host || to.User != nil
}

// Header sets the header fields of a request to the API, with a token.
func Header(r *http.Request, token, userAgent string) {
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/vnd.github+json")
	r.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	r.Header.Set("User-Agent", userAgent)
}

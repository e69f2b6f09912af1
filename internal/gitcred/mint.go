package gitcred

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/nanogit/terraform-provider-nanogit/internal/githubapi"
	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

const (
	mintLimit    = 2 * time.Minute  // for a token, all attempts together
	answerLimit  = 30 * time.Second // for a response of the API
	mintAttempts = 5
)

// noApp reports whether the API does not know the App itself.
func noApp(e *githubapi.Refusal) bool {
	return strings.Contains(strings.ToLower(e.Message), "integration")
}

// mint requests a token, at most mintAttempts times: after a temporary error it waits and tries
// again.
func (i *installation) mint(ctx context.Context, repository string) (token, error) {
	a := i.app
	dated := false // whether the clocks were compared
	moved := false // whether a number that the API told was wrong later
	pauses := backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, Multiplier: 2, MaxInterval: githubapi.MaxWait, RandomizationFactor: 0.5}
	for attempt := 1; ; attempt++ {
		t, date, known, err := i.request(ctx, repository)
		if err == nil {
			return t, nil
		}
		var api *githubapi.Refusal
		isAPI := errors.As(err, &api)
		if isAPI && api.Status == http.StatusUnauthorized && !dated && a.reckon(date) {
			dated = true // the next JWT is dated by GitHub's clock
			continue
		}
		if isAPI && api.Status == http.StatusNotFound && known && repository != "" && !moved {
			moved = true // the App was uninstalled, and perhaps installed again
			i.set("")
			continue
		}
		if isAPI && !api.Again || attempt >= mintAttempts || ctx.Err() != nil || errors.Is(err, errAnswer) {
			return token{}, err
		}
		var least time.Duration
		if isAPI {
			least = api.After
		}
		if werr := a.wait(ctx, max(least, pauses.NextBackOff())); werr != nil {
			return token{}, err
		}
	}
}

// request asks for a token once. known reports whether the installation's number was known by then;
// date is the time in the response, by the server's clock.
func (i *installation) request(ctx context.Context, repository string) (t token, date time.Time, known bool, err error) {
	id, got, err := i.number(ctx, repository)
	if err != nil {
		return t, got.date, false, err
	}
	got, err = i.app.ask(ctx, http.MethodPost, "/app/installations/"+id+"/access_tokens", http.StatusCreated)
	if err != nil {
		return t, got.date, true, err
	}
	t, err = i.app.read(got)
	return t, got.date, true, err
}

// reckon compares the clocks, and reports whether ours is wrong by more than a JWT tolerates.
func (a *App) reckon(date time.Time) bool {
	if date.IsZero() {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	skew := date.Sub(a.now())
	if off := skew - a.skew; off.Abs() < 20*time.Second {
		return false
	}
	a.skew = skew
	return true
}

// errAnswer says that the response does not come from GitHub's API.
var errAnswer = errors.New("the answer is not one of GitHub's API: check api_url")

// answer is a response of the API.
type answer struct {
	body []byte
	date time.Time // by the server's clock; zero without any
}

// ask sends a request to the API, in the name of the App itself. Another status than want is an
// error.
func (a *App) ask(ctx context.Context, method, path string, want int) (got answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	a.mu.Lock()
	transport, skew := a.transport, a.skew
	a.mu.Unlock()
	signed, err := jwt(a.key, a.options.AppID, a.now().Add(skew))
	if err != nil {
		return got, errors.Join(err, errAnswer)
	}
	address := strings.TrimRight(a.options.APIURL, "/") + path
	for redirects := 0; ; redirects++ {
		req, err := http.NewRequestWithContext(ctx, method, address, nil)
		if err != nil {
			return got, fmt.Errorf("api_url is no URL: %w", errAnswer)
		}
		githubapi.Header(req, signed, a.options.UserAgent)
		resp, err := transport.RoundTrip(req)
		if err != nil {
			var op *net.OpError
			if errors.As(err, &op) && op.Op == "remote error" {
				err = errors.Join(err, errAnswer)
			}
			return got, fmt.Errorf("ask %s for a token: %w", address, err)
		}
		got.body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		_ = resp.Body.Close()
		if err != nil {
			return got, fmt.Errorf("ask %s for a token: %w", address, err)
		}
		got.date, _ = http.ParseTime(resp.Header.Get("Date")) // zero without any
		if resp.StatusCode == want {
			return got, nil
		}
		to := githubapi.Redirected(resp, req.URL)
		if method != http.MethodGet || to == "" || redirects == githubapi.MaxRedirects {
			return got, refusal(resp, req.URL, got.body, signed)
		}
		address = to
	}
}

// read reads a token from a response.
func (a *App) read(got answer) (t token, err error) {
	var said struct {
		Token   string    `json:"token"`
		Expires time.Time `json:"expires_at"`
	}
	if json.Unmarshal(got.body, &said) != nil || said.Token == "" || strings.ContainsFunc(said.Token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return t, errAnswer
	}
	t = token{value: said.Token, expires: said.Expires}
	switch {
	case said.Expires.IsZero():
		t.expires = a.now().Add(time.Hour)
	case !got.date.IsZero():
		t.expires = a.now().Add(said.Expires.Sub(got.date)) // independent of our clock
	}
	return t, nil
}

// refusal makes an error of a response without a token.
func refusal(resp *http.Response, from *url.URL, body []byte, signed string) error {
	scrub := func(s string) string { return strings.ReplaceAll(s, signed, secret.Redacted) }
	e := githubapi.ReadRefusal(resp, body, scrub)
	low := strings.ToLower(e.Message)
	switch code := resp.StatusCode; {
	case e.Again:
	case code >= 300 && code < 400:
		elsewhere := "elsewhere"
		if to := githubapi.Elsewhere(resp, from); to != "" {
			elsewhere = "to " + scrub(to)
		}
		e.Hint = fmt.Sprintf("api_url redirects %s, where the App is not introduced: set it to where the API is", elsewhere)
	case code == http.StatusUnauthorized && (strings.Contains(low, "'exp'") || strings.Contains(low, "'iat'") || strings.Contains(low, "expiration time")):
		e.Hint = "the clock of this machine is wrong: set it, and see that it is kept right"
	case code == http.StatusUnauthorized:
		e.Hint = "the key is not one of this App: compare app_id and private_key_pem with the App's settings, where a key may have been deleted"
	case code == http.StatusForbidden && strings.Contains(low, "suspended"):
		e.Hint = "an owner of the account has to unsuspend the installation in its settings"
	case code == http.StatusForbidden:
		e.Hint = "the App may not have tokens for this installation"
	case code == http.StatusNotFound && noApp(e):
		e.Hint = "there is no App of this app_id on this host: it may have been deleted, or live on another GitHub (see api_url)"
	case code == http.StatusNotFound && e.Message != "":
		e.Hint = "the App has no installation of this number: check installation_id; the App may have been uninstalled, or live on another GitHub (see api_url)"
	case e.Message == "":
		e.Hint = errAnswer.Error()
	}
	return e
}

// wait waits for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

package githubapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Options are those of Commits.
type Options struct {
	URL        string            // of the API, in the form of the function URL
	Repository *url.URL          // the address of the Git repository, of which the last segments are OWNER/NAME
	Auth       Auth              // the credentials of Git requests to the repository
	Transport  http.RoundTripper // the connections to the API
	UserAgent  string
	// Wait waits before another attempt, or until ctx ends; nil: by the clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// Commits makes commits of a repository by the API, which signs them if the token is that of an App
// or of an Actions job.
type Commits struct {
	secret.Hidden
	o       Options
	name    string // OWNER/NAME, escaped
	address string // of the requests
}

const (
	answerLimit = time.Minute // for a response of the API
	attempts    = 5
	maxRenewals = 2 // of a token that the API refuses
	maxAnswer   = 1 << 20
)

// ErrAddress says that a repository's address is not that of a repository at GitHub.
var ErrAddress = errors.New("the address is not that of a repository at GitHub, https://HOST/OWNER/NAME")

// NewCommits checks the repository's address. Nothing is sent.
func NewCommits(o Options) (*Commits, error) {
	_, name, ok := Repository(o.Repository.EscapedPath())
	if !ok {
		return nil, ErrAddress
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Commits{o: o, name: name, address: strings.TrimRight(o.URL, "/") + "/repos/" + name + "/git/commits"}, nil
}

// commitRequest is the body of a request for a commit. It has neither an author nor a committer:
// GitHub leaves a commit with either unsigned ("Signature verification for bots").
type commitRequest struct {
	Message string   `json:"message"`
	Tree    string   `json:"tree"`
	Parents []string `json:"parents"`
}

// commitAnswer is the part of the response that is used.
type commitAnswer struct {
	SHA          string  `json:"sha"`
	Tree         named   `json:"tree"`
	Parents      []named `json:"parents"`
	Verification struct {
		Verified  bool   `json:"verified"`
		Reason    string `json:"reason"`
		Signature string `json:"signature"`
		Payload   string `json:"payload"` // the commit object without its signature
	} `json:"verification"`
}

type named struct {
	SHA string `json:"sha"`
}

// MakeCommit has a signed commit made of a tree and of parents that the repository has. No branch
// moves. raw are the bytes of the commit object; nil if the response does not tell them.
//
// After a lost response or a passing trouble it asks again, attempts times in all: a commit that
// nobody hears of stays unreachable. A commit with another tree, with other parents or without a
// verified signature is an error.
func (c *Commits) MakeCommit(ctx context.Context, tree gitobj.ID, parents []gitobj.ID, message string) (id gitobj.ID, raw []byte, err error) {
	want := commitRequest{Message: message, Tree: tree.String(), Parents: make([]string, len(parents))}
	for i, p := range parents {
		want.Parents[i] = p.String()
	}
	body, err := json.Marshal(want)
	if err != nil {
		return id, nil, fmt.Errorf("ask %s for a commit: %w", c.address, err)
	}
	pauses := backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, Multiplier: 2, MaxInterval: MaxWait, RandomizationFactor: 0.5}
	for attempt := 1; ; attempt++ {
		id, raw, err = c.attempt(ctx, body, want, tree.Format())
		if err == nil {
			return id, raw, nil
		}
		var r *retryError
		if !errors.As(err, &r) || attempt == attempts || ctx.Err() != nil {
			return id, nil, fmt.Errorf("ask %s for a commit: %w", c.address, err)
		}
		if c.o.Wait(ctx, max(r.after, pauses.NextBackOff())) != nil {
			return id, nil, fmt.Errorf("ask %s for a commit: gave up: %w (last: %w)", c.address, context.Cause(ctx), err)
		}
	}
}

// retryError is an error after which another attempt may succeed.
type retryError struct {
	err   error
	after time.Duration
}

func (e *retryError) Error() string { return e.err.Error() }

// Unwrap is the error of the attempt.
func (e *retryError) Unwrap() error { return e.err }

// attempt asks once and checks the commit.
func (c *Commits) attempt(ctx context.Context, body []byte, want commitRequest, format gitobj.Format) (gitobj.ID, []byte, error) {
	got, err := c.post(ctx, body)
	if err != nil {
		return gitobj.ID{}, nil, err
	}
	var said commitAnswer
	if json.Unmarshal(got, &said) != nil {
		return gitobj.ID{}, nil, errNoAPI
	}
	return said.check(want, format)
}

// post sends the request to where it belongs, and again with another token if there is one.
func (c *Commits) post(ctx context.Context, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	address, renewals := c.address, 0
	for redirects := 0; ; {
		git, token, err := c.token(ctx)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("the address of the API is no URL: %w", errNoAPI)
		}
		Header(req, token, c.o.UserAgent)
		req.Header.Set("Content-Type", "application/json")
		resp, err := c.o.Transport.RoundTrip(req)
		if err != nil {
			return nil, &retryError{err: err}
		}
		got, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		_ = resp.Body.Close()
		if err != nil {
			return nil, &retryError{err: err}
		}
		if resp.StatusCode == http.StatusCreated {
			c.accepted(git)
			return got, nil
		}
		if resp.StatusCode == http.StatusUnauthorized && renewals < maxRenewals && c.renewed(git) {
			renewals++
			continue
		}
		if to := Redirected(resp, req.URL); to != "" && redirects < MaxRedirects {
			address = to
			redirects++
			continue
		}
		return nil, c.refusal(resp, got)
	}
}

// errNoAPI says that a response does not come from GitHub's API.
var errNoAPI = errors.New("this is not GitHub's API: GitHub and GitHub Enterprise have it, other hosts do not; sign with a key of your own instead")

// refusal makes an error of a response without a commit.
func (c *Commits) refusal(resp *http.Response, body []byte) error {
	e := ReadRefusal(resp, body, func(s string) string { return secret.Scrub(s, c.o.Auth.Secrets()...) })
	low := strings.ToLower(e.Message)
	switch code := resp.StatusCode; {
	case e.Again:
		return &retryError{err: e, after: e.After}
	case code == http.StatusUnauthorized:
		e.Hint = "the API does not take the token with which the objects were pushed: it may have expired, or be a password"
	case code == http.StatusForbidden && e.Documented:
		e.Hint = "the token may not make commits: the App needs the permission Contents: write and has to include this repository; an Actions job needs permissions: contents: write"
	case code == http.StatusNotFound && e.Documented:
		e.Hint = fmt.Sprintf("the token sees no repository %s there, or may not write to it: the App needs the permission Contents: write and has to include it", c.name)
	case code == http.StatusConflict && strings.Contains(low, "empty"):
		e.Hint = "GitHub makes no first commit of a repository this way: make it with a key of your own, or create the repository with a README"
	case code == http.StatusUnprocessableEntity && strings.Contains(low, "not exist"):
		// A server of the API may lag behind the push of the tree.
		return &retryError{err: e}
	case !e.Documented:
		e.Hint = errNoAPI.Error()
	}
	return e
}

// Reasons of GitHub for a signature that it could not verify for a trouble of its own.
const (
	verifyError       = "gpgverify_error"
	verifyUnavailable = "gpgverify_unavailable"
)

// check compares the commit that was made with the one that was asked for.
func (a *commitAnswer) check(want commitRequest, format gitobj.Format) (id gitobj.ID, raw []byte, err error) {
	id, err = gitobj.ParseID(a.SHA)
	if err != nil || id.Format() != format {
		return id, nil, errNoAPI
	}
	parents := make([]string, len(a.Parents))
	for i, p := range a.Parents {
		parents[i] = p.SHA
	}
	v := a.Verification
	switch {
	case !equal(a.Tree.SHA, want.Tree):
		return id, nil, fmt.Errorf("GitHub made commit %s of tree %.64q, and it was asked for one of tree %s", id, a.Tree.SHA, want.Tree)
	case !equal(strings.Join(parents, " "), strings.Join(want.Parents, " ")):
		return id, nil, fmt.Errorf("GitHub made commit %s with the parents %.200q, and it was asked for the parents %q", id, parents, want.Parents)
	case v.Reason == verifyError || v.Reason == verifyUnavailable:
		return id, nil, &retryError{err: fmt.Errorf("GitHub made commit %s and could not verify its signature: %s", id, v.Reason)}
	case !v.Verified:
		return id, nil, fmt.Errorf("GitHub left commit %s without a verified signature (%.100q): it signs for Apps and for Actions jobs (GITHUB_TOKEN), "+
			"and not for the token of a person, which needs a key of its own; a GitHub Enterprise Server signs once its administrator has set that up", id, plain(v.Reason))
	}
	return id, object(id, v.Payload, v.Signature), nil
}

// equal compares ids.
func equal(a, b string) bool { return strings.EqualFold(a, b) }

// object puts the commit object together, from the bytes that were signed and the signature; nil if
// that is not the object of the id.
func object(id gitobj.ID, payload, signature string) []byte {
	commit, err := gitobj.ParseCommit(id.Format(), []byte(payload))
	if err != nil {
		return nil
	}
	commit.Sign(signature)
	raw := commit.Append(nil)
	if gitobj.Hash(id.Format(), gitobj.KindCommit, raw) != id {
		return nil
	}
	return raw
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

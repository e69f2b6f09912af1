package gitcred

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// AppOptions name a GitHub App, and an installation of it.
type AppOptions struct {
	AppID          string // the App's id or its client id
	InstallationID string // empty: that of the repository which a request is for
	PrivateKeyPEM  string
	APIURL         string // in the form of githubapi.URL
	UserAgent      string
}

// App is a GitHub App. The tokens of its installations live for an hour. They are minted when a
// request needs a token, shared, and renewed before they expire or when a server refuses them.
type App struct {
	secret.Hidden
	options AppOptions
	key     *rsa.PrivateKey
	now     func() time.Time
	wait    func(ctx context.Context, d time.Duration) error

	mu            sync.Mutex // guards the fields below, and those of the installations
	transport     http.RoundTripper
	skew          time.Duration // how far GitHub's clock is ahead of ours, once known
	installations map[string]*installation
	secrets       []string
}

type token struct {
	value   string
	expires time.Time
}

// renewBefore is the time before its end at which a token is replaced. A push may take a while, but
// is authorized when it begins.
const renewBefore = 5 * time.Minute

// NewApp checks the options. Nothing is sent.
func NewApp(o AppOptions) (*App, error) {
	if strings.Trim(o.InstallationID, "0123456789") != "" {
		return nil, errors.New("installation_id is not a number: it is the last part of the URL of the installation's settings")
	}
	if o.AppID == "" || strings.ContainsFunc(o.AppID, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, errors.New("app_id is neither the number nor the client id that the App's settings show")
	}
	key, err := parseKey(o.PrivateKeyPEM)
	if err != nil {
		return nil, fmt.Errorf("private_key_pem: %w", err)
	}
	a := &App{options: o, key: key, now: time.Now, wait: wait, transport: http.DefaultTransport, installations: make(map[string]*installation)}
	// Without its first and last lines, which every key has.
	for line := range strings.Lines(o.PrivateKeyPEM) {
		if line = strings.TrimSpace(line); len(line) >= 16 && !strings.HasPrefix(line, "-") {
			a.secrets = append(a.secrets, line)
		}
	}
	return a, nil
}

// APIURL is the address of the API to which the App belongs.
func (a *App) APIURL() string { return strings.TrimRight(a.options.APIURL, "/") }

// Use sets the transport to the API. It is called before the first request.
func (a *App) Use(t http.RoundTripper) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.transport = t
}

// Authorize adds a token of the repository's installation to a request. If need be, it mints the
// token first.
func (a *App) Authorize(r *http.Request) error {
	i, repository, err := a.installation(r)
	if err != nil {
		return err
	}
	t, err := i.current(r.Context(), repository)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", appHeader(t))
	return nil
}

// appHeader is the value of Authorization of a Git request with a token.
func appHeader(token string) string { return basic("x-access-token", token) }

// Refused discards a token that a server refused, once: it may have been revoked. It reports
// whether another token may be had.
func (a *App) Refused(r *http.Request, _ []string) (again bool) {
	i, _, err := a.installation(r)
	if err != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Header.Get("Authorization") != appHeader(i.token.value) {
		return true // it has been renewed meanwhile
	}
	if i.once {
		return false
	}
	i.once, i.token = true, token{}
	return true
}

// Accepted records that a server accepted the token.
func (a *App) Accepted(r *http.Request) {
	i, _, err := a.installation(r)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	i.once = false
}

// Secrets lists every text that must not appear in any message.
func (a *App) Secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.secrets)
}

// About describes the credentials in words.
func (a *App) About() (given bool, words string) {
	return true, fmt.Sprintf("the credentials are a token of GitHub App %s, %s, which has to include this repository and the permission Contents: write",
		a.options.AppID, cmp.Or(prefixed("installation ", a.options.InstallationID), "of its installation in the account that owns the repository"))
}

// prefixed is a text with a prefix; empty for an empty text.
func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

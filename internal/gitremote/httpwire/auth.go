package httpwire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Auth puts credentials on requests. Authorize is called for each request, from several goroutines,
// and only for requests to the origin that the credentials are meant for. Secrets lists every text
// that must not appear in any message; it is asked after Authorize.
//
// The implementations here print as "[redacted]" with every verb.
type Auth interface {
	Authorize(*http.Request) error
	Secrets() []string
}

// Basic is a user name and a password (RFC 7617).
type Basic struct {
	secret.Hidden
	Username, Password string
}

// Authorize implements Auth.
func (a Basic) Authorize(r *http.Request) error {
	if strings.Contains(a.Username, ":") {
		return errors.New("a user name for Basic authentication cannot hold a colon")
	}
	// RFC 7617, 2. On the wire nobody would see it, and the server would only say that the password
	// is wrong.
	if holdsControl(a.Username) || holdsControl(a.Password) {
		return errors.New("user name or password: a control character, perhaps a line end after a token")
	}
	r.SetBasicAuth(a.Username, a.Password)
	return nil
}

func holdsControl(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// Secrets implements Auth. A user name without a real password is a token on many hosts.
func (a Basic) Secrets() []string {
	s := []string{a.Password, base64.StdEncoding.EncodeToString([]byte(a.Username + ":" + a.Password))}
	if a.Password == "" || a.Password == "x" || a.Password == "x-oauth-basic" {
		s = append(s, a.Username)
	}
	return s
}

// Token is an access token, sent as the password of Basic authentication, the form that Git hosts
// take. With an empty Username the host's convention is used.
type Token struct {
	secret.Hidden
	Username, Token string
}

// Authorize implements Auth.
func (a Token) Authorize(r *http.Request) error {
	if a.Username == "" {
		a.Username = tokenUser(r.URL.Hostname())
	}
	return Basic{Username: a.Username, Password: a.Token}.Authorize(r)
}

// Secrets implements Auth.
func (a Token) Secrets() []string {
	s := []string{a.Token}
	for _, user := range []string{a.Username, userGitHub, userGitLab, userBitbucket, userDefault} {
		s = append(s, base64.StdEncoding.EncodeToString([]byte(user+":"+a.Token)))
	}
	return s
}

// The user names that hosts expect with a token.
const (
	userGitHub    = "x-access-token"
	userGitLab    = "oauth2"
	userBitbucket = "x-token-auth"
	userDefault   = "git"
)

func tokenUser(host string) string {
	host = strings.ToLower(host)
	switch {
	case host == "github.com", strings.HasSuffix(host, ".ghe.com"), strings.HasPrefix(host, "github."):
		return userGitHub
	case host == "gitlab.com", strings.HasPrefix(host, "gitlab."):
		return userGitLab
	case host == "bitbucket.org":
		return userBitbucket
	}
	return userDefault
}

// Bearer is a token for "Authorization: Bearer" (RFC 6750).
type Bearer struct {
	secret.Hidden
	Token string
}

// Authorize implements Auth.
func (a Bearer) Authorize(r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+a.Token)
	return nil
}

// Secrets implements Auth.
func (a Bearer) Secrets() []string { return []string{a.Token} }

// Headers are sent as they are; all values count as secret.
type Headers map[string]string

// Authorize implements Auth.
func (a Headers) Authorize(r *http.Request) error {
	for k, v := range a {
		r.Header.Set(k, v)
	}
	return nil
}

// Secrets implements Auth. Of "Basic Zm9v" the second word alone is a secret too.
func (a Headers) Secrets() []string {
	var s []string
	for _, v := range a {
		s = append(s, v)
		if _, word, ok := strings.Cut(v, " "); ok {
			s = append(s, word)
		}
	}
	return s
}

// Format implements fmt.Formatter.
func (Headers) Format(f fmt.State, verb rune) { secret.Hidden{}.Format(f, verb) }

// LogValue implements slog.LogValuer.
func (Headers) LogValue() slog.Value { return secret.Hidden{}.LogValue() }

// MarshalText implements encoding.TextMarshaler, for JSON and its like.
func (Headers) MarshalText() ([]byte, error) { return secret.Hidden{}.MarshalText() }

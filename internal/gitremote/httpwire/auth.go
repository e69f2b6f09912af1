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
// take. Without a Username, the look of the token tells the user name, then the host's convention.
type Token struct {
	secret.Hidden
	Username, Token string
}

// Authorize implements Auth.
func (a Token) Authorize(r *http.Request) error {
	if err := a.Check(); err != nil {
		return err
	}
	if a.Username == "" {
		a.Username = tokenUser(a.Token, r.URL.Hostname())
	}
	return Basic{Username: a.Username, Password: a.Token}.Authorize(r)
}

// Check returns an error if the token is of a kind that is valid with its own user name only, and
// there is none.
func (a Token) Check() error {
	if kind := kindOf(a.Token); a.Username == "" && kind.user == "" && kind.needs != "" {
		return errors.New(kind.needs)
	}
	return nil
}

// Secrets implements Auth. The user name depends on the host, so the header of each is listed.
func (a Token) Secrets() []string {
	s := []string{a.Token}
	for _, user := range []string{a.Username, kindOf(a.Token).user, userGitHub, userGitLab, userBitbucket, userDefault} {
		s = append(s, base64.StdEncoding.EncodeToString([]byte(user+":"+a.Token)))
	}
	return s
}

// The user names that hosts expect with a token.
const (
	userGitHub       = "x-access-token"
	userGitLab       = "oauth2"
	userGitLabJob    = "gitlab-ci-token"
	userBitbucket    = "x-token-auth"
	userBitbucketAPI = "x-bitbucket-api-token-auth"
	userDefault      = "git"
)

// tokenKind says which user name goes with the tokens that begin with a prefix.
type tokenKind struct {
	prefix string
	user   string
	needs  string // without user: the error if no user name is configured
}

// tokenKinds are the tokens that tell their host by their prefix, under any name of the host.
//
// Others go by the host's convention. GitLab, GitHub, Gitea, Forgejo and Azure DevOps take a token
// that belongs to a user with any user name, so the tokens without a prefix need no entry: the 40
// hexadecimal digits of Gitea, Forgejo and of GitHub before 2021, and those of Azure DevOps.
var tokenKinds = []tokenKind{
	{prefix: "ghp_", user: userGitHub},        // classic, of a person
	{prefix: "github_pat_", user: userGitHub}, // fine-grained, of a person
	{prefix: "ghs_", user: userGitHub},        // of an App's installation, or of an Actions job
	{prefix: "ghu_", user: userGitHub},        // of a person, by way of an App
	{prefix: "gho_", user: userGitHub},        // of a person, by way of an OAuth app
	{prefix: "glpat-", user: userGitLab},      // of a person, a project or a group
	{prefix: "glcbt-", user: userGitLabJob},   // CI_JOB_TOKEN, which no other user name gets in with
	{prefix: "gldt-", needs: "a deploy token of GitLab is valid with its own user name only, which GitLab shows with the token (as in gitlab+deploy-token-1)"},
	{prefix: "ATAT", user: userBitbucketAPI}, // API token of a person (ATATT3...)
	{prefix: "ATCT", user: userBitbucket},    // access token of a repository, project or workspace (ATCTT3...)
	{prefix: "ATBB", needs: "an app password of Bitbucket is valid with the user name of its owner only, as in the settings of the Bitbucket profile"},
}

// kindOf returns the kind of a token, or the zero value for a token that does not tell it.
func kindOf(token string) tokenKind {
	for _, kind := range tokenKinds {
		if strings.HasPrefix(token, kind.prefix) {
			return kind
		}
	}
	return tokenKind{}
}

// tokenUser returns the user name for a token: by its prefix, or else by the host's convention.
func tokenUser(token, host string) string {
	if kind := kindOf(token); kind.user != "" {
		return kind.user
	}
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

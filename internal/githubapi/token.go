package githubapi

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Auth puts the credentials of Git requests on a request, and lists the texts that must not appear
// in any message.
type Auth interface {
	Authorize(*http.Request) error
	Secrets() []string
}

// Renewer is an Auth that may have another token after a refusal. Both methods are called with a
// request that Authorize has seen.
type Renewer interface {
	Auth
	Refused(r *http.Request, challenges []string) (again bool)
	Accepted(r *http.Request)
}

// errNoToken says that the credentials of Git requests are no token.
var errNoToken = errors.New("the API takes a token, and pushes to the repository have none: set auth.github_app, or auth.token to GITHUB_TOKEN of the Actions job")

// token returns the token with which Git requests are authorized, and a request that has it.
func (c *Commits) token(ctx context.Context) (git *http.Request, token string, err error) {
	git, err = http.NewRequestWithContext(ctx, http.MethodPost, c.o.Repository.String()+"/git-receive-pack", http.NoBody)
	if err != nil {
		return nil, "", fmt.Errorf("authorize: %w", err)
	}
	if c.o.Auth == nil {
		return nil, "", errNoToken
	}
	if err := c.o.Auth.Authorize(git); err != nil {
		return nil, "", fmt.Errorf("authorize: %w", err)
	}
	if token = tokenOf(git); token == "" {
		return nil, "", errNoToken
	}
	return git, token, nil
}

// tokenOf finds the token on a Git request: it is the password of Basic credentials, or the user
// name if that is all there is.
func tokenOf(r *http.Request) string {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		return rest
	case "basic":
		raw, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return ""
		}
		user, password, _ := strings.Cut(string(raw), ":")
		if password == "" || password == "x-oauth-basic" {
			return user
		}
		return password
	}
	return ""
}

// renewed reports whether there is another token after a refusal. Credentials that are found by
// asking others stay as they are: a push has just gone through with them.
func (c *Commits) renewed(git *http.Request) bool {
	if _, asks := c.o.Auth.(interface{ Pending() bool }); asks {
		return false
	}
	n, ok := c.o.Auth.(Renewer)
	return ok && n.Refused(git, nil)
}

// accepted tells that the API took the token.
func (c *Commits) accepted(git *http.Request) {
	if n, ok := c.o.Auth.(Renewer); ok {
		n.Accepted(git)
	}
}

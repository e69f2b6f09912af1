package httpwire

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

const (
	hunter = "hunter2/S3cret=+%"
	user   = "alice"
)

// leaks finds a form of the secret in text.
func leaks(text string) string {
	for _, form := range []string{
		hunter, url.QueryEscape(hunter), url.PathEscape(hunter), "hunter2",
		"YWxpY2U6aHVudGVyMi9TM2NyZXQ9KyU=", // alice:…
		"YWxpY2U6aHVudGVyMi9TM2NyZXQ9KyU",
	} {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

func TestCredentialsPrintAsNothing(t *testing.T) {
	t.Parallel()
	for _, a := range []any{
		Basic{Username: user, Password: hunter},
		Token{Username: user, Token: hunter},
		Bearer{Token: hunter},
		Headers{"X": hunter},
		&Basic{Username: user, Password: hunter},
		Options{Auth: Basic{Username: user, Password: hunter}, TLS: TLSOptions{ClientKeyPEM: hunter}},
	} {
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "auth", a)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "auth", a)
		text := fmt.Sprintf("%v %+v %#v %s %q %d %x", a, a, a, a, a, a, a) + log.String()
		if b, err := json.Marshal(a); err == nil {
			text += string(b)
		}
		if form := leaks(text); form != "" || strings.Contains(text, "68756e746572") {
			t.Errorf("%q is in %s", form, text)
		}
	}
}

// With the first request, in the form that the host expects.
func TestCredentialsAreSent(t *testing.T) {
	t.Parallel()
	basic := func(user, password string) string {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for _, tt := range []struct {
		name string
		o    settings
		want string
	}{
		{"none", settings{}, ""},
		{"basic", settings{Auth: Basic{Username: user, Password: hunter}}, basic(user, hunter)},
		{"token on any host", settings{Auth: Token{Token: hunter}}, basic("git", hunter)},
		{"token with a name", settings{Auth: Token{Username: user, Token: hunter}}, basic(user, hunter)},
		{"token on GitHub", settings{Auth: Token{Token: hunter}, URL: "https://github.com/o/r"}, basic("x-access-token", hunter)},
		{"token on GitLab", settings{Auth: Token{Token: hunter}, URL: "https://gitlab.example.com/o/r"}, basic("oauth2", hunter)},
		{"token on Bitbucket", settings{Auth: Token{Token: hunter}, URL: "https://bitbucket.org/o/r"}, basic("x-token-auth", hunter)},
		{"bearer", settings{Auth: Bearer{Token: hunter}}, "Bearer " + hunter},
		{"headers", settings{Auth: Headers{"Authorization": "X y"}}, "X y"},
		{"in the URL", settings{URL: "https://" + url.UserPassword(user, hunter).String() + "@host/r"}, basic(user, hunter)},
		{"configured ones before those in the URL", settings{URL: "https://a:b@host/r", Auth: Bearer{Token: hunter}}, "Bearer " + hunter},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			r, _ := scripted(t, tt.o, func(req *http.Request) (*http.Response, error) {
				got = req.Header.Get("Authorization")
				if req.URL.User != nil {
					t.Errorf("user information in the request's URL")
				}
				return status(200, goodRefs)(req)
			})
			if err := r.list(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	for name, auth := range map[string]Auth{
		"a colon in the name":             Basic{Username: "a:b", Password: hunter},
		"a password with its line's end":  Basic{Username: user, Password: hunter + "\n"},
		"a token with its line's end":     Token{Token: hunter + "\n"},
		"a bearer token with a line end":  Bearer{Token: hunter + "\r\n"},
		"a header with another behind it": Headers{"X-Token": hunter + "\r\nX-Admin: yes"},
	} {
		r, s := scripted(t, settings{Auth: auth}, status(200, goodRefs))
		if err := r.list(t.Context()); !errors.Is(err, exchange.ErrAuthentication) || leaks(err.Error()) != "" || len(s.Asked) != 0 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The prefix of a token tells the user name, also where the host's convention is another.
func TestTheUserNameGoesByTheLookOfTheToken(t *testing.T) {
	t.Parallel()
	rest := strings.Repeat("0123456789", 4)
	for _, tt := range []struct{ name, token, host, want string }{
		{"GitHub, classic", "ghp_" + rest, "git.example.com", "x-access-token"},
		{"GitHub, fine-grained", "github_pat_" + rest, "git.example.com", "x-access-token"},
		{"GitHub, App or Actions", "ghs_" + rest, "git.example.com", "x-access-token"},
		{"GitHub, a user of an App", "ghu_" + rest, "git.example.com", "x-access-token"},
		{"GitHub, OAuth app", "gho_" + rest, "git.example.com", "x-access-token"},
		{"GitHub, before 2021", rest, "github.com", "x-access-token"},
		{"GitLab, a person, project or group", "glpat-" + rest, "git.example.com", "oauth2"},
		{"GitLab, a job", "glcbt-64_" + rest, "git.example.com", "gitlab-ci-token"},
		{"GitLab, a job, by convention oauth2", "glcbt-eyJ" + rest, "gitlab.com", "gitlab-ci-token"},
		{"GitLab, with a prefix of its own", "acme-" + rest, "gitlab.example.com", "oauth2"},
		{"Bitbucket, API token", "ATATT3xFfGF0" + rest, "bitbucket.org", "x-bitbucket-api-token-auth"},
		{"Bitbucket, access token", "ATCTT3xFfGN0" + rest, "bitbucket.org", "x-token-auth"},
		{"Bitbucket, an older one", rest, "bitbucket.org", "x-token-auth"},
		{"Gitea or Forgejo", "0123456789abcdef0123456789abcdef01234567", "gitea.example.com", "git"},
		{"Azure DevOps", strings.Repeat("a2b3c4d5", 6) + "abcd", "dev.azure.com", "git"},
		{"a prefix in the middle", "x-ghp_" + rest, "git.example.com", "git"},
		{"a prefix in capital letters", "GHP_" + rest, "git.example.com", "git"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for configured, want := range map[string]string{"": tt.want, user: user} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+tt.host+"/r", nil)
				if err != nil {
					t.Fatal(err)
				}
				a := Token{Username: configured, Token: tt.token}
				if err := a.Authorize(r); err != nil {
					t.Fatal(err)
				}
				if name, password, ok := r.BasicAuth(); !ok || name != want || password != tt.token {
					t.Errorf("username %q: got user %q, want %q", configured, name, want)
				}
				_, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
				if !slices.Contains(a.Secrets(), sent) {
					t.Errorf("username %q: the header is not among the secrets", configured)
				}
			}
		})
	}
}

// Without their own user names these tokens would only be refused: nothing is sent.
func TestTokensThatNeedTheirOwnUserName(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{"gldt-" + hunter: "deploy token of GitLab", "ATBB" + hunter: "app password of Bitbucket"} {
		r, s := scripted(t, settings{Auth: Token{Token: token}}, status(200, goodRefs))
		err := r.list(t.Context())
		if !errors.Is(err, exchange.ErrAuthentication) || !strings.Contains(err.Error(), want) || leaks(err.Error()) != "" || len(s.Asked) != 0 {
			t.Errorf("%s: got %v", want, err)
		}
		r, _ = scripted(t, settings{Auth: Token{Username: user, Token: token}}, status(200, goodRefs))
		if err := r.list(t.Context()); err != nil {
			t.Errorf("%s, with a user name: %v", want, err)
		}
	}
}

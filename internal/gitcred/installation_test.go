package gitcred

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/githubapi"
)

// installations is GitHub's API of an App with an installation in some accounts, by owner.
type installations struct {
	ids      map[string]int
	script   func(r *http.Request) *http.Response // answers first, if it answers
	requests atomic.Pointer[[]string]
}

func (s *installations) RoundTrip(r *http.Request) (*http.Response, error) {
	var all []string
	if p := s.requests.Load(); p != nil {
		all = *p
	}
	all = append(all, r.Method+" "+r.URL.Path)
	s.requests.Store(&all)
	now := time.Unix(1_800_000_000, 0)
	if s.script != nil {
		if resp := s.script(r); resp != nil {
			return resp, nil
		}
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodGet && len(parts) == 4 && parts[0] == "repos" && s.ids[parts[1]] != 0:
		return reply(200, fmt.Sprintf(`{"id":%d,"account":{"login":%q}}`, s.ids[parts[1]], parts[1]), now), nil
	case r.Method == http.MethodPost && len(parts) == 4 && parts[1] == "installations":
		for _, id := range s.ids {
			if fmt.Sprint(id) == parts[2] {
				return reply(201, fmt.Sprintf(`{"token":"ghs_%s","expires_at":%q}`, parts[2], now.Add(time.Hour).UTC().Format(time.RFC3339)), now), nil
			}
		}
	}
	return reply(404, `{"message":"Not Found"}`, now), nil
}

// token is the password of a Git request to a repository.
func (s *installations) token(t *testing.T, a *App, url string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = a.Authorize(r)
	_, password, _ := r.BasicAuth()
	return password, err
}

func newInstallations(t *testing.T) (*App, *installations) {
	t.Helper()
	a, err := NewApp(AppOptions{AppID: "7", PrivateKeyPEM: keyPEM(), APIURL: "https://api.example", UserAgent: "ua"})
	if err != nil {
		t.Fatal(err)
	}
	a.now = func() time.Time { return time.Unix(1_800_000_000, 0) }
	s := &installations{ids: map[string]int{"acme": 11, "Other": 12}}
	a.Use(s)
	return a, s
}

// Each owner has an installation of its own, which is looked up once.
func TestTheInstallationIsThatOfTheRepository(t *testing.T) {
	t.Parallel()
	a, s := newInstallations(t)
	for _, c := range []struct{ url, want string }{
		{"https://github.example/acme/web.git/info/refs?service=git-upload-pack", "ghs_11"},
		{"https://github.example/acme/web.git/git-receive-pack", "ghs_11"},
		{"https://github.example/ACME/api/info/refs", "ghs_11"},
		{"https://github.example/Other/web/git-upload-pack", "ghs_12"},
		{"https://proxy.example/github/Other/web.git/info/refs", "ghs_12"},
	} {
		if got, err := s.token(t, a, c.url); got != c.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", c.url, got, err, c.want)
		}
	}
	want := []string{
		"GET /repos/acme/web/installation", "POST /app/installations/11/access_tokens",
		"GET /repos/Other/web/installation", "POST /app/installations/12/access_tokens",
	}
	if got := *s.requests.Load(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the API was asked %q, want %q", got, want)
	}
}

func TestARepositoryWithoutAnInstallationIsNamed(t *testing.T) {
	t.Parallel()
	a, s := newInstallations(t)
	_, err := s.token(t, a, "https://github.example/nobody/web.git/info/refs")
	for _, want := range []string{"GitHub App 7, installation for nobody/web", "not installed for nobody/web", "set installation_id"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
	if _, err := s.token(t, a, "https://github.example/web.git/info/refs"); err == nil || !strings.Contains(err.Error(), "https://HOST/OWNER/NAME") {
		t.Errorf("a URL without an owner: %v", err)
	}
	if given, words := a.About(); !given || !strings.Contains(words, "installation in the account that owns the repository") {
		t.Errorf("about: %q", words)
	}
}

// An App that was installed again has another number; a repository that was renamed has another
// address.
func TestAnInstallationIsLookedUpAgain(t *testing.T) {
	t.Parallel()
	a, s := newInstallations(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://github.example/acme/web/info/refs", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Authorize(r); err != nil {
		t.Fatal(err)
	}
	s.ids["acme"] = 13
	if !a.Refused(r, nil) {
		t.Error("no other token after the first refusal")
	}
	if got, err := s.token(t, a, r.URL.String()); got != "ghs_13" || err != nil {
		t.Errorf("installed again: %q, %v", got, err)
	}

	a, s = newInstallations(t)
	s.script = func(r *http.Request) *http.Response {
		if r.URL.Path == "/repos/acme/former/installation" {
			return reply(301, "", time.Unix(1_800_000_000, 0), "Location: https://api.example/repos/acme/web/installation")
		}
		return nil
	}
	if got, err := s.token(t, a, "https://github.example/acme/former.git/info/refs"); got != "ghs_11" || err != nil {
		t.Errorf("renamed: %q, %v", got, err)
	}

	a, s = newInstallations(t)
	s.script = func(*http.Request) *http.Response {
		return reply(301, "", time.Unix(1_800_000_000, 0), "Location: https://evil.example/repos/acme/web/installation")
	}
	if _, err := s.token(t, a, "https://github.example/acme/web/info/refs"); err == nil || !strings.Contains(err.Error(), "redirects to https://evil.example,") {
		t.Errorf("elsewhere: %v", err)
	}
	if got := *s.requests.Load(); len(got) != 1 {
		t.Errorf("a redirect to another server was followed: %q", got)
	}
}

// An installation may have some of an owner's repositories only.
func TestAnInstallationForSomeRepositories(t *testing.T) {
	t.Parallel()
	a, s := newInstallations(t)
	s.script = func(r *http.Request) *http.Response {
		if r.URL.Path == "/repos/acme/secret/installation" {
			return reply(404, `{"message":"Not Found"}`, time.Unix(1_800_000_000, 0))
		}
		return nil
	}
	if _, err := s.token(t, a, "https://github.example/acme/secret/info/refs"); err == nil || !strings.Contains(err.Error(), "not installed for acme/secret") {
		t.Errorf("got %v", err)
	}
	if got, err := s.token(t, a, "https://github.example/acme/web/info/refs"); got != "ghs_11" || err != nil {
		t.Errorf("another repository: %q, %v", got, err)
	}
}

func TestRepositoriesOfRequests(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://h/a/b/info/refs": "a/b", "https://h/a/b.git/git-upload-pack": "a/b", "https://h/x/a/b.git": "a/b", "https://h/A/b%20c/info/refs": "A/b%20c",
		"https://h/b.git/info/refs": "", "https://h/": "", "https://h//b/info/refs": "", "https://h/a/.git/info/refs": "",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		_, got, ok := githubapi.Repository(repositoryPath(u))
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, %t, want %q", in, got, ok, want)
		}
	}
}

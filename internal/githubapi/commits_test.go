package githubapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/githubapi"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// reply is a response of the API, or a failure to get it.
type reply func() (*http.Response, error)

// script is a transport that answers the requests with its responses in turn, the last for ever.
type script struct {
	t         *testing.T
	responses []reply
	asked     []*http.Request
	bodies    []map[string]any
}

// RoundTrip answers a request and keeps it.
func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		s.t.Error(err)
	}
	s.asked, s.bodies = append(s.asked, r), append(s.bodies, body)
	return s.responses[min(len(s.asked), len(s.responses))-1]()
}

func answer(status int, body string, header ...string) reply {
	return func() (*http.Response, error) {
		h := http.Header{}
		for _, line := range header {
			key, value, _ := strings.Cut(line, ": ")
			h.Set(key, value)
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func says(message string) string {
	return fmt.Sprintf(`{"message":%q,"documentation_url":"https://docs.github.com/rest","status":"0"}`, message)
}

func broken() (*http.Response, error) { return nil, errors.New("connection reset") }

// auth has a token, and others after refusals.
type auth struct {
	headers  []string
	accepted int
}

func (a *auth) Authorize(r *http.Request) error {
	r.Header.Set("Authorization", a.headers[0])
	return nil
}
func (*auth) Secrets() []string { return []string{"s3cret-token", "s3cret-other"} }
func (a *auth) Refused(*http.Request, []string) bool {
	if len(a.headers) == 1 {
		return false
	}
	a.headers = a.headers[1:]
	return true
}
func (a *auth) Accepted(*http.Request) { a.accepted++ }

// tree and parent are ids, commit is the object that the API makes of them, and made the response
// about it.
var (
	tree   = gitobj.Hash(gitobj.SHA1, gitobj.KindTree, nil)
	parent = gitobj.Hash(gitobj.SHA1, gitobj.KindCommit, nil)
	commit = func(signed bool) *gitobj.Commit {
		who := gitobj.Signature{Name: "GitHub", Email: "noreply@github.com", When: time.Unix(1_700_000_000, 0)}
		c := &gitobj.Commit{Tree: tree, Parents: []gitobj.ID{parent}, Author: who, Committer: who, Message: "words\n"}
		if signed {
			c.Sign(signature)
		}
		return c
	}
)

const signature = "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"

func id() gitobj.ID { return gitobj.Hash(gitobj.SHA1, gitobj.KindCommit, commit(true).Append(nil)) }

// made is a response about the commit, with changes.
func made(t *testing.T, change func(answer, verification map[string]any)) reply {
	t.Helper()
	verification := map[string]any{"verified": true, "reason": "valid", "signature": signature, "payload": string(commit(false).Append(nil))}
	all := map[string]any{
		"sha": id().String(), "tree": map[string]any{"sha": tree.String()}, "parents": []any{map[string]any{"sha": parent.String()}},
		"verification": verification, "author": map[string]any{"name": "acme[bot]"},
	}
	if change != nil {
		change(all, verification)
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return answer(http.StatusCreated, string(raw))
}

func open(t *testing.T, s *script, a githubapi.Auth, waits *[]time.Duration) *githubapi.Commits {
	t.Helper()
	u, err := url.Parse("https://git.example.com/Acme/web.git")
	if err != nil {
		t.Fatal(err)
	}
	c, err := githubapi.NewCommits(githubapi.Options{
		URL: githubapi.URL(u), Repository: u, Auth: a, Transport: s, UserAgent: "ua",
		Wait: func(_ context.Context, d time.Duration) error { *waits = append(*waits, d); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAnswersOfTheAPI has the API's answers, the number of requests and the words of the error in
// each case; none for a success.
func TestAnswersOfTheAPI(t *testing.T) {
	t.Parallel()
	reason := func(reason string) func(map[string]any, map[string]any) {
		return func(_, v map[string]any) { v["verified"], v["reason"] = false, reason }
	}
	good := made(t, nil)
	for name, c := range map[string]struct {
		answers []reply
		asked   int
		says    []string
	}{
		"a commit":                 {[]reply{good}, 1, nil},
		"a lost answer":            {[]reply{broken, good}, 2, nil},
		"lost answers":             {[]reply{broken}, 5, []string{"https://git.example.com/api/v3/repos/Acme/web/git/commits", "connection reset"}},
		"trouble":                  {[]reply{answer(502, "<html>"), answer(503, says("down"), "Retry-After: 7"), good}, 3, nil},
		"lasting trouble":          {[]reply{answer(500, says("Server Error"))}, 5, []string{"HTTP 500", "Server Error", "troubles of its own"}},
		"a limit":                  {[]reply{answer(403, says("You have exceeded a secondary rate limit"), "Retry-After: 7"), good}, 2, nil},
		"a tree that comes late":   {[]reply{answer(422, says("Tree SHA does not exist")), good}, 2, nil},
		"a tree that never comes":  {[]reply{answer(422, says("Tree SHA does not exist"))}, 5, []string{"HTTP 422", "Tree SHA does not exist"}},
		"an invalid request":       {[]reply{answer(422, says("Invalid request."))}, 1, []string{"HTTP 422", "Invalid request."}},
		"no right":                 {[]reply{answer(403, says("Resource not accessible by integration"))}, 1, []string{"not accessible by integration", "Contents: write"}},
		"no repository":            {[]reply{answer(404, says("Not Found"))}, 1, []string{"HTTP 404", "no repository Acme/web"}},
		"an empty repository":      {[]reply{answer(409, says("Git Repository is empty."))}, 1, []string{"makes no first commit"}},
		"another host":             {[]reply{answer(404, "<html>Not Found</html>")}, 1, []string{"not GitHub's API"}},
		"another host, in JSON":    {[]reply{answer(404, `{"message":"404 Project Not Found"}`)}, 1, []string{"404 Project Not Found", "not GitHub's API"}},
		"another host, forbidden":  {[]reply{answer(403, "no")}, 1, []string{"not GitHub's API"}},
		"another host, a commit":   {[]reply{answer(201, "{}")}, 1, []string{"not GitHub's API"}},
		"a sign-in page":           {[]reply{answer(200, "<html>")}, 1, []string{"not GitHub's API"}},
		"a wrong token":            {[]reply{answer(401, says("Bad credentials s3cret-token"))}, 1, []string{"Bad credentials [redacted]", "may have expired"}},
		"a moved repository":       {[]reply{answer(307, says("Moved"), "Location: /api/v3/repositories/1/git/commits"), good}, 2, nil},
		"a redirect elsewhere":     {[]reply{answer(307, says("Moved"), "Location: https://evil.example/")}, 1, []string{"HTTP 307"}},
		"redirects without an end": {[]reply{answer(307, says("Moved"), "Location: /x")}, 4, []string{"HTTP 307"}},
		"unsigned":                 {[]reply{made(t, reason("unsigned"))}, 1, []string{"without a verified signature", `"unsigned"`, "GITHUB_TOKEN"}},
		"a verifier in trouble":    {[]reply{made(t, reason("gpgverify_unavailable")), good}, 2, nil},
		"another tree":             {[]reply{made(t, func(a, _ map[string]any) { a["tree"] = map[string]any{"sha": parent.String()} })}, 1, []string{"tree", parent.String()}},
		"another parent":           {[]reply{made(t, func(a, _ map[string]any) { a["parents"] = []any{map[string]any{"sha": tree.String()}} })}, 1, []string{"parents"}},
		"no parent":                {[]reply{made(t, func(a, _ map[string]any) { delete(a, "parents") })}, 1, []string{"parents"}},
		"no id":                    {[]reply{made(t, func(a, _ map[string]any) { a["sha"] = "main" })}, 1, []string{"not GitHub's API"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var waits []time.Duration
			s := &script{t: t, responses: c.answers}
			a := &auth{headers: []string{"Bearer s3cret-token"}}
			got, raw, err := open(t, s, a, &waits).MakeCommit(t.Context(), tree, []gitobj.ID{parent}, "words\n")
			if len(s.asked) != c.asked {
				t.Errorf("%d requests, want %d", len(s.asked), c.asked)
			}
			if c.says == nil && (err != nil || got != id() || string(raw) != string(commit(true).Append(nil)) || a.accepted < 1) {
				t.Errorf("got %s, %q, %v", got, raw, err)
			}
			for _, part := range c.says {
				if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("%q is not in: %v", part, err)
				}
			}
			if r := s.asked[0]; r.Method != http.MethodPost || r.URL.String() != "https://git.example.com/api/v3/repos/Acme/web/git/commits" || r.Header.Get("User-Agent") != "ua" {
				t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
			}
			if b := s.bodies[0]; len(b) != 3 || b["message"] != "words\n" || b["tree"] != tree.String() || fmt.Sprint(b["parents"]) != "["+parent.String()+"]" {
				t.Errorf("the request is %v", b)
			}
			if strings.HasPrefix(name, "trouble") && (len(waits) != 2 || waits[1] < 7*time.Second) {
				t.Errorf("waits %v", waits)
			}
		})
	}
}

// TestACommitWithoutItsBytesIsTakenByItsID leaves the object out that does not belong to the id.
func TestACommitWithoutItsBytesIsTakenByItsID(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(answer, verification map[string]any){
		"no payload":      func(_, v map[string]any) { v["payload"] = nil },
		"another payload": func(_, v map[string]any) { v["payload"] = v["payload"].(string) + "x" },
		"garbage":         func(_, v map[string]any) { v["payload"] = "x" },
	} {
		s := &script{t: t, responses: []reply{made(t, change)}}
		got, raw, err := open(t, s, &auth{headers: []string{"token s3cret-token"}}, new([]time.Duration)).MakeCommit(t.Context(), tree, []gitobj.ID{parent}, "words\n")
		if err != nil || got != id() || raw != nil {
			t.Errorf("%s: %s, %q, %v", name, got, raw, err)
		}
	}
}

// TestTheTokenIsThatOfPushes finds the token in each kind of header, and takes another after a
// refusal.
func TestTheTokenIsThatOfPushes(t *testing.T) {
	t.Parallel()
	basic := func(user, password string) string {
		r, err := http.NewRequest(http.MethodGet, "https://h", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for header, want := range map[string]string{
		"Bearer a": "a", "token a": "a", basic("x-access-token", "a"): "a", basic("a", ""): "a", basic("a", "x-oauth-basic"): "a",
		"": "", "Negotiate a": "", "Basic %": "",
	} {
		s := &script{t: t, responses: []reply{made(t, nil)}}
		_, _, err := open(t, s, &auth{headers: []string{header}}, new([]time.Duration)).MakeCommit(t.Context(), tree, []gitobj.ID{parent}, "words\n")
		switch {
		case want == "" && (err == nil || !strings.Contains(err.Error(), "takes a token") || len(s.asked) > 0):
			t.Errorf("%q: %v", header, err)
		case want != "" && (err != nil || s.asked[0].Header.Get("Authorization") != "Bearer "+want):
			t.Errorf("%q: %v", header, err)
		}
	}
	if _, _, err := open(t, &script{t: t}, nil, new([]time.Duration)).MakeCommit(t.Context(), tree, nil, ""); err == nil || !strings.Contains(err.Error(), "takes a token") {
		t.Errorf("no credentials: %v", err)
	}
	s := &script{t: t, responses: []reply{answer(401, says("Bad credentials")), made(t, nil)}}
	a := &auth{headers: []string{"Bearer s3cret-token", "Bearer s3cret-other"}}
	if _, _, err := open(t, s, a, new([]time.Duration)).MakeCommit(t.Context(), tree, []gitobj.ID{parent}, "words\n"); err != nil || s.asked[1].Header.Get("Authorization") != "Bearer s3cret-other" {
		t.Errorf("another token: %v", err)
	}
}

func TestAddressesThatAreNoneOfGitHubs(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"https://h/", "https://h/web.git", "https://h/acme/.git"} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := githubapi.NewCommits(githubapi.Options{Repository: u}); !errors.Is(err, githubapi.ErrAddress) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

package gittest_test

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestCloneAndPush drives a server of each kind with git.
func TestCloneAndPush(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		options gittest.Options
		repo    gittest.RepoOptions
		client  []string
	}{
		{name: "plain"},
		{name: "sha256", repo: gittest.RepoOptions{Format: "sha256"}},
		{name: "another branch", repo: gittest.RepoOptions{Branch: "trunk/next"}},
		{name: "a server of version 0 only", options: gittest.Options{V0Only: true}},
		{name: "a client of version 0 only", client: config("protocol.version", "0")},
		{name: "chunked push", client: config("http.postBuffer", "65536")},
		{name: "no filter", options: gittest.Options{NoFilter: true}},
		{name: "some latency", options: gittest.Options{Latency: time.Millisecond}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, tc.options)
			r := s.NewRepo(t, "team/site.git", tc.repo)
			c := cloneOf(t, r, tc.client...)
			content := incompressible(200_000)
			c.change("a.txt", content)
			c.must("push", "--quiet", "origin", "HEAD")
			if got, want := r.Head(t), strings.TrimSpace(c.must("rev-parse", "HEAD")); got != want {
				t.Errorf("branch after the push: got %s, want %s", got, want)
			}
			if got := r.Content(t, r.Branch, "a.txt"); got != content {
				t.Errorf("a.txt after the push: got %d bytes, want the %d that were pushed", len(got), len(content))
			}
			if got := r.Commits(t, r.Branch); got != 2 {
				t.Errorf("commits after the push: got %d, want 2", got)
			}
		})
	}
}

// incompressible is the same n bytes of text each time, which no pack makes smaller than half of
// that.
func incompressible(n int) string {
	b := make([]byte, n/2)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b) // never fails
	return hex.EncodeToString(b)
}

func TestProtocolVersionIsWhatTheOptionSays(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		options gittest.Options
		want    []string // commands of the requests to upload-pack
	}{
		{"version 2", gittest.Options{}, []string{"ls-refs", "fetch"}},
		{"version 0", gittest.Options{V0Only: true}, []string{""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, tc.options)
			cloneOf(t, s.NewRepo(t, "r", gittest.RepoOptions{}))
			var got []string
			for _, r := range s.Stats().Log {
				if r.Service == gittest.UploadPack {
					got = append(got, r.Command)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("commands: got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFilterIsOfferedUnlessSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		options gittest.Options
		missing bool // the blob is not in the clone
	}{
		{"offered", gittest.Options{}, true},
		{"switched off", gittest.Options{NoFilter: true}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, tc.options)
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			c := &client{t: t, dir: t.TempDir()}
			c.must("clone", "--quiet", "--bare", "--filter=blob:none", r.URL(), ".")
			out := c.must("rev-list", "--objects", "--missing=print", "HEAD")
			if got := strings.Contains(out, "\n?"); got != tc.missing {
				t.Errorf("a blob is missing: got %t, want %t\n%s", got, tc.missing, out)
			}
		})
	}
}

// TestCredentials checks the status of the first response for each kind of credentials, right and
// wrong.
func TestCredentials(t *testing.T) {
	t.Parallel()
	basic := func(user, password string) []string {
		return config("http.extraHeader", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	}
	bearer := func(token string) []string { return config("http.extraHeader", "Authorization: Bearer "+token) }
	password := gittest.Options{Username: "ann", Password: "secret"}
	token := gittest.Options{Token: "t0ken"}
	forbid := gittest.Options{Token: "t0ken", Forbid: true}
	for _, tc := range []struct {
		name    string
		options gittest.Options
		client  []string
		status  int // of the first answer
	}{
		{"none wanted, none given", gittest.Options{}, nil, 200},
		{"none wanted, some given", gittest.Options{}, basic("ann", "x"), 200},
		{"password wanted and given", password, basic("ann", "secret"), 200},
		{"password wanted, none given", password, nil, 401},
		{"wrong password", password, basic("ann", "wrong"), 401},
		{"wrong user", password, basic("bob", "secret"), 401},
		{"token as a password", token, basic("x-access-token", "t0ken"), 200},
		{"token as a bearer's", token, bearer("t0ken"), 200},
		{"wrong token", token, bearer("t1ken"), 401},
		{"empty token", token, bearer(""), 401},
		{"wrong token, forbidden", forbid, bearer("t1ken"), 403},
		{"no token, forbidden", forbid, nil, 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, tc.options)
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			c := &client{t: t, dir: t.TempDir(), env: tc.client}
			out, err := c.git("ls-remote", r.URL())
			if got := err == nil; got != (tc.status == 200) {
				t.Errorf("git ls-remote: got error %v\n%s", err, out)
			}
			if got := s.Stats().Log[0].Status; got != tc.status {
				t.Errorf("status: got %d, want %d", got, tc.status)
			}
		})
	}
}

func TestLogTellsWhoAsked(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{Username: "ann", Password: "secret"})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	env := config("http.extraHeader", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("ann:secret")))
	c := cloneOf(t, r, env...)
	c.change("a", "a")
	c.must("push", "--quiet")
	for _, q := range s.Stats().Log {
		if q.Scheme != "Basic" || q.Username != "ann" {
			t.Errorf("%s: got scheme %q and username %q", q.Path, q.Scheme, q.Username)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{TLS: true, ClientCert: true})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	dir := t.TempDir()
	cert, key := s.ClientPEM()
	for name, content := range map[string]string{"ca": s.CAPEM(), "cert": cert, "key": key} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ca := "GIT_SSL_CAINFO=" + filepath.Join(dir, "ca")
	cloneOf(t, r, ca, "GIT_SSL_CERT="+filepath.Join(dir, "cert"), "GIT_SSL_KEY="+filepath.Join(dir, "key"))

	without := &client{t: t, dir: t.TempDir(), env: []string{ca}}
	if out, err := without.git("ls-remote", r.URL()); err == nil {
		t.Errorf("without a client certificate: got in\n%s", out)
	}
	untrusting := &client{t: t, dir: t.TempDir(), env: []string{"GIT_SSL_CAINFO=" + filepath.Join(dir, "cert")}}
	if out, err := untrusting.git("ls-remote", r.URL()); err == nil {
		t.Errorf("without the authority: got in\n%s", out)
	}
}

func TestHTMLErrors(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{HTMLErrors: true})
	c := &client{t: t, dir: t.TempDir(), env: []string{"GIT_CURL_VERBOSE=1", "GIT_TRACE_CURL=1"}}
	out, err := c.git("ls-remote", s.URL()+"/missing")
	if err == nil || !strings.Contains(out, "text/html") {
		t.Errorf("a missing repository: got error %v and\n%s", err, out)
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	c := cloneOf(t, r)
	st := s.Stats()
	if st.Requests != 3 || st.Connections != 1 || len(st.Log) != 3 {
		t.Errorf("after a clone: got %d requests over %d connections, %d logged; want 3 over 1, 3", st.Requests, st.Connections, len(st.Log))
	}
	up := st.ByService[gittest.UploadPack]
	if up.Requests != 2 || up.BytesIn == 0 || up.BytesOut == 0 || st.BytesOut < up.BytesOut || st.BytesIn < up.BytesIn {
		t.Errorf("after a clone: got %+v of %+v", up, st)
	}
	if st.PeakResponse == 0 || st.PeakResponse > up.BytesOut {
		t.Errorf("largest answer: got %d bytes", st.PeakResponse)
	}
	s.ResetStats()
	if st := s.Stats(); st.Requests != 0 || st.BytesIn != 0 || st.Connections != 0 || len(st.Log) != 0 {
		t.Errorf("after a reset: got %+v", st)
	}
	c.change("a", "a")
	c.must("push", "--quiet")
	if st := s.Stats(); st.ByService[gittest.ReceivePack].Requests != 1 {
		t.Errorf("after a push: got %+v", st.ByService)
	}
}

func TestCloseRemovesEverything(t *testing.T) {
	t.Parallel()
	s, err := gittest.Start(gittest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Create("r", gittest.RepoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Dir(r.Dir)); !os.IsNotExist(err) {
		t.Errorf("the server's directory after Close: got error %v, want one that says it does not exist", err)
	}
	c := &client{t: t, dir: t.TempDir()}
	if out, err := c.git("ls-remote", r.URL()); err == nil {
		t.Errorf("a closed server answered\n%s", out)
	}
}

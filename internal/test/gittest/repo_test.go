package gittest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestCommitHoldsWhatItIsGiven commits files of every mode, and paths and contents that are hard to
// quote.
func TestCommitHoldsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{Empty: true})
	if got := r.Head(t); got != "" {
		t.Errorf("head of an empty repository: got %q", got)
	}
	if got := r.Commits(t, "main"); got != 0 {
		t.Errorf("commits of an empty repository: got %d", got)
	}
	submodule := strings.Repeat("1234567890", 4)
	binary := "\x00\xff\n\nend without newline"
	r.Seed(t, map[string]gittest.File{
		"docs/plain.txt":          {Content: "plain\n"},
		"bin/run":                 {Content: "#!/bin/sh\n", Mode: "100755"},
		"link":                    {Content: "docs/plain.txt", Mode: "120000"},
		"vendor/sub":              {Content: submodule, Mode: "160000"},
		"binary":                  {Content: binary},
		"Grüße/\"quoted\" \t.txt": {Content: "ü"},
	})
	tree := r.Tree(t, "main")
	want := map[string]string{
		"docs/plain.txt": "100644", "bin/run": "100755", "link": "120000", "vendor/sub": "160000", "binary": "100644",
		"Grüße/\"quoted\" \t.txt": "100644",
	}
	got := map[string]string{}
	for path, e := range tree {
		got[path] = e.Mode
	}
	if !maps.Equal(got, want) {
		t.Errorf("modes: got %v, want %v", got, want)
	}
	if got := tree["vendor/sub"].ID; got != submodule {
		t.Errorf("submodule: got %s, want %s", got, submodule)
	}
	if got := r.Content(t, "main", "binary"); got != binary {
		t.Errorf("binary: got %q, want %q", got, binary)
	}
	r.Seed(t, map[string]gittest.File{"docs/plain.txt": {Remove: true}})
	if _, ok := r.Tree(t, "main")["docs/plain.txt"]; ok || r.Commits(t, "main") != 2 {
		t.Error("docs/plain.txt is there after its removal, or the removal made no commit of its own")
	}
}

func TestSeedIsReproducible(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	a, b := s.NewRepo(t, "same", gittest.RepoOptions{}), gittest.New(t, gittest.Options{}).NewRepo(t, "same", gittest.RepoOptions{})
	if a.Head(t) != b.Head(t) {
		t.Errorf("two repositories made alike: got heads %s and %s", a.Head(t), b.Head(t))
	}
}

func TestHooksRunAndSpeak(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": "#!/bin/sh\necho not on a Friday\nexit 1\n"}})
	c := cloneOf(t, r)
	c.change("a", "a")
	if out, err := c.git("push"); err == nil || !strings.Contains(out, "not on a Friday") {
		t.Errorf("push: got error %v and\n%s", err, out)
	}
}

func TestConfigReachesGit(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{Config: map[string]string{"receive.advertisePushOptions": "true", "branch.a.b.remote": "x y"}})
	if got := r.Git(t, "config", "branch.a.b.remote"); got != "x y" {
		t.Errorf("branch.a.b.remote: got %q, want %q", got, "x y")
	}
	c := cloneOf(t, r)
	c.change("a", "a")
	c.must("push", "--quiet", "-o", "merge_request.create")
}

func TestBadObjectsAreRefused(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	c := cloneOf(t, r)
	bad := &client{t: t, dir: c.dir, env: []string{"GIT_AUTHOR_DATE=", "X="}}
	id := strings.TrimSpace(bad.must("rev-parse", "HEAD^{tree}"))
	commit := "tree " + id + "\nauthor A <a@example.com> notadate\ncommitter A <a@example.com> 1 +0000\n\nBad\n"
	hashed := strings.TrimSpace(hashObject(t, c, commit))
	if out, err := c.git("push", "origin", hashed+":refs/heads/bad"); err == nil {
		t.Errorf("a commit with a bad date was taken\n%s", out)
	}
}

func hashObject(t *testing.T, c *client, commit string) string {
	t.Helper()
	return c.must("-c", "alias.bad=!f() { printf '%s' \"$1\" | git hash-object -t commit -w --literally --stdin; }; f", "bad", commit)
}

func TestBusyCommitsAreNotLost(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	ann, bob := r.Busy(t, time.Millisecond), r.Busy(t, time.Millisecond)
	for r.Commits(t, "main") < 20 {
	}
	commits := slices.Concat(ann(), bob())
	for _, id := range commits {
		r.Git(t, "merge-base", "--is-ancestor", id, "main")
	}
	if got, want := r.Commits(t, "main"), 1+len(commits); got != want {
		t.Errorf("commits on the branch: got %d, want %d", got, want)
	}
	if got, want := len(r.Tree(t, "main")), 1+len(commits); got != want {
		t.Errorf("files on the branch: got %d, want %d", got, want)
	}
}

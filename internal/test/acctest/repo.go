package acctest

import (
	"crypto/rand"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Repo is the repository of a test, as the test itself reads and changes it. *gittest.Repo is a
// repository on this machine; [Copy] is a branch on another host. In both the branch is main, and
// begins with a commit of README.md.
type Repo interface {
	URL() string
	Seed(t testing.TB, files map[string]gittest.File) string
	SeedText(t testing.TB, files map[string]string) string
	Head(t testing.TB) string
	Tree(t testing.TB, treeish string) map[string]gittest.Entry
	Content(t testing.TB, treeish, path string) string
	Commits(t testing.TB, rev string) int
	Git(t testing.TB, args ...string) string
}

// NewRepo makes a repository for a test that needs nothing but a repository: on a server of its
// own; below [Kind.Run], on a server of that kind; below [Host.Run], as a branch on that host.
func NewRepo(t testing.TB) Repo {
	t.Helper()
	if p := placeOf(t); p != nil {
		return p.repo(t)
	}
	return gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
}

// Settings returns the further lines of a provider block that a repository needs.
func Settings(repo Repo) string {
	switch r := repo.(type) {
	case *Copy:
		return r.host.settings(r.name)
	case *served:
		return r.kind.Settings
	}
	return ""
}

// Copy is a branch on another host, with a local copy in which it is called main. git itself
// fetches the branch before each read of the copy, and pushes each change.
type Copy struct {
	local *gittest.Repo // the copy
	host  *Host
	name  string // of the branch, there
}

// repo makes a branch with the commit that repositories of tests begin with. It is removed when the
// test ends.
func (h *Host) repo(t testing.TB) Repo {
	t.Helper()
	local := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	c := &Copy{local: local, host: h, name: "nanogit-acc-" + strings.ToLower(rand.Text()[:10])}
	h.begin.Do(func() { h.begun = c.begin() })
	if h.begun != nil {
		t.Fatalf("the repository on another host cannot be used: %v", h.begun)
	}
	c.push(t)
	t.Cleanup(func() {
		if _, err := c.git("push", "--quiet", h.URL, ":refs/heads/"+c.name); err != nil {
			t.Errorf("the branch %s is left on the host: %v", c.name, err)
		}
	})
	return c
}

// begin gives a repository without branches the branch that stays.
func (c *Copy) begin() error {
	heads, err := c.git("ls-remote", "--heads", c.host.URL)
	if err != nil || heads != "" {
		return err
	}
	_, err = c.git("push", "--quiet", c.host.URL, "main:refs/heads/"+c.host.Branch)
	return err
}

// git runs git in the copy, with the environment that it needs to reach the host.
func (c *Copy) git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = c.local.Dir, gittest.Env(c.host.gitEnvironment()...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

func (c *Copy) push(t testing.TB) {
	t.Helper()
	if _, err := c.git("push", "--quiet", c.host.URL, "main:refs/heads/"+c.name); err != nil {
		t.Fatal(err)
	}
}

func (c *Copy) fetch(t testing.TB) {
	t.Helper()
	if _, err := c.git("fetch", "--quiet", "--no-tags", c.host.URL, "+refs/heads/"+c.name+":refs/heads/main"); err != nil {
		t.Fatal(err)
	}
}

// URL is the address of the repository on the host.
func (c *Copy) URL() string { return c.host.URL }

// Seed adds a commit with these changes to the branch and returns its id.
func (c *Copy) Seed(t testing.TB, files map[string]gittest.File) string {
	t.Helper()
	c.fetch(t)
	defer c.push(t)
	return c.local.Seed(t, files)
}

// SeedText is [Copy.Seed] for regular files, by path: the content.
func (c *Copy) SeedText(t testing.TB, files map[string]string) string {
	t.Helper()
	c.fetch(t)
	defer c.push(t)
	return c.local.SeedText(t, files)
}

// Head is the id of the commit that the branch is at.
func (c *Copy) Head(t testing.TB) string {
	t.Helper()
	c.fetch(t)
	return c.local.Head(t)
}

// Tree is everything below the root of a commit or tree, by path.
func (c *Copy) Tree(t testing.TB, treeish string) map[string]gittest.Entry {
	t.Helper()
	c.fetch(t)
	return c.local.Tree(t, treeish)
}

// Content is a file as a commit or tree holds it.
func (c *Copy) Content(t testing.TB, treeish, path string) string {
	t.Helper()
	c.fetch(t)
	return c.local.Content(t, treeish, path)
}

// Commits is the number of commits that a revision reaches or a range ("a..b") holds.
func (c *Copy) Commits(t testing.TB, rev string) int {
	t.Helper()
	c.fetch(t)
	return c.local.Commits(t, rev)
}

// Git runs git in the copy and returns its standard output without the last newline.
func (c *Copy) Git(t testing.TB, args ...string) string {
	t.Helper()
	c.fetch(t)
	return c.local.Git(t, args...)
}

// Branches returns two names, as configurations have to give them: the repository's branch, and a
// branch that does not exist yet. The latter is removed when the test ends.
func Branches(t testing.TB, repo Repo) (own, other string) {
	t.Helper()
	c, ok := repo.(*Copy)
	if !ok {
		return "main", "other"
	}
	other = c.name + "-other"
	t.Cleanup(func() {
		if _, err := c.git("push", "--quiet", c.host.URL, ":refs/heads/"+other); err != nil {
			t.Errorf("the branch %s may be left on the host: %v", other, err)
		}
	})
	return c.name, other
}

// Tip is the id of the commit that a branch is at, by the name that configurations give it.
func Tip(t testing.TB, repo Repo, branch string) string {
	t.Helper()
	c, ok := repo.(*Copy)
	if !ok {
		return repo.Git(t, "rev-parse", "refs/heads/"+branch)
	}
	out, err := c.git("ls-remote", c.host.URL, "refs/heads/"+branch)
	if err != nil {
		t.Fatal(err)
	}
	id, _, _ := strings.Cut(out, "\t")
	return id
}

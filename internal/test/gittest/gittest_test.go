package gittest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// client is a real git with a clone, to see the server as its users do.
type client struct {
	t   testing.TB
	dir string // of the clone
	env []string
}

// git runs git in the clone and returns all it printed.
func (c *client) git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = c.dir
	cmd.Env = gittest.Env(c.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// must runs a git command that has to succeed.
func (c *client) must(args ...string) string {
	c.t.Helper()
	out, err := c.git(args...)
	if err != nil {
		c.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return out
}

// change commits a file in the clone.
func (c *client) change(path, content string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, path), []byte(content), 0o644); err != nil {
		c.t.Fatal(err)
	}
	c.must("add", path)
	c.must("commit", "--quiet", "-m", "Change "+path)
}

// cloneOf clones a repository. The environment assignments hold for every command of the client.
func cloneOf(t testing.TB, r *gittest.Repo, env ...string) *client {
	t.Helper()
	c := &client{t: t, dir: t.TempDir(), env: env}
	c.must("clone", "--quiet", r.URL(), ".")
	return c
}

// config makes the environment in which git sees these settings: key, value, key, value.
func config(kv ...string) []string {
	env := []string{"GIT_CONFIG_COUNT=" + string(rune('0'+len(kv)/2))}
	for i := 0; i < len(kv); i += 2 {
		n := string(rune('0' + i/2))
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+kv[i], "GIT_CONFIG_VALUE_"+n+"="+kv[i+1])
	}
	return env
}

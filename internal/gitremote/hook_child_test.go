//go:build unix

package gitremote_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A post-receive hook that starts a daemon leaves it with the pipe of the push: the push is over
// all the same, while the daemon runs.
func TestAHookThatLeavesAChildBehind(t *testing.T) {
	t.Parallel()
	eachTransport(t, gittest.RepoOptions{Hooks: map[string]string{
		"post-receive": "#!/bin/sh\necho 'hello from the hook'\nsleep 300 &\necho $! >daemon.new\nmv daemon.new daemon\n",
	}}, func(t *testing.T, repo *gittest.Repo, r *gitremote.Remote) {
		t.Helper()
		old := id(t, repo.Head(t))
		next, pack := commit(t, repo, old.String(), "next")
		report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: next}}}, pack)
		file := filepath.Join(repo.Dir, "daemon")
		awaitFile(t, file)
		text, readErr := os.ReadFile(file)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		daemon, convErr := strconv.Atoi(strings.TrimSpace(string(text)))
		if convErr != nil {
			t.Fatal(convErr)
		}
		if err := syscall.Kill(daemon, syscall.SIGTERM); err != nil {
			t.Errorf("the push ended after the daemon: %v", err)
		}
		if st, ok := report.Ref("refs/heads/main"); err != nil || !ok || !st.OK || repo.Head(t) != next.String() {
			t.Fatalf("got %+v, %v", report, err)
		}
		if got := strings.Join(report.Messages, "\n"); got != "hello from the hook" {
			t.Errorf("messages %q", got)
		}
	})
}

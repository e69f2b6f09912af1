package gittest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Date is the time, in Git's internal format, of every commit that this package makes.
const Date = "1700000000 +0000"

// Env is an environment for git without the configuration of the user or the system, without
// prompts, and with fixed dates, so that commits are reproducible. Further assignments are appended
// and win.
func Env(assign ...string) []string {
	env := []string{
		"HOME=" + nowhere, "XDG_CONFIG_HOME=" + nowhere,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true", "GIT_PAGER=cat",
		"GIT_AUTHOR_NAME=Gittest", "GIT_AUTHOR_EMAIL=gittest@example.com", "GIT_AUTHOR_DATE=" + Date,
		"GIT_COMMITTER_NAME=Gittest", "GIT_COMMITTER_EMAIL=gittest@example.com", "GIT_COMMITTER_DATE=" + Date,
		"LC_ALL=C", "TZ=UTC",
	}
	for _, name := range []string{"PATH", "TMPDIR", "TEMP", "TMP", "SystemRoot"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, assign...)
}

// nowhere is a home directory that does not exist.
const nowhere = "/nonexistent"

// backendPath finds git-http-backend in the directory of git's own programs, which is not on PATH.
var backendPath = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("git", "--exec-path")
	cmd.Env = Env()
	out, err := cmd.Output()
	if err != nil {
		return "", &gitError{args: []string{"--exec-path"}, err: err}
	}
	return exec.LookPath(filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"))
})

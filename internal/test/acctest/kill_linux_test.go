package acctest_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// kills is the number of engines that the test kills.
const kills = 60

// TestAKilledEngineLeavesNoProcessAndNoFile kills the engine at random moments of an apply.
func TestAKilledEngineLeavesNoProcessAndNoFile(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // moments, not secrets
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t, "NANOGIT_STAGING_MODE=disk")
	w.Config(t, provider(repo, "")+manyFiles)
	start := time.Now()
	w.Apply(t)
	whole := time.Since(start)
	// An engine that is killed while it writes its state leaves a part of it; only the provider is
	// judged here.
	state := filepath.Join(w.Dir, "terraform.tfstate")
	good, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	for i := range kills {
		w.Config(t, provider(repo, "")+strings.ReplaceAll(manyFiles, "file ", "file "+strings.Repeat("x", i+1)))
		run := w.Start(t, "apply", "-auto-approve", "-no-color", "-lock=false", "-input=false")
		time.Sleep(time.Duration(random.Int64N(int64(whole))))
		run.KillEngine(t)
		run.Wait(t)
		gone(t, w.Temp)
		empty(t, w, "kill -9 of the engine")
		if err := os.WriteFile(state, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.Apply(t, "-lock=false")
	w.Clean(t)
	if out := repo.Git(t, "fsck", "--strict"); out != "" {
		t.Errorf("git fsck says:\n%s", out)
	}
	if files := repo.Tree(t, "main"); len(files) != 21 {
		t.Errorf("the branch has %d files, want 21", len(files))
	}
}

// gone waits until no process has the directory as its temporary directory. If a process stays, the
// time-out of the test ends the wait.
func gone(t *testing.T, temp string) {
	t.Helper()
	for ; ; time.Sleep(20 * time.Millisecond) {
		left := having(t, "TMPDIR="+temp)
		if len(left) == 0 {
			return
		}
		if deadline, ok := t.Deadline(); ok && time.Until(deadline) < time.Minute {
			t.Fatalf("processes stay: %s", left)
		}
	}
}

// having lists the command lines of the processes that have the variable in their environment.
func having(t *testing.T, variable string) (commands []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		environment, err := os.ReadFile(file)
		if err != nil || !strings.Contains("\x00"+string(environment), "\x00"+variable+"\x00") {
			continue // it ended meanwhile, or is another's
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		commands = append(commands, strings.ReplaceAll(string(command), "\x00", " "))
	}
	return commands
}

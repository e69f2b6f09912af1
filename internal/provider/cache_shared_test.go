package provider

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// applier is the variable of the processes that TestTwoProcessesShareADiskCache starts:
// the URLs of its repository and of its cache, with a space between them.
const applier = "NANOGIT_TEST_APPLIER"

// sharedRounds is the number of times that each of the processes applies.
const sharedRounds = 50

// TestAnApplier runs in those processes, and does nothing in any other.
func TestAnApplier(t *testing.T) {
	url, cacheURL, ok := strings.Cut(os.Getenv(applier), " ")
	if !ok {
		return
	}
	for round := range sharedRounds {
		if w := applyOnce(t, url, cacheURL, fmt.Sprintf("round %d", round)); len(w) > 0 {
			t.Errorf("round %d: warned: %v", round, w)
		}
	}
}

// TestTwoProcessesShareADiskCache has a cache so small that it is swept all the time.
func TestTwoProcessesShareADiskCache(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cacheURL := "disk:" + t.TempDir() + "?max_size=128KiB"
	type process struct {
		*exec.Cmd
		repo *gittest.Repo
		out  strings.Builder
	}
	all := make([]*process, 2)
	for i := range all {
		p := &process{repo: server.NewRepo(t, fmt.Sprintf("r%d.git", i), gittest.RepoOptions{})}
		p.Cmd = exec.CommandContext(t.Context(), program, "-test.run", "^TestAnApplier$")
		p.Env = append(os.Environ(), applier+"="+p.repo.URL()+" "+cacheURL)
		p.Stdout, p.Stderr = &p.out, &p.out
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		all[i] = p
	}
	for i, p := range all {
		if err := p.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, p.out.String())
			continue
		}
		p.repo.Git(t, "fsck", "--strict")
		if n := len(strings.Fields(p.repo.Git(t, "rev-list", "main"))); n != sharedRounds+1 {
			t.Errorf("process %d: %d commits, want %d", i, n, sharedRounds+1)
		}
	}
}

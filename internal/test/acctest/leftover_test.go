//go:build unix

package acctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestNothingIsLeftInTheTemporaryDirectoryWhateverHappens(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]string{"on disk": "disk", "in auto mode": "auto"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, gittest.Options{})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t, "NANOGIT_STAGING_MODE="+mode)
			w.Config(t, provider(repo, "")+fiftyFiles)

			// Killed while a push is under way.
			stall := server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall, Times: -1})
			run := w.Start(t, "apply", "-auto-approve", "-no-color", "-parallelism=50")
			<-stall.Reached()
			run.Kill(t)
			stall.Release()
			empty(t, w, "kill -9")

			// Refused.
			server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Status(403), Times: 1})
			w.Run(t, "apply", "-auto-approve", "-no-color", "-lock=false", "-parallelism=50")
			empty(t, w, "a refused push")

			w.Apply(t, "-lock=false", "-parallelism=50")
			empty(t, w, "success")
			if files := repo.Tree(t, "main"); len(files) != 51 {
				t.Errorf("the branch has %d files, want 51", len(files))
			}
		})
	}
}

// empty fails the test if a file of the provider's is in the temporary directory. Sockets that a
// killed engine leaves there are not the provider's.
func empty(t *testing.T, w *acctest.Workspace, after string) {
	t.Helper()
	entries, err := os.ReadDir(w.Temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "plugin") {
			t.Errorf("after %s, %s is left in the temporary directory", after, e.Name())
		}
	}
}

func TestADirectoryThatCannotHoldTheStageIsNamed(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	missing := filepath.Join(w.Temp, "no-such-directory")
	w.Config(t, provider(repo, "staging_mode = \"disk\"\nstaging = { directory = \""+missing+"\" }")+one("x", "x", ""))
	head := repo.Head(t)
	if out := w.Refused(t); !strings.Contains(out, missing) {
		t.Errorf("the error does not name the directory:\n%s", out)
	}
	if repo.Head(t) != head {
		t.Error("the branch moved")
	}
}

func TestAnInterruptedApplyTellsTheTruthAndTheNextOneCompletesIt(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+fiftyFiles)
	stall := server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall})
	run := w.Start(t, "apply", "-auto-approve", "-no-color", "-parallelism=50")
	<-stall.Reached()
	run.Interrupt(t)
	stall.Release()
	out := run.Wait(t)
	if !strings.Contains(out, "Interrupt received") {
		t.Errorf("the engine was not interrupted:\n%s", out)
	}
	committed := len(repo.Tree(t, "main")) - 1
	if done := strings.Count(out, "Creation complete"); done > committed {
		t.Errorf("%d files were reported done, and the branch has %d", done, committed)
	}
	w.Apply(t)
	w.Clean(t)
	if files := repo.Tree(t, "main"); len(files) != 51 {
		t.Errorf("the branch has %d files, want 51", len(files))
	}
}

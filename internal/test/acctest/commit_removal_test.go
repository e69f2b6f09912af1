package acctest_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestADestroyThatIsRefusedReportsNothingDestroyedThatIsThere destroys files of each mode while a
// hook refuses pushes, and looks at state and branch.
func TestADestroyThatIsRefusedReportsNothingDestroyedThatIsThere(t *testing.T) {
	t.Parallel()
	onDestroy := func(value string) string {
		return strings.Replace(filesAndCommit, "message ", "on_destroy = \""+value+"\"\n  message ", 1)
	}
	alone, _, _ := strings.Cut(filesAndCommit, `resource "nanogit_commit"`)
	const many = `
resource "nanogit_files" "f" {
  files = { for path, content in jsondecode(file("${path.module}/files.json")) : path => { content = content } }
}
`
	for _, c := range []struct {
		name, settings, config, address string
		resources                       int // with this address in state
	}{
		{"a commit that keeps its files", explicit, onDestroy("keep"), "nanogit_file.f[", 4},
		{"a commit that deletes its files", explicit, onDestroy("delete_files"), "nanogit_file.f[", 4},
		{"files by themselves", "", alone, "nanogit_file.f[", 4},
		{"many files as one resource", "", many, "nanogit_files.f", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": mayRefuse}})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, c.settings)+c.config)
			files := numbered(4)
			want(t, w, files)
			w.Apply(t)
			end := refuse(t, repo)
			for range 2 {
				out := w.Refused(t, "-destroy")
				if !strings.Contains(out, "policy 17: ask Joan first") {
					t.Errorf("not the failure that was wanted:\n%s", out)
				}
				holds(t, repo, files)
				state, _ := w.Run(t, "state", "list")
				if n := strings.Count(state, c.address); n != c.resources {
					t.Errorf("state has %d of %s, want %d, as all of it is on the branch:\n%s", n, c.address, c.resources, state)
				}
			}
			end()
			w.Destroy(t)
			holds(t, repo, nil)
			if state, _ := w.Run(t, "state", "list"); strings.Contains(state, "nanogit") {
				t.Errorf("state after the destroy:\n%s", state)
			}
			w.Clean(t, "-destroy")
		})
	}
}

func TestAReplacementAfterADeletionThatFailedDeletesNothingAhead(t *testing.T) {
	t.Parallel()
	repo, w := refusable(t, block("a", "a", "a", "")+naming("c", "a"))
	end := refuse(t, repo)
	w.Refused(t, "-destroy")
	end()
	head := repo.Head(t)
	w.Config(t, provider(repo, explicit)+block("a", "a", "2", "")) // no commit would put it back
	w.Apply(t, "-replace=nanogit_file.a")
	holds(t, repo, map[string]string{"a": "a"})
	if repo.Head(t) != head {
		t.Errorf("nobody asked for a commit:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
	}
	w.Config(t, provider(repo, explicit)+block("a", "a", "2", "")+naming("c", "a"))
	w.Apply(t)
	holds(t, repo, map[string]string{"a": "2"})
	w.Clean(t)
}

func TestARemovalOfWhatSomebodyElseRemovedIsDone(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+block("b", "b", "b", "")+naming("c", "a", "b"))
	w.Apply(t)
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+naming("c", "a"))
	saved(t, w)
	repo.Seed(t, map[string]gittest.File{"b": {Remove: true}})
	head := repo.Head(t)
	w.Apply(t, "plan.out")
	if repo.Head(t) != head {
		t.Errorf("a commit was made of nothing:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
	}
	w.Clean(t)
}

func TestAFileThatWasStagedAndNeverCommittedMayBeRemoved(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	both := block("a", "a", "1", "") + block("b", "b", "1", "")
	w.Config(t, provider(repo, explicit)+both+naming("c", "a", "b"))
	w.Apply(t)
	w.Config(t, provider(repo, explicit)+strings.ReplaceAll(both, `content = "1"`, `content = "2"`)+naming("c", "a", "b"))
	w.Apply(t, "-target=nanogit_file.b") // stages it for a commit that does not run
	w.Config(t, provider(repo, explicit)+block("a", "a", "1", "")+naming("c", "a"))
	if out := w.Apply(t); strings.Contains(out, "somebody else changed") {
		t.Errorf("nobody else changed anything:\n%s", out)
	}
	holds(t, repo, map[string]string{"a": "1"})
	w.Clean(t)
}

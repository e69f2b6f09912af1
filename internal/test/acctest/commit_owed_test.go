package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// refusable is a workspace for a repository whose hook may refuse.
func refusable(t *testing.T, config string) (*gittest.Repo, *acctest.Workspace) {
	t.Helper()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": mayRefuse}})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, explicit)+config)
	w.Apply(t)
	return repo, w
}

func TestARenameThatWasNeverCommittedIsPlannedAgainThoughItsCommitHasNoState(t *testing.T) {
	t.Parallel()
	repo, w := refusable(t, block("a", "a", "a", "")+naming("c", "a"))
	// As after a kill of the engine in the middle of the commit's creation.
	if out, code := w.Run(t, "state", "rm", "nanogit_commit.c"); code != 0 {
		t.Fatal(out)
	}
	allowAgain := refuse(t, repo)
	w.Config(t, provider(repo, explicit)+block("a", "dir/a", "2", "")+naming("c", "a"))
	w.Refused(t)
	allowAgain()
	if plan, _ := w.Plan(t); !strings.Contains(plan, `"a" -> "dir/a"`) || !strings.Contains(plan, "Files were staged and never committed") {
		t.Errorf("want the rename planned again, and a warning:\n%s", plan)
	}
	w.Apply(t)
	holds(t, repo, map[string]string{"dir/a": "2"})
	w.Clean(t)
}

func TestTheOldPathOfARenameThatWasNeverCommittedIsLeftAloneWhenSomebodyChangedIt(t *testing.T) {
	t.Parallel()
	repo, w := refusable(t, block("a", "a", "a", "")+naming("c", "a"))
	if out, code := w.Run(t, "state", "rm", "nanogit_commit.c"); code != 0 {
		t.Fatal(out)
	}
	allowAgain := refuse(t, repo)
	w.Config(t, provider(repo, explicit)+block("a", "dir/a", "2", "")+naming("c", "a"))
	w.Refused(t)
	allowAgain()
	repo.SeedText(t, map[string]string{"a": "theirs"})
	if plan, _ := w.Plan(t); !strings.Contains(plan, "Files are left on the branch") || !strings.Contains(plan, "- a") {
		t.Errorf("want a warning that names the old path:\n%s", plan)
	}
	w.Apply(t)
	holds(t, repo, map[string]string{"dir/a": "2", "a": "theirs"})
	w.Clean(t)
}

func TestACommitThatIsDestroyedMakesTheRemovalsThatItOwes(t *testing.T) {
	t.Parallel()
	both := block("a", "a", "a", "") + block("b", "b", "b", "")
	repo, w := refusable(t, both+naming("c", "a", "b"))
	allowAgain := refuse(t, repo)
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", "")+naming("c", "a"))
	w.Refused(t)
	// The removal of b was reported done, and c alone knows of it.
	w.Config(t, provider(repo, explicit)+block("a", "a", "a", ""))
	if out := w.Refused(t); !strings.Contains(out, "policy 17: ask Joan first") {
		t.Errorf("the error has not the hook's words:\n%s", out)
	}
	holds(t, repo, map[string]string{"a": "a", "b": "b"})
	allowAgain()
	w.Apply(t)
	holds(t, repo, map[string]string{"a": "a"})
	w.Clean(t)
}

// A rename that was refused, of a file that no commit had before, and that goes together with its
// commit: the engine has only the state from before the refresh, at the new path.
func TestAFileWhoseRenameWasNeverCommittedIsRemovedWhereItIs(t *testing.T) {
	t.Parallel()
	repo, w := refusable(t, block("a", "a", "a", `commit_mode = "auto"`))
	allowAgain := refuse(t, repo)
	w.Config(t, provider(repo, explicit)+block("a", "dir/a", "a", "")+naming("c", "a"))
	w.Refused(t)
	allowAgain()
	repo.SeedText(t, map[string]string{"dir/theirs": "theirs"})
	w.Config(t, provider(repo, explicit))
	w.Apply(t)
	holds(t, repo, map[string]string{"dir/theirs": "theirs"})
	w.Clean(t)
}

// A rename to where the content is already. The commit that names the new path has nothing to do,
// and the old path goes all the same: at once, or after a refusal with the next apply.
func TestARenameToItsOwnContentTakesTheOldPathAway(t *testing.T) {
	t.Parallel()
	for _, refused := range []bool{false, true} {
		t.Run(fmt.Sprint("refused ", refused), func(t *testing.T) {
			t.Parallel()
			repo, w := refusable(t, block("z", "z", "same", "")+naming("c", "z")+block("a", "a", "same", `commit_mode = "auto"`))
			allowAgain := func() {}
			if refused {
				allowAgain = refuse(t, repo)
			}
			w.Config(t, provider(repo, explicit)+block("a", "z", "same", "")+naming("c", "a"))
			if refused {
				w.Refused(t)
				allowAgain()
				w.Apply(t)
			} else {
				w.Apply(t)
			}
			holds(t, repo, map[string]string{"z": "same"})
			w.Clean(t)
		})
	}
}

// The same, where a new commit takes the rename and is refused.
func TestARenameToItsOwnContentThatWasNeverCommittedIsPlannedAgain(t *testing.T) {
	t.Parallel()
	repo, w := refusable(t, block("a", "a", "same", `commit_mode = "auto"`))
	repo.SeedText(t, map[string]string{"z": "same"})
	allowAgain := refuse(t, repo)
	w.Config(t, provider(repo, explicit)+block("a", "z", "same", "")+naming("c", "a"))
	w.Refused(t)
	allowAgain()
	w.Apply(t)
	holds(t, repo, map[string]string{"z": "same"})
	w.Clean(t)
}

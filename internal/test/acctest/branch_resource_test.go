package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// branch is a configuration of a nanogit_branch, whose name is its address too.
func branch(name, more string) string {
	return fmt.Sprintf("resource \"nanogit_branch\" %q {\n  name = %q\n%s\n}\n", name, name, more)
}

func fileOn(branch, path, content string) string {
	return fmt.Sprintf("resource \"nanogit_file\" \"f_%s\" {\n  branch = nanogit_branch.%s.name\n  path = %q\n  content = %q\n}\n", branch, branch, path, content)
}

// without are the refs that a configuration must not leave behind.
func without(t *testing.T, repo *gittest.Repo, refs ...string) {
	t.Helper()
	for _, ref := range refs {
		if got := repo.Git(t, "for-each-ref", ref); got != "" {
			t.Errorf("%s is there: %s", ref, got)
		}
	}
}

// A branch and its first files come in one apply and go in one destruction, in both commit modes.
func TestABranchAndItsFirstFilesAreOneApply(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"auto", "explicit"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			repo.SeedText(t, map[string]string{"there": "1"})
			head := repo.Head(t)
			w := acctest.NewWorkspace(t)
			config := provider(repo, fmt.Sprintf("commit_mode = %q", mode)) + branch("topic", "force_destroy = true") + fileOn("topic", "a/b", "new") +
				branch("next", "from = nanogit_branch.topic.name\n force_destroy = true\ndepends_on = [nanogit_file.f_topic]")
			if mode == "explicit" {
				config += "resource \"nanogit_commit\" \"c\" {\n  branch = nanogit_branch.topic.name\n  files = { (nanogit_file.f_topic.path) = nanogit_file.f_topic.blob_id }\n}\n"
				config = strings.Replace(config, "depends_on = [nanogit_file.f_topic]", "depends_on = [nanogit_commit.c]", 1)
			}
			w.Config(t, config)
			if out, _ := w.Plan(t); strings.Contains(out, "not there yet") {
				t.Errorf("the plan warns:\n%s", out)
			}
			w.Apply(t)
			w.Clean(t)
			if got := repo.Git(t, "rev-parse", "topic^"); got != head || repo.Content(t, "topic", "a/b") != "new" || repo.Content(t, "topic", "there") != "1" {
				t.Errorf("the branch begins at %s, want %s", got, head)
			}
			if a, b := repo.Git(t, "rev-parse", "topic"), repo.Git(t, "rev-parse", "next"); a != b {
				t.Errorf("the second branch begins at %s, want %s", b, a)
			}
			repo.Fsck(t)
			w.Destroy(t)
			without(t, repo, "refs/heads/topic", "refs/heads/next")
			if now := repo.Head(t); now != head {
				t.Errorf("main moved to %s", now)
			}
		})
	}
}

func TestABranchIsMadeAgainAndReplaced(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	head := repo.Head(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+branch("topic", `from = "`+head+`"`))
	w.Apply(t)
	w.Config(t, provider(repo, "")+branch("topic", `from = "refs/heads/main"`))
	w.Clean(t) // the start counts at creation only
	repo.Git(t, "branch", "-D", "topic")
	if _, changes := w.Plan(t); !changes {
		t.Error("a branch that is gone is no drift")
	}
	w.Apply(t)
	later := repo.SeedText(t, map[string]string{"later": "1"})
	repo.Git(t, "branch", "-f", "topic", later)
	w.Clean(t) // commits of others are no drift
	w.Apply(t, "-refresh-only")
	if got := w.Attributes(t, "nanogit_branch.topic")["commit_id"]; got != later {
		t.Errorf("commit_id is %v, want %s", got, later)
	}
	w.Apply(t, "-replace=nanogit_branch.topic")
	w.Config(t, provider(repo, "")+strings.Replace(branch("topic", ""), `name = "topic"`, `name = "other/name"`, 1))
	w.Apply(t)
	w.Clean(t)
	without(t, repo, "refs/heads/topic")
	if got := repo.Git(t, "rev-parse", "other/name"); got != later {
		t.Errorf("the branch is at %s, want %s", got, later)
	}
}

// Commits that nothing else leads to are not thrown away, and neither is the default branch.
func TestABranchWithCommitsOfItsOwnIsKept(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+branch("topic", ""))
	w.Apply(t)
	for _, path := range []string{"a", "b"} {
		if _, err := repo.Commit("topic", "theirs", map[string]gittest.File{path: {Content: "x"}}); err != nil {
			t.Fatal(err)
		}
	}
	if out := w.Refused(t, "-destroy"); !strings.Contains(out, "holds 2 commits that no other branch") || !strings.Contains(out, "force_destroy = true") {
		t.Errorf("the error does not say how many commits would be lost, and what to set:\n%s", out)
	}
	repo.Git(t, "rev-parse", "topic")
	w.Config(t, provider(repo, "")+branch("topic", "force_destroy = true"))
	w.Apply(t)
	w.Destroy(t)
	without(t, repo, "refs/heads/topic")

	w.Config(t, provider(repo, "")+branch("main", "")) // adopted: it is at HEAD
	w.Apply(t)
	out, code := w.Run(t, "plan", "-destroy", "-no-color")
	if code == 0 || !strings.Contains(out, "is the default branch") {
		t.Errorf("the plan does not refuse to delete the default branch:\n%s", out)
	}
	w.Config(t, provider(repo, "")+branch("main", `on_destroy = "keep"`))
	w.Apply(t)
	w.Destroy(t)
	repo.Git(t, "rev-parse", "main")
}

func TestABranchThatExistsIsAdoptedOrAnError(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.Git(t, "branch", "topic", "main")
	there := repo.Head(t)
	head := repo.SeedText(t, map[string]string{"later": "1"})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+branch("topic", ""))
	out, code := w.Run(t, "plan", "-no-color")
	if code == 0 || !strings.Contains(out, there) || !strings.Contains(out, head) || !strings.Contains(out, "adopt = true") {
		t.Errorf("the plan does not refuse a branch elsewhere:\n%s", out)
	}
	w.Config(t, provider(repo, "")+branch("topic", "adopt = true"))
	w.Apply(t)
	w.Clean(t)
	if got := repo.Git(t, "rev-parse", "topic"); got != there {
		t.Errorf("the branch is at %s, want %s", got, there)
	}
	w.Run(t, "state", "rm", "nanogit_branch.topic")
	w.Config(t, provider(repo, "")+branch("topic", `from = "main~"`))
	if out, code := w.Run(t, "validate", "-no-color"); code == 0 {
		t.Errorf("a revision is no name:\n%s", out)
	}
	w.Config(t, provider(repo, "")+branch("topic", `from = "`+there+`"`))
	w.Apply(t)
	for _, id := range []string{"topic", repo.URL() + "#topic"} {
		w.Run(t, "state", "rm", "nanogit_branch.topic")
		if out, code := w.Run(t, "import", "nanogit_branch.topic", id); code != 0 {
			t.Errorf("import %s:\n%s", id, out)
		}
		w.Clean(t)
	}
	if out, code := w.Run(t, "import", "nanogit_branch.topic", "nowhere"); code == 0 {
		t.Errorf("a branch that is not there is imported:\n%s", out)
	}
}

// On an empty repository a branch needs a first commit. Servers of version 0 say less of it.
func TestABranchOfAnEmptyRepository(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server gittest.Options
		url    func(*testing.T, *gittest.Server, *gittest.Repo) string
	}{
		"version 2":   {gittest.Options{}, nil},
		"version 0":   {gittest.Options{V0Only: true}, nil},
		"a directory": {gittest.Options{}, func(_ *testing.T, _ *gittest.Server, r *gittest.Repo) string { return "file://" + r.Dir }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, c.server)
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{Empty: true})
			url := repo.URL()
			if c.url != nil {
				url = c.url(t, server, repo)
			}
			block := fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\n", url)
			w := acctest.NewWorkspace(t)
			w.Config(t, block+branch("main", ""))
			if out := w.Refused(t); !strings.Contains(out, "the repository is empty") || !strings.Contains(out, "initialize = true") {
				t.Errorf("the error does not say what to set:\n%s", out)
			}
			w.Config(t, block+branch("main", "initialize = true\non_destroy = \"keep\"")+fileOn("main", "a", "1")+
				branch("topic", "depends_on = [nanogit_file.f_main]"))
			w.Apply(t)
			w.Clean(t)
			if n := repo.Commits(t, "main"); n != 2 || repo.Content(t, "topic", "a") != "1" {
				t.Errorf("%d commits on main, want an empty one and one of the file", n)
			}
			repo.Fsck(t)
			w.Destroy(t)
			without(t, repo, "refs/heads/topic")
		})
	}
}

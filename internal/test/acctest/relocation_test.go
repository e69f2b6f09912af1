package acctest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// everyKind has a file by itself, many files in a resource, and a file that a commit names.
const everyKind = `
resource "nanogit_file" "alone" {
  path    = "alone"
  content = "alone"
}
resource "nanogit_files" "many" {
  prefix = "many"
  files  = { a = { content = "a" }, b = { content = "b" } }
}
resource "nanogit_file" "named" {
  path        = "named"
  content     = "named"
  commit_mode = "explicit"
}
resource "nanogit_commit" "c" {
  files = { (nanogit_file.named.path) = nanogit_file.named.blob_id }
}
`

var everyFile = map[string]string{"alone": "alone", "many/a": "a", "many/b": "b", "named": "named"}

// TestAnotherSpellingOfARepositoryIsTheSameOne changes the URL of every kind of resource, and
// expects neither a commit nor a gap.
func TestAnotherSpellingOfARepositoryIsTheSameOne(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"without .git", "another address", "another host, the old one is gone"} {
		for _, cbd := range []string{"", "lifecycle { create_before_destroy = true }"} {
			t.Run(name+" "+cbd, func(t *testing.T) {
				t.Parallel()
				server := gittest.New(t, gittest.Options{})
				repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
				w := acctest.NewWorkspace(t)
				config := func(url string) {
					w.Config(t, fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\n", url)+strings.ReplaceAll(everyKind, "\n}", "\n  "+cbd+"\n}"))
				}
				config(repo.URL())
				w.Apply(t)
				url := repo.Dir
				switch name {
				case "without .git":
					if err := os.Symlink(repo.Dir, strings.TrimSuffix(repo.Dir, ".git")); err != nil {
						t.Fatal(err)
					}
					url = strings.TrimSuffix(repo.URL(), ".git")
				case "another host, the old one is gone":
					there := gittest.New(t, gittest.Options{}).NewRepo(t, "moved.git", gittest.RepoOptions{Empty: true})
					repo.Git(t, "push", "--quiet", "--mirror", there.Dir)
					server.Inject(gittest.Fault{Times: -1, Kind: gittest.Status(404)})
					repo, url = there, there.URL()
				}
				head := repo.Head(t)
				config(url)
				if out := w.Apply(t); !strings.Contains(out, "0 added, 4 changed, 0 destroyed") {
					t.Errorf("not a move in place:\n%s", out)
				}
				holds(t, repo, everyFile)
				if now := repo.Head(t); now != head {
					t.Errorf("commits were made:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
				}
				w.Clean(t)
				w.Destroy(t)
				holds(t, repo, nil)
			})
		}
	}
}

func TestAnotherBranchThatHoldsTheFilesIsAMoveInPlace(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	_, other := acctest.Branches(t, repo)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+everyKind)
	w.Apply(t)
	repo.Git(t, "branch", other, "main")
	head := repo.Head(t)
	w.Config(t, provider(repo, fmt.Sprintf("branch = %q", other))+everyKind)
	if out := w.Apply(t); !strings.Contains(out, "Files stay at their former place") || !strings.Contains(out, "0 destroyed") {
		t.Errorf("want a move in place, and a warning:\n%s", out)
	}
	holds(t, repo, everyFile)
	if now := repo.Head(t); now != head || repo.Git(t, "rev-parse", other) != head {
		t.Error("a commit was made")
	}
	w.Clean(t)
}

func TestADefaultBranchThatWasRenamedIsFollowed(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	config := func(content string) {
		w.Config(t, provider(repo, "")+strings.ReplaceAll(everyKind, `= "a"`, fmt.Sprintf("= %q", content)))
	}
	config("a")
	w.Apply(t)
	repo.Git(t, "branch", "-m", "main", "trunk")
	repo.Git(t, "symbolic-ref", "HEAD", "refs/heads/trunk")
	head := repo.Git(t, "rev-parse", "trunk")
	w.Apply(t)
	if now := repo.Git(t, "rev-parse", "trunk"); now != head {
		t.Errorf("a commit was made:\n%s", repo.Git(t, "log", "--stat", head+"..trunk"))
	}
	w.Clean(t)
	config("changed")
	w.Apply(t)
	if got := repo.Git(t, "show", "trunk:many/a"); got != "changed" {
		t.Errorf("many/a holds %q on the renamed branch", got)
	}
	for _, address := range []string{"nanogit_file.alone", "nanogit_files.many", "nanogit_file.named", "nanogit_commit.c"} {
		if got := w.Attributes(t, address)["branch"]; got != "trunk" {
			t.Errorf("%s is on branch %v, want trunk", address, got)
		}
	}
	w.Clean(t)
}

func TestAURLThatTurnsOutToBeAnotherOneIsAnErrorThatAPlanMends(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	one, two := server.NewRepo(t, "one.git", gittest.RepoOptions{}), server.NewRepo(t, "two.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	config := func(repo *gittest.Repo, content string) {
		w.Config(t, fmt.Sprintf("resource \"terraform_data\" \"url\" {\n  input = %q\n}\nprovider \"nanogit\" {\n  url = terraform_data.url.output\n}\n", repo.URL())+
			strings.NewReplacer(`= "a"`, fmt.Sprintf("= %q", content), `= "alone"`, fmt.Sprintf("= %q", content)).Replace(everyKind))
	}
	config(one, "1")
	w.Apply(t)
	config(two, "2")
	out := w.Refused(t)
	if strings.Contains(out, "inconsistent") || !strings.Contains(out, "The plan was made for another repository") {
		t.Errorf("not the error that was wanted:\n%s", out)
	}
	// The path of the file has the value that was changed, too.
	holds(t, one, map[string]string{"1": "1", "many/a": "1", "many/b": "b", "named": "named"})
	w.Apply(t)
	holds(t, one, nil)
	holds(t, two, map[string]string{"2": "2", "many/a": "2", "many/b": "b", "named": "named"})
	w.Clean(t)
}

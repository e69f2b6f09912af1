package acctest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// twoRepositories is a configuration with every kind of resource in the provider's repository and
// in another one, and the addresses of the resources.
func twoRepositories(t *testing.T) (w *acctest.Workspace, own, other *gittest.Repo, addresses []string) {
	t.Helper()
	server := gittest.New(t, gittest.Options{})
	own, other = server.NewRepo(t, "org/own.git", gittest.RepoOptions{}), server.NewRepo(t, "org/other.git", gittest.RepoOptions{})
	var config strings.Builder
	for name, repo := range map[string]*gittest.Repo{"own": own, "other": other} {
		repo.SeedText(t, map[string]string{"a.md": name, "docs/b.md": name})
		more := ""
		if name == "other" {
			more = fmt.Sprintf("  repository = %q\n", repo.URL())
		}
		fmt.Fprintf(&config, `
resource "nanogit_file" %[1]q {
  path    = "a.md"
  content = %[1]q
%[2]s}
resource "nanogit_files" %[1]q {
  prefix = "docs"
  source_dir = "${path.module}/%[1]s"
%[2]s}
resource "nanogit_branch" %[1]q {
  name = "topic"
  from = "main"
%[2]s}
resource "nanogit_tag" %[1]q {
  name   = "v1"
  target = "main"
%[2]s}
`, name, more)
		for _, kind := range []string{"file", "files", "branch", "tag"} {
			addresses = append(addresses, "nanogit_"+kind+"."+name)
		}
	}
	w = acctest.NewWorkspace(t)
	w.Write(t, "own/b.md", "own")
	w.Write(t, "other/b.md", "other")
	w.Config(t, provider(own, "")+config.String())
	return w, own, other, addresses
}

func TestTheIDOfEveryResourceImportsIt(t *testing.T) {
	t.Parallel()
	w, own, other, addresses := twoRepositories(t)
	w.Apply(t)
	heads := own.Head(t) + other.Head(t)
	for _, address := range addresses {
		before := w.Attributes(t, address)
		id := fmt.Sprint(before["id"])
		if whole := strings.HasPrefix(id, other.URL()+"#"); whole != strings.HasSuffix(address, ".other") {
			t.Errorf("%s has the id %s", address, id)
		}
		for _, args := range [][]string{{"state", "rm", address}, {"import", address, id}} {
			if out, code := w.Run(t, args...); code != 0 {
				t.Fatalf("%q ended with code %d:\n%s", args, code, out)
			}
		}
		after := w.Attributes(t, address)
		for _, name := range []string{"id", "repository", "branch", "path", "name", "blob_id", "object_id"} {
			if before[name] != after[name] {
				t.Errorf("%s: %s is %v after the import, and was %v", address, name, after[name], before[name])
			}
		}
	}
	if out, _ := w.Plan(t); strings.Contains(out, "destroy and then create") || strings.Contains(out, "must be replaced") {
		t.Errorf("the plan replaces something:\n%s", out)
	}
	w.Apply(t)
	w.Clean(t)
	if now := own.Head(t) + other.Head(t); now != heads {
		t.Error("an import made a commit")
	}
}

func TestIDsOfFormerVersionsShowNoChange(t *testing.T) {
	t.Parallel()
	w, own, other, addresses := twoRepositories(t)
	w.Apply(t)
	heads := own.Head(t) + other.Head(t)
	file := filepath.Join(w.Dir, "terraform.tfstate")
	state, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	former := strings.ReplaceAll(string(state), `"id": "`+other.URL()+"#", `"id": "`)
	if former == string(state) {
		t.Fatalf("the state has no id with a repository:\n%s", state)
	}
	w.Write(t, "terraform.tfstate", former)
	w.Clean(t, "-refresh=false")
	w.Clean(t)
	w.Apply(t, "-refresh-only")
	for _, address := range addresses {
		id := fmt.Sprint(w.Attributes(t, address)["id"])
		if whole := strings.HasPrefix(id, other.URL()+"#"); whole != strings.HasSuffix(address, ".other") {
			t.Errorf("%s has the id %s after a refresh", address, id)
		}
	}
	w.Clean(t)
	if now := own.Head(t) + other.Head(t); now != heads {
		t.Error("a commit was made")
	}
}

func TestACommitIsImportedWithoutMakingAnother(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "  commit_mode = \"explicit\"")+block("f", "f", "f", "")+block("g", "g", "g", "")+naming("c", "f", "g"))
	w.Apply(t)
	head := repo.Head(t)
	made := w.Attributes(t, "nanogit_commit.c")
	for _, id := range []string{"main", ":" + head, repo.URL() + "#main:" + head} {
		for _, args := range [][]string{{"state", "rm", "nanogit_commit.c"}, {"import", "nanogit_commit.c", id}} {
			if out, code := w.Run(t, args...); code != 0 {
				t.Fatalf("%q ended with code %d:\n%s", args, code, out)
			}
		}
		if now := w.Attributes(t, "nanogit_commit.c"); now["commit_id"] != head || now["parent_id"] != made["parent_id"] || now["tree_id"] != made["tree_id"] || now["branch"] != "main" {
			t.Errorf("the import of %s gives %v, want %v", id, now, made)
		}
		w.Apply(t)
		w.Clean(t)
		if now := repo.Head(t); now != head {
			t.Fatalf("the import of %s made a commit", id)
		}
	}
	w.Run(t, "state", "rm", "nanogit_commit.c")
	for id, want := range map[string]string{
		"gone":                            `Branch "gone" does not exist`,
		"main:abc":                        "no commit id",
		"main:" + strings.Repeat("1", 40): strings.Repeat("1", 40),
		"https://jo:s3cret@h/r#main":      "credentials",
	} {
		out, code := w.Run(t, "import", "-no-color", "nanogit_commit.c", id)
		_, said, _ := strings.Cut(out, "Error: ") // before it, the engine repeats the id
		if code == 0 || !strings.Contains(said, want) || strings.Contains(said, "s3cret") {
			t.Errorf("the import of %s ended with code %d:\n%s", id, code, out)
		}
	}
}

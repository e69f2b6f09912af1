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

// TestADestroyNeedsNoMoreThanTheFilesToBeRemoved removes local sources or the branch, or replaces
// files on the branch, before the destroy.
func TestADestroyNeedsNoMoreThanTheFilesToBeRemoved(t *testing.T) {
	t.Parallel()
	local := `
resource "nanogit_file" "source" {
  path   = "source"
  source = "${path.module}/local/file"
}
resource "nanogit_files" "dir" {
  prefix     = "dir"
  source_dir = "${path.module}/local"
}
`
	gone := func(t *testing.T, w *acctest.Workspace) {
		if err := os.RemoveAll(filepath.Join(w.Dir, "local")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, settings, config string
		spoil                  func(*testing.T, *gittest.Repo, *acctest.Workspace)
		branch                 string
	}{
		{
			name: "local files are gone", config: local,
			spoil: func(t *testing.T, _ *gittest.Repo, w *acctest.Workspace) { gone(t, w) },
		},
		{
			name: "the branch was merged and deleted", settings: "branch = \"feature\"", config: everyKind, branch: "feature",
			spoil: func(t *testing.T, repo *gittest.Repo, _ *acctest.Workspace) { repo.Git(t, "branch", "-D", "feature") },
		},
		{
			name: "paths have become submodules and a directory", config: everyKind,
			spoil: func(t *testing.T, repo *gittest.Repo, _ *acctest.Workspace) {
				submodule := gittest.File{Content: strings.Repeat("1f", 20), Mode: "160000"}
				repo.Seed(t, map[string]gittest.File{"alone": submodule, "many/a": submodule, "named": {Remove: true}, "many/b": {Remove: true}})
			},
		},
		{
			name: "a file has become a Git LFS pointer", config: everyKind,
			spoil: func(t *testing.T, repo *gittest.Repo, _ *acctest.Workspace) {
				repo.SeedText(t, map[string]string{"alone": "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("1f", 32) + "\nsize 5\n"})
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			if err := os.Mkdir(filepath.Join(w.Dir, "local"), 0o700); err != nil {
				t.Fatal(err)
			}
			w.Write(t, "local/file", "content")
			if c.branch != "" {
				repo.Git(t, "branch", c.branch, "main")
			}
			w.Config(t, provider(repo, c.settings)+c.config)
			w.Apply(t)
			c.spoil(t, repo, w)
			w.Destroy(t)
			if state, _ := w.Run(t, "state", "list"); strings.Contains(state, "nanogit") {
				t.Errorf("state after the destroy:\n%s", state)
			}
			for path, e := range repo.Tree(t, "main") {
				if path != "README.md" && e.Mode != "160000" {
					t.Errorf("%s is still there: %v", path, e)
				}
			}
		})
	}
}

// TestALocalFileMayBeMadeByTheSameApply reads a source that another resource writes during the
// apply.
func TestALocalFileMayBeMadeByTheSameApply(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	config := func(content string) {
		w.Config(t, provider(repo, "")+fmt.Sprintf(`
resource "terraform_data" "make" {
  triggers_replace = %q
  provisioner "local-exec" { command = "mkdir -p made && printf %%s '%[1]s' >made/file" }
}
resource "nanogit_file" "f" {
  path       = "f"
  source     = "${path.module}/made/file"
  depends_on = [terraform_data.make]
}
resource "nanogit_files" "d" {
  prefix     = "d"
  source_dir = "${path.module}/made"
  depends_on = [terraform_data.make]
}
`, content))
	}
	config("one")
	if out := w.Apply(t); !strings.Contains(out, "A local file is not there yet") {
		t.Errorf("want a warning:\n%s", out)
	}
	holds(t, repo, map[string]string{"f": "one", "d/file": "one"})
	w.Clean(t)
	if err := os.RemoveAll(filepath.Join(w.Dir, "made")); err != nil {
		t.Fatal(err)
	}
	if out := w.Refused(t); !strings.Contains(out, "does not exist: create it") {
		t.Errorf("not the error that was wanted:\n%s", out)
	}
}

// TestTheSameSourceInAnotherCheckoutIsNoChange moves the source to another directory with the same
// content.
func TestTheSameSourceInAnotherCheckoutIsNoChange(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	for _, dir := range []string{"one", "two"} {
		if err := os.Mkdir(filepath.Join(w.Dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		w.Write(t, dir+"/file", "content")
	}
	config := func(dir, more string) {
		dir = filepath.Join(w.Dir, dir)
		w.Config(t, provider(repo, "")+fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  path = \"f\"\n  source = %q\n  %s\n}\nresource \"nanogit_files\" \"d\" {\n  prefix = \"d\"\n  source_dir = %q\n}\n"+
			"resource \"nanogit_files\" \"e\" {\n  prefix = \"e\"\n  files = { file = { source = %q } }\n}\n",
			filepath.Join(dir, "file"), more, dir, filepath.Join(dir, "file")))
	}
	config("one", "")
	w.Apply(t)
	if err := os.RemoveAll(filepath.Join(w.Dir, "one")); err != nil {
		t.Fatal(err)
	}
	config("two", "")
	w.Clean(t)
	config("two", "mode = \"100755\"")
	w.Apply(t)
	if mode := repo.Tree(t, "main")["f"].Mode; mode != "100755" {
		t.Errorf("f has mode %s, want 100755", mode)
	}
	w.Write(t, "two/file", "changed")
	w.Apply(t)
	holds(t, repo, map[string]string{"f": "changed", "d/file": "changed", "e/file": "changed"})
	w.Clean(t)
}

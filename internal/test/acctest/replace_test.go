package acctest_test

import (
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

func TestAReplacementByTheSameFileIsNoGap(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+block("a", "a", "x", ""))
	w.Apply(t)
	head := repo.Head(t)
	w.Apply(t, "-replace=nanogit_file.a")
	if now := repo.Head(t); now != head {
		t.Errorf("a commit was made:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
	}
	holds(t, repo, map[string]string{"a": "x"})
	w.Clean(t)
	w.Destroy(t)
	holds(t, repo, nil)
}

func TestAReplacementByTheSameFilesIsNoGap(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	set := func(b string) {
		w.Config(t, provider(repo, "")+"resource \"nanogit_files\" \"s\" {\n  prefix = \"s\"\n  files = { a = { content = \"a\", mode = \"100755\" }, b = { content = \""+b+"\" } }\n}\n")
	}
	set("b")
	w.Apply(t)
	head := repo.Head(t)
	w.Apply(t, "-replace=nanogit_files.s")
	if now := repo.Head(t); now != head {
		t.Errorf("a commit was made:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
	}
	w.Clean(t)
	// Of two files, the replacement changes the content of b. Terraform destroys first, and a must
	// stay on the branch throughout.
	set("new")
	w.Apply(t, "-replace=nanogit_files.s")
	holds(t, repo, map[string]string{"s/a": "a", "s/b": "new"})
	always(t, repo, head, "s/a")
	w.Clean(t)
	w.Destroy(t)
	holds(t, repo, nil)
}

func TestAReplacementByAnotherContentIsPlanned(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"false", "true"} {
		t.Run("created first "+first, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			cycle := "lifecycle { create_before_destroy = " + first + " }"
			w.Config(t, provider(repo, "")+block("a", "a", "x", cycle))
			w.Apply(t)
			head := repo.Head(t)
			w.Config(t, provider(repo, "")+block("a", "a", "y", cycle))
			w.Apply(t, "-replace=nanogit_file.a")
			holds(t, repo, map[string]string{"a": "y"})
			if first == "true" {
				always(t, repo, head, "a")
			}
			w.Clean(t)
		})
	}
}

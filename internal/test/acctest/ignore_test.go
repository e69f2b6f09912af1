package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// ignoring is a file whose attribute is ignored.
func ignoring(attribute, more string) string {
	return fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  %s\n  lifecycle { ignore_changes = [%s] }\n}\n", more, attribute)
}

// ends fails the test unless the branch holds this file with this mode, README.md and no other
// file.
func ends(t *testing.T, repo acctest.Repo, path, mode, content string) {
	t.Helper()
	tree := repo.Tree(t, "main")
	if got, id := tree[path], blobsOf(t, repo)(content); got.ID != id || got.Mode != mode || len(tree) != 2 {
		t.Errorf("the branch has %v, want %s with mode %s and blob %s", tree, path, mode, id)
	}
}

// TestIgnoredContentIsNeitherWrittenNorInTheWay has ignore_changes on content, renames the file and
// changes its mode, with contents of others that state cannot hold.
func TestIgnoredContentIsNeitherWrittenNorInTheWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, mode, foreign string }{
		{"nothing", "explicit", ""},
		{"text", "auto", "others wrote this\n"},
		{"bytes that are not UTF-8", "explicit", "\xff\xfe\x00 binary"},
		{"decomposed Unicode", "auto", "A\u0308pfel\n"},
		{"2 MiB", "auto", strings.Repeat("0123456789abcdef", 1<<17)},
		{"carriage returns", "auto", "a\r\nb\r\n"},
	} {
		t.Run(c.name+" by others, "+c.mode, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			config := func(path, content, more string) {
				files := ignoring("content", fmt.Sprintf("path = %q\n  content = %q\n  line_endings = \"lf\"\n  commit_mode = %q\n  %s", path, content, c.mode, more))
				if c.mode == "explicit" {
					files += naming("c", "f")
				}
				w.Config(t, provider(repo, "")+files)
			}
			config("a", "first\n", "")
			w.Apply(t)
			holding := "first\n"
			if c.foreign != "" {
				holding = c.foreign
				repo.SeedText(t, map[string]string{"a": c.foreign})
			}
			config("a", "second\n", "")
			w.Apply(t)
			ends(t, repo, "a", "100644", holding)
			w.Clean(t)
			config("dir/b", "third\n", "")
			w.Apply(t)
			ends(t, repo, "dir/b", "100644", holding)
			config("dir/b", "fourth\n", "mode = \"100755\"")
			w.Apply(t)
			ends(t, repo, "dir/b", "100755", holding)
			w.Clean(t)
		})
	}
}

func TestIgnoredElementsOfFilesAreNotWritten(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	config := func(a, b, message string) {
		w.Config(t, provider(repo, "")+fmt.Sprintf(`
resource "nanogit_files" "f" {
  files          = { a = { content = %q }, b = { content = %q } }
  commit_message = %q
  prefix         = %q
  lifecycle { ignore_changes = [files["a"]] }
}
`, a, b, message, strings.Fields(message)[0]))
	}
	config("a 1", "b 1", "one")
	w.Apply(t)
	config("a 2", "b 2", "one again")
	w.Apply(t)
	holds(t, repo, map[string]string{"one/a": "a 1", "one/b": "b 2"})
	config("a 3", "b 3", "two")
	w.Apply(t)
	holds(t, repo, map[string]string{"two/a": "a 1", "two/b": "b 3"})
	w.Clean(t)
}

func TestAnImportThatCannotHoldTheContentDoesNotCommitAnother(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"decomposed Unicode": "A\u0308pfel\n",
		"not UTF-8":          "\xff\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			repo.SeedText(t, map[string]string{"a": content})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, "")+"import {\n  to = nanogit_file.f\n  id = \"a\"\n}\n")
			w.Run(t, "plan", "-no-color", "-generate-config-out=made.tf")
			head := repo.Head(t)
			w.Apply(t)
			ends(t, repo, "a", "100644", content)
			if repo.Head(t) != head {
				t.Errorf("a commit was made:\n%s", repo.Git(t, "show", "main"))
			}
			w.Clean(t)
		})
	}
}

func TestAWriteOnlyContentThatIsAnotherAtEveryRunIsWrittenWhenItsVersionChanges(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"auto", "explicit"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			config := func(path, content, more string) {
				files := fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  path = %q\n  content_wo = %q\n  commit_mode = %q\n  %s\n}\n", path, content, mode, more)
				if mode == "explicit" {
					files += naming("c", "f")
				}
				w.Config(t, provider(repo, "")+files)
			}
			config("a", "secret 1", "content_wo_version = 1")
			w.Apply(t)
			config("b", "secret, as of the next run", "content_wo_version = 1")
			w.Apply(t)
			ends(t, repo, "b", "100644", "secret 1")
			config("b", "another", "content_wo_version = 1\n  mode = \"100755\"")
			w.Apply(t)
			ends(t, repo, "b", "100755", "secret 1")
			config("b", "yet another", "content_wo_version = 1\n  mode = \"100755\"")
			w.Clean(t)
			config("b", "now", "content_wo_version = 2\n  mode = \"100755\"")
			w.Apply(t)
			ends(t, repo, "b", "100755", "now")
		})
	}
}

// TestASeedIsShownAsTheBranchHoldsItAndNoChangeIsPlanned changes a seed on the branch and in the
// configuration.
func TestASeedIsShownAsTheBranchHoldsItAndNoChangeIsPlanned(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	config := func(content, more string) {
		w.Config(t, provider(repo, "")+fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  path = \"a\"\n  content = %q\n  %s\n}\n", content, more))
	}
	blob := blobsOf(t, repo)
	shows := func(want any) {
		t.Helper()
		if got := w.Attributes(t, "nanogit_file.f")["blob_id"]; got != want {
			t.Errorf("blob_id is %v, want %v", got, want)
		}
	}
	config("seed", "seed_only = true")
	w.Apply(t)
	shows(blob("seed"))
	repo.SeedText(t, map[string]string{"a": "theirs"})
	config("another seed", "seed_only = true\n  mode = \"100755\"")
	w.Clean(t)
	w.Apply(t)
	ends(t, repo, "a", "100644", "theirs")
	w.Apply(t, "-refresh-only")
	shows(blob("theirs"))

	// It becomes an ordinary file, with another content.
	config("ours", "")
	w.Apply(t)
	ends(t, repo, "a", "100644", "ours")
	w.Clean(t)

	// The same with a seed that others remove.
	config("ours", "seed_only = true")
	w.Apply(t)
	repo.Seed(t, map[string]gittest.File{"a": {Remove: true}})
	w.Clean(t)
	w.Apply(t, "-refresh-only")
	shows(nil)
	config("ours", "")
	w.Apply(t)
	ends(t, repo, "a", "100644", "ours")
	w.Clean(t)
}

package acctest_test

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// provider is a provider block for a repository.
func provider(repo acctest.Repo, more string) string {
	return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n%s%s\n}\n", repo.URL(), acctest.Settings(repo), more)
}

// former is a repository's content that has everything which is easily lost.
func former() map[string]gittest.File {
	return map[string]gittest.File{
		"README.md":           {Content: "# hello\n"},
		"bin/run":             {Content: "#!/bin/sh\n", Mode: "100755"},
		"docs/überblick.md":   {Content: "Ä\n"},
		"docs/日本語/読む.txt":     {Content: "読\n"},
		"link":                {Content: "bin/run", Mode: "120000"},
		"vendor/lib":          {Content: strings.Repeat("1f", 20), Mode: "160000"},
		"vendor/other/a":      {Content: "a"},
		"docs.md":             {Content: "sorts between docs/ and docs0"},
		"docs0":               {Content: "0"},
		"deep/er/and/er/file": {Content: "deep\n"},
	}
}

const twentyThree = `
locals {
  text = { for i in range(18) : format("docs/part-%%02d.md", i) => "part ${i}\n" }
}
resource "nanogit_file" "text" {
  for_each = local.text
  path     = each.key
  content  = each.value
}
resource "nanogit_file" "binary" {
  path           = "assets/blob.bin"
  content_base64 = "AAECAwT/"
}
resource "nanogit_file" "run" {
  path    = "bin/start"
  content = "#!/bin/sh\necho start\n"
  mode    = "100755"
}
resource "nanogit_file" "link" {
  path    = "current"
  content = "docs/part-00.md"
  mode    = "120000"
}
resource "nanogit_file" "moving" {
  path              = %q
  sensitive_content = "top secret text\n"
}
resource "nanogit_file" "local" {
  path   = "docs/new/deep/local.txt"
  source = "${path.module}/local.txt"
}
`

// fullLife takes 23 files through creation, drift, a rename and destruction, and checks the branch
// after each step.
func fullLife(t *testing.T, repo acctest.Repo, provider string, env ...string) {
	t.Helper()
	files := former()
	files["vendor/lib"] = gittest.File{Content: strings.Repeat("1f", len(repo.Head(t))/2), Mode: "160000"}
	repo.Seed(t, files)
	before, commits := repo.Git(t, "rev-parse", "main^{tree}"), repo.Commits(t, "main")

	w := acctest.NewWorkspace(t, env...)
	w.Write(t, "local.txt", "from a local file\n")
	w.Config(t, provider+fmt.Sprintf(twentyThree, "secret.txt"))
	w.Apply(t)
	if n := repo.Commits(t, "main") - commits; n < 1 || n > 6 {
		t.Errorf("23 files took %d commits, want 1 to 6", n)
	}
	w.Clean(t)
	held := repo.Tree(t, "main")
	for path, want := range map[string]struct{ mode, content string }{
		"docs/part-07.md":         {"100644", "part 7\n"},
		"assets/blob.bin":         {"100644", "\x00\x01\x02\x03\x04\xff"},
		"bin/start":               {"100755", "#!/bin/sh\necho start\n"},
		"current":                 {"120000", "docs/part-00.md"},
		"secret.txt":              {"100644", "top secret text\n"},
		"docs/new/deep/local.txt": {"100644", "from a local file\n"},
	} {
		if got := held[path]; got.Mode != want.mode || repo.Content(t, "main", path) != want.content {
			t.Errorf("%s is %s %q, want %s %q", path, got.Mode, repo.Content(t, "main", path), want.mode, want.content)
		}
	}
	if strings.Contains(w.Log.String(), "top secret text") {
		t.Error("sensitive_content was printed")
	}

	// Somebody edits, removes and changes a mode.
	repo.Seed(t, map[string]gittest.File{
		"docs/part-03.md": {Content: "edited by hand\n"}, "docs/part-04.md": {Remove: true},
		"bin/start": {Content: "#!/bin/sh\necho start\n"}, "assets/blob.bin": {Content: "\xfe\xfd"},
	})
	out, changes := w.Plan(t)
	if !changes || !strings.Contains(out, "edited by hand") || !strings.Contains(out, "1 to add, 3 to change, 0 to destroy") {
		t.Errorf("the plan does not show the drift:\n%s", out)
	}
	w.Apply(t)
	w.Clean(t)
	if after := repo.Tree(t, "main"); !maps.Equal(held, after) {
		t.Errorf("the drift was not repaired:\n got %v\nwant %v", after, held)
	}

	commits = repo.Commits(t, "main")
	w.Config(t, provider+fmt.Sprintf(twentyThree, "moved/to here/geheim ü.txt"))
	if out := w.Apply(t); !strings.Contains(out, "0 added, 1 changed, 0 destroyed") {
		t.Errorf("a rename is more than one change:\n%s", out)
	}
	if n := repo.Commits(t, "main") - commits; n != 1 {
		t.Errorf("a rename took %d commits, want 1", n)
	}
	if repo.Content(t, "main", "moved/to here/geheim ü.txt") != "top secret text\n" {
		t.Error("the renamed file has other content")
	}
	w.Clean(t)

	w.Destroy(t)
	if after := repo.Git(t, "rev-parse", "main^{tree}"); after != before {
		t.Errorf("destroy left tree %s, want %s:\n%s", after, before, repo.Git(t, "diff-tree", "-r", before, after))
	}
	if left, err := os.ReadDir(w.Temp); err != nil || len(left) > 0 {
		t.Errorf("the temporary directory is not empty: %v, %v", left, err)
	}
}

// TestManyFilesMakeFewCommits bounds the commits of nanogit_file at several parallelisms.
func TestManyFilesMakeFewCommits(t *testing.T) {
	for _, tc := range []struct {
		files, size, parallelism, most int
	}{
		{200, 128, 10, 25},
		{200, 128, 256, 4},
		{300, 20_480, 10, 35},
	} {
		t.Run(fmt.Sprintf("%d files of %d bytes, parallelism %d", tc.files, tc.size, tc.parallelism), func(t *testing.T) {
			server := gittest.New(t, gittest.Options{})
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, "")+fmt.Sprintf(`
resource "nanogit_file" "f" {
  count   = %d
  path    = "d${count.index %% 10}/f${count.index}.txt"
  content = join("", [for i in range(%d) : sha512("${count.index} ${i}")])
}
`, tc.files, tc.size/128))
			w.Apply(t, fmt.Sprintf("-parallelism=%d", tc.parallelism))
			n := repo.Commits(t, "main") - 1
			t.Logf("%d commits", n)
			if n < 1 || n > tc.most {
				t.Errorf("%d commits, want at most %d", n, tc.most)
			}
			if files := repo.Tree(t, "main"); len(files) != tc.files+1 {
				t.Errorf("the branch has %d files, want %d", len(files), tc.files+1)
			}
			w.Clean(t)
		})
	}
}

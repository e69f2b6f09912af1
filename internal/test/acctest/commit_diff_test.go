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

// The commit compares contents that other resources plan, and names the rest.
func TestThePlanOfACommitShowsTheLinesThatChange(t *testing.T) {
	t.Parallel()
	const secret = "c0rrect-h0rse"
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	config := func(one, many, hidden, gone string) string {
		return provider(repo, `commit_mode = "explicit"`) + fmt.Sprintf(`
resource "nanogit_file" "f" {
  path    = "f"
  content = %q
}
resource "nanogit_file" "s" {
  path              = "s"
  sensitive_content = %q
}
resource "nanogit_files" "m" {
  prefix = "m"
  files  = merge({ a = { content = %q } }, %s)
}
resource "nanogit_commit" "c" {
  files     = merge(nanogit_files.m.blob_ids, { for f in [nanogit_file.f, nanogit_file.s] : f.path => f.blob_id })
  show_diff = true
}
`, one, hidden, many, gone)
	}
	diff := func() string {
		t.Helper()
		text, _ := w.Attributes(t, "nanogit_commit.c")["diff"].(string)
		return text
	}
	w.Config(t, config("one\n", "a\n", secret, `{ b = { content = "b\n" } }`))
	w.Apply(t)
	if got, want := diff(), "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+one\n--- /dev/null\n+++ b/m/a\n@@ -0,0 +1 @@\n+a\n--- /dev/null\n+++ b/m/b\n@@ -0,0 +1 @@\n+b\n"+
		"s: a secret changes, and is not shown\n"; got != want {
		t.Errorf("the diff of the creation:\n%s\nwant\n%s", got, want)
	}
	w.Clean(t)

	w.Config(t, config("two\n", "a\nb\n", secret+"2", "{}"))
	plan, _ := w.Plan(t)
	if out := flatPlan(plan); !strings.Contains(out, "-one") || !strings.Contains(out, "+two") || strings.Contains(out, "+++ b/m/b") {
		t.Errorf("the plan is to show the lines that change, and not those of the last apply:\n%s", plan)
	}
	w.Apply(t)
	if got, want := diff(), "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-one\n+two\n--- a/m/a\n+++ b/m/a\n@@ -1 +1,2 @@\n a\n+b\nm/b: the file goes\ns: a secret changes, and is not shown\n"; got != want {
		t.Errorf("the diff of the update:\n%s\nwant\n%s", got, want)
	}
	w.Clean(t)

	repo.SeedText(t, map[string]string{"f": "by hand\n"})
	if plan, _ := w.Plan(t); !strings.Contains(flatPlan(plan), "-by hand") {
		t.Errorf("the plan does not show the drift:\n%s", plan)
	}
	w.Apply(t)
	w.Clean(t)
	state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(state), secret) != 1 { // sensitive_content itself
		t.Errorf("state has the secret %d times", strings.Count(string(state), secret))
	}
	repo.Git(t, "fsck", "--strict")
}

// Contents that are known only at the apply, and blobs that no resource of the plan writes.
func TestTheDiffOfACommitWaitsForContentsThatAreNotKnownYet(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t)
	config := func(input string) string {
		return provider(repo, `commit_mode = "explicit"`) + fmt.Sprintf(`
resource "terraform_data" "x" {
  input = %q
}
resource "nanogit_file" "f" {
  path    = "f"
  content = terraform_data.x.output
}
resource "nanogit_commit" "c" {
  files     = { (nanogit_file.f.path) = nanogit_file.f.blob_id }
  show_diff = true
}
`, input)
	}
	w.Config(t, config("one"))
	w.Apply(t)
	w.Config(t, config("two"))
	w.Apply(t)
	if got := w.Attributes(t, "nanogit_commit.c")["diff"]; got != "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-one\n\\ No newline at end of file\n+two\n\\ No newline at end of file\n" {
		t.Errorf("the diff is\n%v", got)
	}
	w.Clean(t)
	w.Config(t, strings.Replace(config("two"), "show_diff = true", "show_diff = false", 1))
	w.Apply(t)
	w.Clean(t)
	if got := w.Attributes(t, "nanogit_commit.c")["diff"]; got != nil {
		t.Errorf("without show_diff the diff is %v", got)
	}
}

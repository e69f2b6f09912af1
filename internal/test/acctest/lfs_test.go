package acctest_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A new plain file where .gitattributes say Git LFS is warned of in the plan, with its path, and
// committed all the same. A pointer, an existing file and a link are not warned of.
func TestAPlainFileWhereGitLFSIsMeant(t *testing.T) {
	t.Parallel()
	const warning = "Warning: A plain file where the branch has Git LFS"
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 1\n"
	srv := gittest.New(t, gittest.Options{})
	repo := srv.NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.SeedText(t, map[string]string{
		".gitattributes":     "[attr]large filter=lfs diff=lfs merge=lfs -text\n*.bin large\n",
		"own/.gitattributes": "*.bin -filter\n",
		"there.bin":          "1",
	})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+block("f", "new/dir/a.bin", "plain", "")+block("g", "b.txt", "plain", "")+
		block("own", "own/c.bin", "plain", "")+block("l", "link.bin", "b.txt", `mode = "120000"`)+
		block("p", "p.bin", pointer, "")+block("there", "there.bin", "2", "overwrite_on_create = true")+`
resource "nanogit_files" "s" {
  prefix = "set"
  files  = { "x.bin" = { content = "x" }, "y.txt" = { content = "y" }, "sub/z.bin" = { content = "z" } }
}
`)
	plan, _ := w.Plan(t)
	flat := strings.Join(strings.Fields(plan), " ")
	if n := strings.Count(plan, warning); n != 1 || !strings.Contains(plan, "(and one more similar warning elsewhere)") {
		t.Errorf("%d warnings, want one and a similar one:\n%s", n, plan)
	}
	if !strings.Contains(flat, "filter=lfs") {
		t.Errorf("the warning does not say why:\n%s", plan)
	}
	w.Apply(t)
	if got := repo.Git(t, "show", "main:new/dir/a.bin"); got != "plain" {
		t.Errorf("the file holds %q", got)
	}
	if plan, changes := w.Plan(t); changes || strings.Contains(plan, warning) {
		t.Errorf("a plan afterwards:\n%s", plan)
	}
	w.Config(t, provider(repo, "")+`
resource "nanogit_files" "s" {
  prefix = "set"
  files  = { "x.bin" = { content = "x" }, "y.txt" = { content = "y" }, "sub/z.bin" = { content = "z" }, "new.bin" = { content = "n" } }
}
`)
	if plan, _ := w.Plan(t); strings.Count(plan, warning) != 1 || !strings.Contains(plan, "- set/new.bin") || strings.Contains(plan, "- set/x.bin") {
		t.Errorf("a plan with one file more:\n%s", plan)
	}
}

// A single request reads the attributes, however many files are new.
func TestAttributesAreReadOnce(t *testing.T) {
	t.Parallel()
	srv := gittest.New(t, gittest.Options{})
	repo := srv.NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.SeedText(t, map[string]string{".gitattributes": "*.bin filter=lfs\n", "a/.gitattributes": "*.txt text\n"})
	config := provider(repo, "")
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		config += block(name, "a/"+name+".bin", "plain", "")
	}
	w := acctest.NewWorkspace(t)
	w.Config(t, config)
	srv.ResetStats()
	plan, _ := w.Plan(t)
	if n := srv.Stats().Requests; n > 6 {
		t.Errorf("%d requests for a plan", n)
	}
	if !strings.Contains(plan, "(and 5 more similar warnings elsewhere)") {
		t.Error(plan)
	}
}

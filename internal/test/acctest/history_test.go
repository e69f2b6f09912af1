package acctest_test

import (
	"fmt"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// A plan that asks for the history of many paths reads the commits once, and the roots once.
func TestHistoriesOfManyPathsShareCommitsAndRoots(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	for i := range 20 {
		if _, err := repo.Commit("main", fmt.Sprintf("Change %d", i), map[string]gittest.File{fmt.Sprintf("d%d/file", i%5): {Content: fmt.Sprint(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	repo.Git(t, "tag", "v1", "main~3")
	w := acctest.NewWorkspace(t)
	config := provider(repo, "branch = \"main\"") + `
data "nanogit_commit" "head" {}
data "nanogit_commits" "all" {}
`
	w.Config(t, config)
	w.Apply(t)
	traffic(t, server, 3, "a commit and its history")
	w.Config(t, config+`
data "nanogit_commits" "of" {
  for_each = toset([for i in range(5) : "d${i}/file"])
  path     = each.value
  limit    = 1
}
output "last" {
  value = [for c in data.nanogit_commits.of : one(c.commits[*].subject)]
}
`)
	server.ResetStats()
	w.Apply(t)
	traffic(t, server, 7, "the histories of five paths") // refs, head, commits, roots, and few for the directories d0 to d4
	if out, _ := w.Run(t, "output", "-json", "last"); out != `["Change 15","Change 16","Change 17","Change 18","Change 19"]`+"\n" {
		t.Errorf("the last changes are %s", out)
	}
	w.Config(t, provider(repo, "branch = \"main\"")+"data \"nanogit_diff\" \"d\" {\n  base  = \"v1\"\n  patch = true\n}\n")
	server.ResetStats()
	w.Apply(t)
	traffic(t, server, 5, "a patch") // refs and commits of both ends, contents
}

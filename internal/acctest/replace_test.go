package acctest_test

import (
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/acctest"
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

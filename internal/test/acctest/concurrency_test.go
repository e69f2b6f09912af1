package acctest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestFourAppliesAtOnceOnABusyBranchLoseNothing has a concurrent committer on the same branch, all
// of whose commits must stay.
func TestFourAppliesAtOnceOnABusyBranchLoseNothing(t *testing.T) {
	// Not parallel: the four applies and the busy branch compete with each other here. Other tests
	// would only take the processor from them.
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "busy.git", gittest.RepoOptions{})
	workspaces := make([]*acctest.Workspace, 4)
	for i := range workspaces {
		workspaces[i] = acctest.NewWorkspace(t)
		workspaces[i].Config(t, provider(repo, "")+fmt.Sprintf(`
resource "nanogit_file" "f" {
  count   = 40
  path    = "team-%[1]d/d${count.index %% 4}/f${count.index}.txt"
  content = "team %[1]d file ${count.index}\n"
}
`, i))
	}
	stop := repo.Busy(t, 50*time.Millisecond)
	var all sync.WaitGroup
	for _, w := range workspaces {
		all.Go(func() {
			if out, code := w.Run(t, "apply", "-auto-approve", "-no-color"); code != 0 {
				_, errors, _ := strings.Cut(out, "Error: ")
				t.Errorf("an apply failed: %s", errors)
			}
		})
	}
	all.Wait()
	foreign := stop()
	if len(foreign) == 0 {
		t.Fatal("nobody else committed meanwhile")
	}

	reached := repo.Git(t, "rev-list", "main")
	for _, id := range foreign {
		if !strings.Contains(reached, id) {
			t.Errorf("the commit %s of somebody else is lost", id)
		}
	}
	files := repo.Tree(t, "main")
	for i := range workspaces {
		for n := range 40 {
			path := fmt.Sprintf("team-%d/d%d/f%d.txt", i, n%4, n)
			if _, ok := files[path]; !ok {
				t.Errorf("%s is lost", path)
			}
		}
	}
	if want := 1 + 160 + len(foreign); len(files) != want {
		t.Errorf("the branch has %d files, want %d", len(files), want)
	}
	if merges := repo.Git(t, "rev-list", "--merges", "--count", "main"); merges != "0" {
		t.Errorf("history has %s merges, want a line", merges)
	}
	for _, w := range workspaces {
		w.Clean(t)
	}
}

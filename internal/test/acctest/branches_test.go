//go:build unix

package acctest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// patience is how long the test waits for the second push while it holds the first. It is generous,
// and only ends a wait that would never end.
const patience = 2 * time.Minute

// TestCommitsOfTwoBranchesArePushedInParallel holds the push of each branch until the other has
// arrived.
func TestCommitsOfTwoBranchesArePushedInParallel(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	branches := []string{"main", "other"}
	repo.Git(t, "branch", "other", "main")
	w := acctest.NewWorkspace(t)
	config := provider(repo, explicit)
	for _, branch := range branches {
		config += fmt.Sprintf(`
resource "nanogit_file" %[1]q {
  count   = 5
  branch  = %[1]q
  path    = "f${count.index}"
  content = "%[1]s ${count.index}"
}
resource "nanogit_commit" %[1]q {
  branch = %[1]q
  files  = { for f in nanogit_file.%[1]s : f.path => f.blob_id }
}
`, branch)
	}
	w.Config(t, config)
	head := repo.Head(t)

	// Each push is held until the other has arrived: if a push waited for the end of the other,
	// neither would end.
	var holds []*gittest.Injected
	for range branches {
		holds = append(holds, server.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall, Times: 1}))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	run := w.Start(t, "apply", "-auto-approve", "-no-color")
	for i, hold := range holds {
		select {
		case <-hold.Reached():
		case <-ctx.Done():
			t.Fatalf("%d of %d pushes arrived while none was answered, want all", i, len(holds))
		}
	}
	for _, hold := range holds {
		hold.Release()
	}
	out := run.Wait(t)
	for _, branch := range branches {
		if n := repo.Commits(t, head+".."+branch); n != 1 {
			t.Errorf("%d commits on %s, want one:\n%s", n, branch, out)
		}
		for i := range 5 {
			if got, want := repo.Content(t, branch, fmt.Sprintf("f%d", i)), fmt.Sprintf("%s %d", branch, i); got != want {
				t.Errorf("f%d is %q on %s, want %q", i, got, branch, want)
			}
		}
	}
	if pushes := server.Stats().ByService[gittest.ReceivePack].Requests; pushes != 2 {
		t.Errorf("%d pushes, want one a branch", pushes)
	}
	w.Clean(t)
}

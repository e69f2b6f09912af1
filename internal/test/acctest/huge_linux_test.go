package acctest_test

import (
	"fmt"
	"path"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// snapshotBudget bounds the bytes that the provider reads of a response with a huge repository in
// it, before it hangs up.
const snapshotBudget = 160 << 10

// TestAHugeRepositoryIsPlannedAndAppliedWithinBounds writes into repositories of 300,000 files in
// 6,000 directories. It bounds the bytes of a plan and its apply together, and the memory of each.
func TestAHugeRepositoryIsPlannedAndAppliedWithinBounds(t *testing.T) {
	server := gittest.New(t, gittest.Options{})
	for i, levels := range [][]gittest.Level{
		{{Name: "region", Count: 10}, {Name: "team", Count: 20}, {Name: "service", Count: 30}, {Name: "file", Count: 50}},
		// No budget holds the first three levels of these two.
		{{Name: "team", Count: 30}, {Name: "service", Count: 200}, {Name: "file", Count: 50}},
		{{Name: "a", Count: 3}, {Name: "b", Count: 5}, {Name: "c", Count: 4}, {Name: "d", Count: 5}, {Name: "e", Count: 4}, {Name: "f", Count: 5}, {Name: "file", Count: 50}},
	} {
		repo := server.NewRepo(t, fmt.Sprintf("r%d.git", i), gittest.RepoOptions{})
		paths := gittest.Paths(levels...)
		if err := repo.Grow(paths); err != nil {
			t.Fatal(err)
		}
		source := t.TempDir()
		if err := gittest.Scatter(source, paths, 1_000); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name     string
			config   string
			requests int
			bytes    int64
		}{
			// A fetch that the client hangs up on costs up to the bytes on the way, and seven
			// levels take more of these fetches.
			{"one file", one(path.Dir(paths[len(paths)/2])+"/new", "new\n", ""), 12, 1 << 20 * int64(1+len(levels)/7)},
			{"a thousand files in a hundred directories", sourceDir(source, ""), 16, 4 << 20},
		} {
			t.Run(fmt.Sprintf("%d levels, %s", len(levels), c.name), func(t *testing.T) {
				w := acctest.NewWorkspace(t)
				w.Config(t, provider(repo, "")+c.config)
				before := repo.Commits(t, "main")
				requests, down := 0, int64(0)
				for _, step := range []func(){func() { saved(t, w) }, func() { w.Apply(t, "plan.out") }} {
					provided := w.Attach(t)
					server.ResetStats()
					step()
					requests, down = requests+server.Stats().Requests, down+server.Stats().MostRead(snapshotBudget)
					if peak := provided.PeakMemory(t); peak > memoryLimit {
						t.Errorf("it takes %d MiB, and may take %d", peak>>20, memoryLimit>>20)
					}
				}
				t.Logf("%d requests, %d KiB down", requests, down>>10)
				if requests > c.requests || down > c.bytes {
					t.Errorf("%d requests, %d bytes down; want at most %d and %d", requests, down, c.requests, c.bytes)
				}
				if n := repo.Commits(t, "main"); n != before+1 {
					t.Errorf("%d commits, want one more than %d", n, before)
				}
			})
		}
	}
}

package acctest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
)

// memoryLimit is the promise: so much memory at most, whatever the number and the size of files.
const memoryLimit = 64 << 20

func TestMemoryIsFlatInTheNumberAndTheSizeOfFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		dir     func(t *testing.T) string
		more    string
		besides string
	}{
		"10,000 files of 20 KB": {func(t *testing.T) string { return directory(t, 10_000, 20_000) }, "", ""},
		"10,000 files of 20 KB that wait for a commit": {
			func(t *testing.T) string { return directory(t, 10_000, 20_000) }, explicit, namingSets("c", "f"),
		},
		"one file of 1 GiB": {func(t *testing.T) string {
			dir := t.TempDir()
			f, err := os.Create(filepath.Join(dir, "large"))
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Truncate(1 << 30); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			return dir
		}, "limits = { max_object_size = \"1GiB\" }", ""},
	} {
		t.Run(name, func(t *testing.T) {
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, tc.more)+sourceDir(tc.dir(t), "")+tc.besides)
			for _, step := range []struct {
				name string
				run  func(testing.TB, ...string)
			}{{"creation", func(t testing.TB, _ ...string) { w.Apply(t) }}, {"a plan without changes", w.Clean}} {
				provided := w.Attach(t) // no engine plans and plans again with the same process
				step.run(t)
				peak := provided.PeakMemory(t)
				t.Logf("after %s: %d MiB at most", step.name, peak>>20)
				if peak > memoryLimit {
					t.Errorf("%s takes %d MiB, and may take %d", step.name, peak>>20, memoryLimit>>20)
				}
			}
		})
	}
}

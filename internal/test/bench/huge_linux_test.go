package bench

import (
	"fmt"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// BenchmarkHugeApply plans and applies, with a real engine, a single file into a repository of
// 300,000 files in 6,000 directories, and a thousand files into a hundred of those directories.
func BenchmarkHugeApply(b *testing.B) {
	server := gittest.New(b, gittest.Options{})
	repo := server.NewRepo(b, "huge.git", gittest.RepoOptions{})
	paths := gittest.Paths(gittest.Level{Name: "region", Count: 10}, gittest.Level{Name: "team", Count: 20},
		gittest.Level{Name: "service", Count: 30}, gittest.Level{Name: "file", Count: 50})
	if err := repo.Grow(paths); err != nil {
		b.Fatal(err)
	}
	base := repo.Head(b)
	for _, n := range []int{1, 1_000} {
		b.Run(fmt.Sprintf("%d files", n), func(b *testing.B) {
			dir := b.TempDir()
			if err := gittest.Scatter(dir, paths, n); err != nil {
				b.Fatal(err)
			}
			var requests, received, peak int64
			for b.Loop() {
				w := acctest.NewWorkspace(b)
				w.Config(b, fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\nresource \"nanogit_files\" \"f\" {\n  source_dir = %q\n}\n", repo.URL(), dir))
				provider := w.Attach(b)
				server.ResetStats()
				w.Plan(b, "-out=plan")
				w.Apply(b, "plan")
				st := server.Stats()
				requests, received = requests+int64(st.Requests), received+st.BytesOut
				peak = max(peak, provider.PeakMemory(b))
				if commits := repo.Commits(b, base+"..main"); commits != 1 {
					b.Fatalf("%d commits, want one", commits)
				}
				repo.Git(b, "update-ref", repo.Ref(), base)
			}
			b.ReportMetric(float64(requests)/float64(b.N), "requests")
			b.ReportMetric(float64(received)/float64(b.N)/1024, "received-KiB")
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
		})
	}
}

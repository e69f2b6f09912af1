package provider

import (
	"fmt"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/miniengine"
)

// BenchmarkFilesMap plans a nanogit_files whose files are written out in the configuration. The
// time for each file should not grow with their number.
func BenchmarkFilesMap(b *testing.B) {
	for _, n := range []int{100, 1_000} {
		b.Run(fmt.Sprintf("%d files", n), func(b *testing.B) {
			repo := gittest.New(b, gittest.Options{}).NewRepo(b, "r.git", gittest.RepoOptions{})
			files := map[string]any{}
			for i := range n {
				files[fmt.Sprintf("d%d/f%d", i%20, i)] = map[string]any{"content": fmt.Sprintf("content %d", i)}
			}
			config := miniengine.Config{Provider: map[string]any{"url": repo.URL()}, Resources: map[string]miniengine.Resource{
				"nanogit_files.f": {Type: "nanogit_files", Attributes: map[string]any{"files": files}},
			}}
			engine := &miniengine.Engine{State: miniengine.State{}, Parallelism: 1, Start: func(any) *miniengine.Process {
				p := New("test")
				return &miniengine.Process{Server: NewServer(p)(), Exit: p.Close, Abandon: func() { p.Abandon() }, Kill: func() {}}
			}}
			for b.Loop() {
				if plan, err := engine.Plan(b.Context(), config); err != nil || len(plan.Errors) > 0 {
					b.Fatal(err, plan.Errors)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/file")
		})
	}
}

//go:build unix

package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// manyFiles is the size of the larger apply. maxRatio is the limit of its wall time, as a multiple
// of the wall time of a single file: its report says whether the limit holds.
const (
	manyFiles = 1_201
	maxRatio  = 2.5
)

// BenchmarkApply applies a nanogit_files of a single file, and one of many, by turns: whole runs of
// the engine, which make a commit each.
func BenchmarkApply(b *testing.B) {
	server := gittest.New(b, gittest.Options{})
	one, many := newApply(b, server, 1), newApply(b, server, manyFiles)
	one.run(b) // the provider is built, and files are in the page cache
	many.run(b)
	var ratios []float64
	var singles, all []time.Duration
	for b.Loop() {
		single, whole := one.run(b), many.run(b)
		singles, all = append(singles, single), append(all, whole)
		ratios = append(ratios, float64(whole)/float64(single))
	}
	slices.Sort(ratios)
	slices.Sort(singles)
	slices.Sort(all)
	ratio := ratios[len(ratios)/2]
	b.ReportMetric(ratio, "ratio")
	b.ReportMetric(float64(singles[len(singles)/2].Milliseconds()), "one-file-ms")
	b.ReportMetric(float64(all[len(all)/2].Milliseconds()), "many-files-ms")
	verdict := "within"
	if ratio > maxRatio {
		verdict = "BEYOND"
	}
	fmt.Printf("\napply of %s files by source_dir: %.2f times that of one file, %s the aim of %.1f (median of %d; %d ms and %d ms)\n\n", thousands(manyFiles),
		ratio, verdict, maxRatio, len(ratios), all[len(all)/2].Milliseconds(), singles[len(singles)/2].Milliseconds())
}

// apply is a configuration of some files, and the branch that they go to.
type apply struct {
	files int
	repo  *gittest.Repo
	base  string
	w     *acctest.Workspace
}

func newApply(b *testing.B, server *gittest.Server, files int) *apply {
	b.Helper()
	dir := b.TempDir()
	random := rand.New(rand.NewPCG(3, uint64(files)))
	for i := range files {
		name := filepath.Join(dir, fmt.Sprintf("d%02d", i/100), fmt.Sprintf("f%04d.yaml", i))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(yaml(random, 1_800+random.IntN(500))), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	a := &apply{files: files, repo: server.NewRepo(b, fmt.Sprintf("apply-%d.git", files), gittest.RepoOptions{}), w: acctest.NewWorkspace(b)}
	a.base = a.repo.Head(b)
	a.w.Config(b, fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\nresource \"nanogit_files\" \"f\" {\n  source_dir = %q\n}\n", a.repo.URL(), dir))
	return a
}

// run applies into the repository's first commit and returns the time. Afterwards it resets the
// branch and the state.
func (a *apply) run(b *testing.B) time.Duration {
	b.Helper()
	begin := time.Now()
	a.w.Apply(b)
	took := time.Since(begin)
	if commits, files := a.repo.Commits(b, a.base+"..main"), len(a.repo.Tree(b, "main")); commits != 1 || files != a.files+1 {
		b.Fatalf("%d files took %d commits and the branch has %d files, want one commit and %d", a.files, commits, files, a.files+1)
	}
	a.repo.Git(b, "update-ref", a.repo.Ref(), a.base)
	if err := os.Remove(filepath.Join(a.w.Dir, "terraform.tfstate")); err != nil {
		b.Fatal(err)
	}
	return took
}

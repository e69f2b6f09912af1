//go:build unix

package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// contents are the files with which the staging modes are compared.
var contents = []struct {
	name string
	n    int
	make func(random *rand.Rand) []byte
}{
	{"10000_files_of_2_KB", 10_000, func(random *rand.Rand) []byte { return []byte(yaml(random, 2_000)) }},
	{"3000_files_of_20_KB", 3_000, func(random *rand.Rand) []byte {
		data := make([]byte, 20_000)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		return data
	}},
}

// floorMode stands for the least that a push takes: reading, hashing and deflating the same files.
const floorMode = "floor"

var modes = []string{"memory", "disk", "auto"}

// BenchmarkModes pushes the same files in each staging mode. The modes and the floor take turns, so
// that other load of the machine affects all of them; each figure is a median.
//
//	disk/best-cpu    CPU time of a mode as a multiple of that of the best mode
//	best/floor-cpu   that of the best mode as a multiple of the floor's
func BenchmarkModes(b *testing.B) {
	client := buildClient(b)
	for _, c := range contents {
		b.Run(c.name, func(b *testing.B) {
			server := gittest.New(b, gittest.Options{})
			repo := server.NewRepo(b, "r.git", gittest.RepoOptions{})
			base := repo.Head(b)
			jobs := modeJobs(b, repo, c.n, c.make)
			runs := map[string][]figures{}
			tree := ""
			for b.Loop() {
				for mode, file := range jobs {
					used := client.run(b, file)
					runs[mode] = append(runs[mode], figures{cpu: float64(used.CPU.Microseconds()) / 1_000, peak: float64(used.Peak) / (1 << 20)})
					if mode == floorMode {
						continue
					}
					got := repo.Git(b, "rev-parse", repo.Branch+"^{tree}")
					if tree == "" {
						tree = got
					}
					if got != tree || repo.Head(b) == base {
						b.Fatalf("%s: the branch has tree %s, want %s", mode, got, tree)
					}
					repo.Git(b, "update-ref", repo.Ref(), base)
				}
			}
			compareModes(b, runs)
		})
	}
}

// modeJobs writes the files and a job for each mode and the floor.
func modeJobs(b *testing.B, repo *gittest.Repo, n int, content func(*rand.Rand) []byte) map[string]string {
	b.Helper()
	dir := b.TempDir()
	random := rand.New(rand.NewPCG(3, 4))
	var files []file
	for i := range n {
		f := file{Path: fmt.Sprintf("d%02d/f%05d", i/100, i), Source: filepath.Join(dir, fmt.Sprint(i))}
		if err := os.WriteFile(f.Source, content(random), 0o600); err != nil {
			b.Fatal(err)
		}
		files = append(files, f)
	}
	jobs := map[string]string{}
	for _, mode := range append(slices.Clone(modes), floorMode) {
		j := job{
			URL: repo.URL(), Branch: repo.Branch, Op: "write", Mode: mode, Files: files, Message: "Bench", Name: "Bench",
			Email: "bench@example.com", When: 1_700_000_000, Out: filepath.Join(dir, "out.json"), TmpDir: dir,
		}
		if mode == floorMode {
			j.Op, j.Mode = "floor", ""
		}
		raw, err := json.Marshal(j)
		if err != nil {
			b.Fatal(err)
		}
		jobs[mode] = filepath.Join(dir, mode+".json")
		if err := os.WriteFile(jobs[mode], raw, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return jobs
}

// compareModes reports the medians and their ratios.
func compareModes(b *testing.B, runs map[string][]figures) {
	b.Helper()
	cpu := map[string]float64{}
	for mode, all := range runs {
		f := medians(all)
		cpu[mode] = f.cpu
		b.ReportMetric(f.cpu, mode+"-cpu-ms")
		b.ReportMetric(f.peak, mode+"-peak-MiB")
	}
	best := min(cpu["memory"], cpu["disk"], cpu["auto"])
	for _, mode := range modes {
		b.ReportMetric(cpu[mode]/best, mode+"/best-cpu")
	}
	b.ReportMetric(best/cpu[floorMode], "best/floor-cpu")
}

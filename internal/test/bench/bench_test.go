//go:build unix

package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

var sizes = []int{1, 100, 1_000, 10_000}

// BenchmarkWrite pushes a commit of so many files to a repository of so many files. Each figure is
// the median of the runs.
func BenchmarkWrite(b *testing.B) {
	client := buildClient(b)
	var rows []row
	for _, l := range layouts {
		name := fmt.Sprintf("%d_files", l.files)
		if l.references > 0 {
			name += fmt.Sprintf("_%d_references", l.references)
		}
		b.Run(name, func(b *testing.B) {
			server := gittest.New(b, gittest.Options{})
			repo := l.build(b, server)
			for _, n := range l.sizes {
				b.Run(fmt.Sprintf("%d_written", n), func(b *testing.B) {
					rows = append(rows, row{l.name(), n, write(b, client, server, repo, newJob(b, l, n))})
				})
			}
		})
	}
	table(rows)
}

// job is a job for the client; see its own job type.
type job struct {
	URL     string `json:"url"`
	Branch  string `json:"branch"`
	Op      string `json:"op"`
	Mode    string `json:"mode"`
	Files   []file `json:"files"`
	Message string `json:"message"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	When    int64  `json:"when"`
	Out     string `json:"out"`
	TmpDir  string `json:"tmpdir"`

	ids map[string]string // by path: the blob id that git computes
}

type file struct {
	Path   string `json:"path"`
	Source string `json:"srcfile"`
	Update bool   `json:"update"`
}

// newJob writes the content of n files and has git hash it.
func newJob(b *testing.B, l layout, n int) *job {
	b.Helper()
	dir := b.TempDir()
	random := rand.New(rand.NewPCG(2, uint64(n)))
	j := &job{
		Branch: "main", Op: "write", Message: "Bench", Name: "Bench", Email: "bench@example.com", When: 1_700_000_000,
		Out: filepath.Join(dir, "out.json"), TmpDir: dir, ids: map[string]string{},
	}
	var sources strings.Builder
	for i, p := range l.targets(n) {
		f := file{Path: p, Source: filepath.Join(dir, strconv.Itoa(i)), Update: n == 1}
		if err := os.WriteFile(f.Source, []byte(yaml(random, 1_800+random.IntN(500))), 0o600); err != nil {
			b.Fatal(err)
		}
		j.Files = append(j.Files, f)
		fmt.Fprintln(&sources, f.Source)
	}
	cmd := exec.CommandContext(b.Context(), "git", "hash-object", "--no-filters", "--stdin-paths")
	cmd.Env, cmd.Dir, cmd.Stdin = gittest.Env(), dir, strings.NewReader(sources.String())
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	for i, id := range strings.Fields(string(out)) {
		j.ids[j.Files[i].Path] = id
	}
	return j
}

// row is the result of a benchmark: medians.
type row struct {
	repository string
	written    int
	figures
}

// figures are the costs of a run.
type figures struct {
	cpu, wall      float64 // milliseconds
	peak           float64 // MiB
	requests       float64
	sent, received float64 // KiB on the wire
}

// medians of each figure over some runs.
func medians(runs []figures) figures {
	of := func(figure func(figures) float64) float64 {
		values := make([]float64, len(runs))
		for i, r := range runs {
			values[i] = figure(r)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return figures{
		cpu: of(func(f figures) float64 { return f.cpu }), wall: of(func(f figures) float64 { return f.wall }),
		peak: of(func(f figures) float64 { return f.peak }), requests: of(func(f figures) float64 { return f.requests }),
		sent: of(func(f figures) float64 { return f.sent }), received: of(func(f figures) float64 { return f.received }),
	}
}

// write runs the job as often as the benchmark asks for, each time on the branch as it was built.
func write(b *testing.B, client client, server *gittest.Server, repo *gittest.Repo, j *job) figures {
	b.Helper()
	base := repo.Head(b)
	want := repo.Tree(b, base)
	for path, id := range j.ids {
		want[path] = gittest.Entry{Mode: "100644", ID: id}
	}
	j.URL = repo.URL()
	raw, err := json.Marshal(j)
	if err != nil {
		b.Fatal(err)
	}
	jobFile := filepath.Join(j.TmpDir, "job.json")
	if err := os.WriteFile(jobFile, raw, 0o600); err != nil {
		b.Fatal(err)
	}
	var runs []figures
	for b.Loop() {
		server.ResetStats()
		c := client.run(b, jobFile)
		b.StopTimer()
		stats := server.Stats()
		runs = append(runs, figures{
			cpu: float64(c.CPU.Microseconds()) / 1_000, wall: float64(c.Wall.Microseconds()) / 1_000,
			peak: float64(c.Peak) / (1 << 20), requests: float64(stats.Requests),
			sent: float64(stats.BytesIn) / (1 << 10), received: float64(stats.BytesOut) / (1 << 10),
		})
		if got := repo.Tree(b, repo.Branch); !maps.Equal(got, want) {
			b.Fatalf("after the push the branch does not hold what was asked for: got %d files, want %d", len(got), len(want))
		}
		if got := repo.Commits(b, base+".."+repo.Branch); got != 1 {
			b.Fatalf("the push made %d commits, want 1", got)
		}
		repo.Git(b, "update-ref", repo.Ref(), base)
		b.StartTimer()
	}
	f := medians(runs)
	b.ReportMetric(f.cpu, "cpu-ms")
	b.ReportMetric(f.peak, "peak-MiB")
	b.ReportMetric(f.requests, "requests")
	b.ReportMetric(f.sent, "sent-KiB")
	b.ReportMetric(f.received, "received-KiB")
	return f
}

// table prints the table that README.md shows.
func table(rows []row) {
	fmt.Print("\n| files in the repository | files written | CPU, ms | peak memory, MiB | requests | sent, KiB | received, KiB | wall, ms |\n" +
		"| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range rows {
		fmt.Printf("| %s | %s | %.0f | %.0f | %.0f | %.0f | %.1f | %.0f |\n",
			r.repository, thousands(r.written), r.cpu, r.peak, r.requests, r.sent, r.received, r.wall)
	}
	fmt.Println()
}

// thousands writes 10000 as 10,000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	if len(s) > 3 {
		s = s[:len(s)-3] + "," + s[len(s)-3:]
	}
	return s
}

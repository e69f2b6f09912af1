package bench

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// paceFiles is the number of resources, by count. NANOGIT_BENCH_FILES sets another.
const paceFiles = 1_000

// paceSteps are the runs of the engine that are measured, in their order.
var paceSteps = []string{"plan", "apply", "plan again"}

// BenchmarkPace measures plan and apply of 1,000 resources of one file each, and beside them those
// of terraform_data, local_file and time_static, by turns in one run: wall time, the CPU of
// provider and engine, the provider's peak memory, requests and commits. The last turn signs its
// commits. NANOGIT_BENCH_TURNS names the turns to make, with commas; by default all.
func BenchmarkPace(b *testing.B) {
	files := fileCount(b)
	peers := buildPeers(b)
	server := gittest.New(b, gittest.Options{})
	jobs := []*pace{
		newPace(b, "data", peers, nil, files, dataConfig),
		newPace(b, "local", peers, nil, files, localConfig),
		newPace(b, "time", peers, nil, files, timeConfig),
		newPace(b, "explicit", peers, server, files, explicitConfig),
		newPace(b, "explicit-100", peers, server, files, explicitConfig, "-parallelism=100"),
		newPace(b, "auto", peers, server, files, autoConfig),
		newPace(b, "auto-100", peers, server, files, autoConfig, "-parallelism=100"),
		newPace(b, "signed", peers, server, files, signedConfig(b)),
	}
	if turns := os.Getenv("NANOGIT_BENCH_TURNS"); turns != "" {
		jobs = slices.DeleteFunc(jobs, func(j *pace) bool { return !slices.Contains(strings.Split(turns, ","), j.name) })
	}
	for b.Loop() {
		for _, j := range jobs {
			j.turn(b)
		}
	}
	fmt.Printf("\n%-12d %-14s %9s %9s %9s %9s %9s %9s\n", files, "", "wall ms", "engine ms", "CPU ms", "peak MiB", "requests", "commits")
	for _, j := range jobs {
		for _, step := range paceSteps {
			c := j.median(step)
			fmt.Printf("%-12s %-14s %9d %9d %9d %9.1f %9d %9d\n", j.name, step, c.wall.Milliseconds(), c.engine.Milliseconds(),
				c.provider.Milliseconds(), float64(c.peak)/(1<<20), c.requests, c.commits)
			name := j.name + "-" + strings.ReplaceAll(step, " ", "-")
			b.ReportMetric(float64(c.wall.Milliseconds()), name+"-ms")
			b.ReportMetric(float64(c.provider.Milliseconds()), name+"-cpu-ms")
			b.ReportMetric(float64(c.peak)/(1<<20), name+"-peak-MiB")
			b.ReportMetric(float64(c.commits), name+"-commits")
		}
	}
}

// fileCount is the number of resources.
func fileCount(b *testing.B) int {
	b.Helper()
	text := os.Getenv("NANOGIT_BENCH_FILES")
	if text == "" {
		return paceFiles
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatalf("NANOGIT_BENCH_FILES: %v", err)
	}
	return n
}

// pace is a configuration that is planned and applied.
type pace struct {
	name   string
	e      *engine
	repo   *gittest.Repo // nil for none
	server *gittest.Server
	base   string
	args   []string
	took   map[string][]measured

	between func() // called after each turn; nil for nothing
}

type measured struct {
	usage
	requests, commits int
	received          int64 // bytes of answers
}

func newPace(b *testing.B, name, peers string, server *gittest.Server, files int, config func(repo *gittest.Repo, files int) string, args ...string) *pace {
	b.Helper()
	p := &pace{name: name, e: newEngine(b, peers), server: server, args: args, took: map[string][]measured{}}
	if server != nil {
		p.repo = server.NewRepo(b, strings.NewReplacer(" ", "-", ",", "").Replace(name)+".git", gittest.RepoOptions{})
		p.base = p.repo.Head(b)
	}
	p.e.w.Config(b, config(p.repo, files))
	return p
}

// turn plans, applies and plans again, from nothing.
func (p *pace) turn(b *testing.B) {
	b.Helper()
	p.step(b, "plan", "plan")
	p.step(b, "apply", "apply", "-auto-approve")
	p.step(b, "plan again", "plan", "-detailed-exitcode")
	for _, name := range []string{"terraform.tfstate", "files"} {
		if err := os.RemoveAll(filepath.Join(p.e.w.Dir, name)); err != nil {
			b.Fatal(err)
		}
	}
	if p.repo != nil {
		p.repo.Git(b, "update-ref", p.repo.Ref(), p.base)
	}
	if p.between != nil {
		p.between()
	}
}

func (p *pace) step(b *testing.B, step string, args ...string) {
	b.Helper()
	var m measured
	var before gittest.Stats
	head := ""
	if p.repo != nil {
		before, head = p.server.Stats(), p.repo.Head(b)
	}
	m.usage = p.e.run(b, append(append(args, "-no-color", "-input=false"), p.args...)...)
	if p.repo != nil {
		after := p.server.Stats()
		m.requests, m.received = after.Requests-before.Requests, after.BytesOut-before.BytesOut
		m.commits = p.repo.Commits(b, head+"..main")
	}
	p.took[step] = append(p.took[step], m)
}

// median is the run of a step with the median of the provider's CPU.
func (p *pace) median(step string) measured {
	all := slices.SortedFunc(slices.Values(p.took[step]), func(a, b measured) int { return cmp.Compare(a.provider, b.provider) })
	m := all[len(all)/2]
	walls := make([]time.Duration, len(all))
	for i := range all {
		walls[i] = all[i].wall
	}
	m.wall = median(walls)
	return m
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

func dataConfig(_ *gittest.Repo, files int) string {
	return fmt.Sprintf("resource \"terraform_data\" \"f\" {\n  count = %d\n  input = \"key: ${count.index}\\n\"\n}\n", files)
}

func localConfig(_ *gittest.Repo, files int) string {
	return fmt.Sprintf("resource \"local_file\" \"f\" {\n  count    = %d\n  filename = \"files/d${count.index %% 10}/f${count.index}.yaml\"\n"+
		"  content  = \"key: ${count.index}\\n\"\n}\n", files)
}

func timeConfig(_ *gittest.Repo, files int) string {
	return fmt.Sprintf("resource \"time_static\" \"f\" {\n  count    = %d\n  triggers = { key = \"key: ${count.index}\" }\n}\n", files)
}

func explicitConfig(repo *gittest.Repo, files int) string {
	return fmt.Sprintf("provider \"nanogit\" {\n  url         = %q\n  commit_mode = \"explicit\"\n}\n", repo.URL()) + nanogitFiles(files) +
		"resource \"nanogit_commit\" \"c\" {\n  message = \"All\"\n  files   = { for f in nanogit_file.f : f.path => f.blob_id }\n}\n"
}

func autoConfig(repo *gittest.Repo, files int) string {
	return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\n", repo.URL()) + nanogitFiles(files)
}

// signedConfig is autoConfig with commits that an SSH key signs.
func signedConfig(b *testing.B) func(repo *gittest.Repo, files int) string {
	b.Helper()
	key := filepath.Join(b.TempDir(), "key")
	if out, err := exec.CommandContext(b.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		b.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	return func(repo *gittest.Repo, files int) string {
		return fmt.Sprintf("provider \"nanogit\" {\n  url    = %q\n  commit = { signing = { format = \"ssh\", private_key_file = %q } }\n}\n", repo.URL(), key) + nanogitFiles(files)
	}
}

func nanogitFiles(files int) string {
	return fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  count   = %d\n  path    = \"d${count.index %% 10}/f${count.index}.yaml\"\n"+
		"  content = \"key: ${count.index}\\n\"\n}\n", files)
}

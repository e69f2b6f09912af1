package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// BenchmarkScale measures the guide to scale: the same files in several ways of writing a
// configuration, more and more files, and a few files in large repositories. Each figure is the
// median of the runs.
func BenchmarkScale(b *testing.B) {
	server := gittest.New(b, gittest.Options{})
	b.Run("ways", func(b *testing.B) { ways(b, server) })
	b.Run("files", func(b *testing.B) { growth(b, server) })
	b.Run("touched", func(b *testing.B) { touched(b, server) })
}

// ways are 1,000 files of a line each, written in different ways. In each of them a single commit
// has all files.
func ways(b *testing.B, server *gittest.Server) {
	b.Helper()
	const list = "locals {\n  files = [for i in range(%d) : { path = \"d${i %% 10}/f${i}.yaml\", content = \"key: ${i}\\n\" }]\n" +
		"  by_path = { for f in local.files : f.path => f.content }\n}\n"
	const commit = "resource \"nanogit_commit\" \"c\" {\n  message = \"All\"\n  files   = { for f in nanogit_file.f : f.path => f.blob_id }\n}\n"
	one := func(body string) func(*gittest.Repo, int) string {
		return func(repo *gittest.Repo, files int) string {
			return fmt.Sprintf("provider \"nanogit\" {\n  url         = %q\n  commit_mode = \"explicit\"\n}\n", repo.URL()) +
				fmt.Sprintf(list, files) + "resource \"nanogit_file\" \"f\" {\n" + strings.ReplaceAll(body, "COUNT", fmt.Sprint(files)) + "}\n" + commit
		}
	}
	many := func(body string) func(*gittest.Repo, int) string {
		return func(repo *gittest.Repo, files int) string {
			return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\n", repo.URL()) + fmt.Sprintf(list, files) + "resource \"nanogit_files\" \"f\" {\n" + body + "}\n"
		}
	}
	for _, way := range []struct {
		name   string
		config func(*gittest.Repo, int) string
	}{
		{"count", one("  count   = COUNT\n  path    = \"d${count.index % 10}/f${count.index}.yaml\"\n  content = \"key: ${count.index}\\n\"\n")},
		{"count over a list", one("  count   = length(local.files)\n  path    = local.files[count.index].path\n  content = local.files[count.index].content\n")},
		{"for_each over a local", one("  for_each = local.by_path\n  path     = each.key\n  content  = each.value\n")},
		{"for_each over an expression", one("  for_each = { for f in local.files : f.path => f.content }\n  path     = each.key\n  content  = each.value\n")},
		{"nanogit_files, files", many("  files = { for path, text in local.by_path : path => { content = text } }\n")},
		{"nanogit_files, source_dir", many("  source_dir = \"src\"\n")},
	} {
		b.Run(way.name, func(b *testing.B) {
			files := fileCount(b)
			p := newPace(b, way.name, "", server, files, way.config)
			for i := range files {
				name := filepath.Join(p.e.w.Dir, "src", fmt.Sprintf("d%d", i%10), fmt.Sprintf("f%d.yaml", i))
				if err := writeFile(name, fmt.Sprintf("key: %d\n", i)); err != nil {
					b.Fatal(err)
				}
			}
			p.report(b)
		})
	}
}

// growth is a nanogit_files of more and more files of 2 KB by source_dir, and beside it what one
// would do by hand: git add, git commit, git push, in a clone.
func growth(b *testing.B, server *gittest.Server) {
	b.Helper()
	for _, n := range []int{100, 1_000, 10_000, 50_000} {
		b.Run(fmt.Sprintf("%d files", n), func(b *testing.B) {
			random := rand.New(rand.NewPCG(4, uint64(n)))
			p := newPace(b, fmt.Sprintf("growth-%d", n), "", server, n, func(repo *gittest.Repo, _ int) string {
				return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\nresource \"nanogit_files\" \"f\" {\n  source_dir = \"src\"\n}\n", repo.URL())
			})
			worktree := filepath.Join(b.TempDir(), "clone")
			for i := range n {
				text := yaml(random, 1_800+random.IntN(500))
				for _, dir := range []string{filepath.Join(p.e.w.Dir, "src"), worktree} {
					if err := writeFile(filepath.Join(dir, fmt.Sprintf("d%d", i/1000), fmt.Sprintf("f%d.yaml", i)), text); err != nil {
						b.Fatal(err)
					}
				}
			}
			var byHand []time.Duration
			p.between = func() { byHand = append(byHand, pushByHand(b, p, worktree)) }
			p.report(b)
			b.ReportMetric(float64(median(byHand).Milliseconds()), "git-ms")
			b.ReportMetric(float64(p.median("apply").wall)/float64(median(byHand)), "apply/git")
		})
	}
}

// pushByHand adds, commits and pushes all files of a working tree, and returns the wall time. It is
// that of a new clone each time, and the branch is reset: no object is there before. The server has
// them, unreachable, for both ways alike.
func pushByHand(b *testing.B, p *pace, worktree string) time.Duration {
	b.Helper()
	fresh := filepath.Join(b.TempDir(), "fresh")
	p.repo.Git(b, "clone", "-q", "--no-checkout", p.repo.URL(), fresh)
	for _, err := range []error{
		os.RemoveAll(filepath.Join(worktree, ".git")), os.Rename(filepath.Join(fresh, ".git"), filepath.Join(worktree, ".git")), os.RemoveAll(fresh),
	} {
		if err != nil {
			b.Fatal(err)
		}
	}
	git(b, worktree, "read-tree", "HEAD")
	begin := time.Now()
	for _, args := range [][]string{{"add", "--all"}, {"commit", "-q", "-m", "All"}, {"push", "-q", "origin", "HEAD:main"}} {
		git(b, worktree, args...)
	}
	took := time.Since(begin)
	p.repo.Git(b, "update-ref", p.repo.Ref(), p.base)
	return took
}

func git(b *testing.B, dir string, args ...string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), "git", append([]string{"-C", dir, "-c", "user.name=Bench", "-c", "user.email=bench@example.com"}, args...)...)
	cmd.Env = gittest.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

// touched is a nanogit_files of some new files: in a single directory that has 10,000 others, and
// in a hundred directories of a repository of 300,000.
func touched(b *testing.B, server *gittest.Server) {
	b.Helper()
	for _, l := range []struct {
		name  string
		paths []string
	}{
		{"a directory of 10,000", gittest.Paths(gittest.Level{Name: "dir", Count: 1}, gittest.Level{Name: "file", Count: 10_000})},
		{"a repository of 300,000", gittest.Paths(gittest.Level{Name: "region", Count: 10}, gittest.Level{Name: "team", Count: 20},
			gittest.Level{Name: "service", Count: 30}, gittest.Level{Name: "file", Count: 50})},
	} {
		grown := server.NewRepo(b, fmt.Sprintf("touched-%d.git", len(l.paths)), gittest.RepoOptions{})
		if err := grown.Grow(l.paths); err != nil {
			b.Fatal(err)
		}
		for _, n := range []int{1, 10, 100, 1_000} {
			b.Run(fmt.Sprintf("%s, %d files", l.name, n), func(b *testing.B) {
				p := &pace{name: "touched", e: newEngine(b, ""), server: server, repo: grown, base: grown.Head(b), took: map[string][]measured{}}
				p.e.w.Config(b, fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\nresource \"nanogit_files\" \"f\" {\n  source_dir = \"src\"\n}\n", grown.URL()))
				if err := gittest.Scatter(filepath.Join(p.e.w.Dir, "src"), l.paths, n); err != nil {
					b.Fatal(err)
				}
				p.report(b)
			})
		}
	}
}

// report takes turns and reports the medians.
func (p *pace) report(b *testing.B) {
	b.Helper()
	for b.Loop() {
		p.turn(b)
	}
	for _, step := range paceSteps {
		m, name := p.median(step), strings.ReplaceAll(step, " ", "-")
		b.ReportMetric(float64(m.wall.Milliseconds()), name+"-ms")
		b.ReportMetric(float64(m.provider.Milliseconds()), name+"-cpu-ms")
		b.ReportMetric(float64(m.engine.Milliseconds()), name+"-engine-ms")
		b.ReportMetric(float64(m.peak)/(1<<20), name+"-peak-MiB")
		b.ReportMetric(float64(m.requests), name+"-requests")
		b.ReportMetric(float64(m.received)/(1<<10), name+"-received-KiB")
	}
	b.ReportMetric(float64(p.median("apply").commits), "commits")
}

func writeFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}

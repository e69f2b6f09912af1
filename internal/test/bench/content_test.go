//go:build unix

package bench

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// layout is the shape of a repository: names of nested directories with how many there are, and
// files in each of the last.
type layout struct {
	files  int // in all
	levels []gittest.Level
	// references is the number of further references.
	references int
	sizes      []int // how many files are written
}

var layouts = []layout{
	{files: 100, levels: []gittest.Level{{Name: "dir", Count: 10}, {Name: "file", Count: 10}}, sizes: sizes},
	{files: 5_000, levels: []gittest.Level{{Name: "team", Count: 10}, {Name: "service", Count: 10}, {Name: "file", Count: 50}}, sizes: sizes},
	{files: 50_000, levels: []gittest.Level{
		{Name: "region", Count: 20}, {Name: "team", Count: 10}, {Name: "service", Count: 10}, {Name: "file", Count: 25},
	}, sizes: sizes},
	{files: huge, levels: []gittest.Level{
		{Name: "region", Count: 10}, {Name: "team", Count: 20}, {Name: "service", Count: 30}, {Name: "file", Count: 50},
	}, sizes: []int{1, 1_000}},
	{files: 100, levels: []gittest.Level{{Name: "dir", Count: 10}, {Name: "file", Count: 10}}, references: 50_000, sizes: []int{1}},
}

// huge is the size of the repository of which every file would take minutes to make: its files
// share few contents.
const huge = 300_000

// name is the repository's name in the table.
func (l layout) name() string {
	if l.references > 0 {
		return thousands(l.files) + ", and " + thousands(l.references) + " references"
	}
	return thousands(l.files)
}

// paths lists every file of a repository, sorted.
func (l layout) paths() []string {
	paths := gittest.Paths(l.levels...)
	for i := range paths {
		paths[i] += ".yaml"
	}
	return paths
}

// build makes the repository, packed as a host would have it.
func (l layout) build(b *testing.B, s *gittest.Server) *gittest.Repo {
	b.Helper()
	r := s.NewRepo(b, fmt.Sprintf("files-%d.git", l.files), gittest.RepoOptions{Empty: true})
	if l.files >= huge {
		if err := r.Grow(l.paths()); err != nil {
			b.Fatal(err)
		}
		return r
	}
	random := rand.New(rand.NewPCG(1, uint64(l.files)))
	files := make(map[string]gittest.File, l.files)
	for _, p := range l.paths() {
		files[p] = gittest.File{Content: yaml(random, 600+random.IntN(900))}
	}
	r.Seed(b, files)
	r.Git(b, "repack", "-adq")
	if l.references > 0 {
		if err := r.AddRefs(l.references); err != nil {
			b.Fatal(err)
		}
	}
	return r
}

// targets are the paths of a job of n files: an existing file if n is 1, otherwise new files in 10,
// 50 or 200 directories, of which some are new; in the huge repository, new files in 100 existing
// directories.
func (l layout) targets(n int) []string {
	existing := l.paths()
	if n == 1 {
		return existing[len(existing)/2 : len(existing)/2+1]
	}
	var old []string
	for _, p := range existing {
		if dir := path.Dir(p); len(old) == 0 || old[len(old)-1] != dir {
			old = append(old, dir)
		}
	}
	spread := map[int]int{100: 10, 1_000: 50, 10_000: 200}[n]
	keep := spread
	if n > 100 {
		keep = spread / 2
	}
	if l.files >= huge {
		spread, keep = 100, 100
	}
	keep = min(keep, len(old))
	dirs := make([]string, 0, spread)
	for i := range keep {
		dirs = append(dirs, old[(2*i+1)*len(old)/(2*keep)])
	}
	for i := keep; i < spread; i++ {
		dirs = append(dirs, fmt.Sprintf("apps/team%02d/service%03d", (i-keep)/5, i-keep))
	}
	paths := make([]string, n)
	for i := range paths {
		paths[i] = fmt.Sprintf("%s/bench-%05d.yaml", dirs[i%spread], i)
	}
	slices.Sort(paths)
	return paths
}

var words = strings.Fields("name namespace replicas image port service deploy config cluster region zone team owner cost " +
	"label selector env value secret mount volume path host ingress rule backend limit request cpu memory probe node pool role")

// yaml returns n bytes that resemble configuration: they deflate to about a third.
func yaml(random *rand.Rand, n int) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: ConfigMap\ndata:\n")
	word := func() string { return words[random.IntN(len(words))] }
	for b.Len() < n {
		switch random.IntN(3) {
		case 0:
			fmt.Fprintf(&b, "  %s_%s: %q\n", word(), word(), word())
		case 1:
			fmt.Fprintf(&b, "  %s: %d\n", word(), random.IntN(100_000))
		default:
			fmt.Fprintf(&b, "  %s-%s: %016x\n", word(), word(), random.Uint64())
		}
	}
	return b.String()[:n]
}

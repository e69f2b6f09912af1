//go:build unix

package bench

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
)

// layout is the shape of a repository: names of nested directories with how many there are, and files in each of the last.
type layout struct {
	files  int // in all
	levels []level
}

type level struct {
	name  string
	count int
}

var layouts = []layout{
	{100, []level{{"dir", 10}, {"file", 10}}},
	{5_000, []level{{"team", 10}, {"service", 10}, {"file", 50}}},
	{50_000, []level{{"region", 20}, {"team", 10}, {"service", 10}, {"file", 25}}},
}

// paths lists every file of a repository, sorted.
func (l layout) paths() []string {
	paths := []string{""}
	for _, level := range l.levels {
		var deeper []string
		for _, p := range paths {
			for i := range level.count {
				deeper = append(deeper, path.Join(p, fmt.Sprintf("%s%03d", level.name, i)))
			}
		}
		paths = deeper
	}
	for i := range paths {
		paths[i] += ".yaml"
	}
	return paths
}

// build makes the repository, packed as a host would have it.
func (l layout) build(b *testing.B, s *gittest.Server) *gittest.Repo {
	b.Helper()
	r := s.NewRepo(b, fmt.Sprintf("files-%d.git", l.files), gittest.RepoOptions{Empty: true})
	random := rand.New(rand.NewPCG(1, uint64(l.files)))
	files := make(map[string]gittest.File, l.files)
	for _, p := range l.paths() {
		files[p] = gittest.File{Content: yaml(random, 600+random.IntN(900))}
	}
	r.Seed(b, files)
	r.Git(b, "repack", "-adq")
	return r
}

// targets are the paths of a job of n files: one existing file, or new ones in 10, 50 or 200 directories, some of them new.
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

// yaml is n bytes of what configuration looks like: it deflates to about a third.
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

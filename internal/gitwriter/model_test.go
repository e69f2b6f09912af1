package gitwriter_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// model is the expected content of the branch: a map of files that knows that a path is either a
// file or a directory.
type model map[string]gittest.Entry

// blocked reports whether path cannot be a file: something is below it, or a file is above it.
func (m model) blocked(path string) bool {
	for have := range m {
		if strings.HasPrefix(have, path+"/") || strings.HasPrefix(path, have+"/") {
			return true
		}
	}
	return false
}

// TestRandomChangesMatchAModel makes random commits of random changes, with foreign commits in
// between, and compares the branch with a model after each. When the test ends, git checks every
// pack that was pushed, and the repository.
func TestRandomChangesMatchAModel(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		seed, f := rand.Uint64(), writertest.Formats[i%2]
		t.Run(fmt.Sprintf("%s seed %d", f, seed), func(t *testing.T) {
			t.Parallel()
			playModel(t, f, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

func playModel(t *testing.T, f writertest.Format, rnd *rand.Rand) {
	m := f.Memory(t, readme)
	names := []string{"a", "b", "a.b", "a-b", "a0", "ä"}
	path := func() string {
		p := names[rnd.IntN(len(names))]
		for range rnd.IntN(3) {
			p += "/" + names[rnd.IntN(len(names))]
		}
		return p
	}
	modes := []gitobj.Mode{gitobj.ModeFile, gitobj.ModeExec, gitobj.ModeSymlink}
	want := model(m.Tree(m.Head()))
	for step := range 25 {
		if rnd.IntN(4) == 0 {
			p := path()
			if !want.blocked(p) {
				m.CommitAsOther(t, map[string]string{p: fmt.Sprint("foreign ", step)})
				want[p] = gittest.Entry{Mode: "100644", ID: f.Blob(fmt.Sprint("foreign ", step)).String()}
			}
		}
		// Each commit comes from a process of its own, which does not know what the processes
		// before wrote.
		b := m.Branch(t)
		if rnd.IntN(2) == 0 {
			if _, err := b.Head(t.Context()); err != nil { // read early, so that a foreign commit makes the head move
				t.Fatal(err)
			}
			if p := path(); !want.blocked(p) {
				m.CommitAsOther(t, map[string]string{p: "late"})
				want[p] = gittest.Entry{Mode: "100644", ID: f.Blob("late").String()}
			}
		}
		next := maps.Clone(want)
		var changes []gitwriter.Change
		touched := map[string]bool{}
		var log []string
		for range 1 + rnd.IntN(5) {
			p := path()
			existing := slices.Sorted(maps.Keys(next))
			from := p
			if len(existing) > 0 {
				from = existing[rnd.IntN(len(existing))]
			}
			switch rnd.IntN(4) {
			case 0: // delete something that is there
				if touched[from] || len(existing) == 0 {
					continue
				}
				changes = append(changes, gitwriter.Change{Path: from, Delete: true})
				delete(next, from)
				touched[from] = true
			case 1: // rename
				if touched[from] || touched[p] || from == p || len(existing) == 0 || next[from].Mode == "160000" {
					continue
				}
				id, err := gitobj.ParseID(next[from].ID)
				if err != nil {
					t.Fatal(err)
				}
				mode, err := gitobj.ParseMode(next[from].Mode)
				if err != nil {
					t.Fatal(err)
				}
				e := next[from]
				delete(next, from)
				if next.blocked(p) {
					next[from] = e
					continue
				}
				next[p] = e
				changes = append(changes, gitwriter.Change{Path: p, From: from, Mode: mode, Blob: id})
				touched[from], touched[p] = true, true
			default:
				if touched[p] || next.blocked(p) {
					continue
				}
				c := writertest.Put(t, b, p, fmt.Sprint(step, rnd.IntN(3)))
				c.Mode = modes[rnd.IntN(len(modes))]
				changes = append(changes, c)
				next[p] = gittest.Entry{Mode: c.Mode.String(), ID: c.Blob.String()}
				touched[p] = true
			}
		}
		for _, c := range changes {
			log = append(log, c.String())
		}
		if len(changes) == 0 {
			continue
		}
		writertest.Commit(t, b, changes...)
		want = next
		if got := model(m.Tree(m.Head())); !maps.Equal(got, want) {
			t.Fatalf("step %d: %s\n got %v\nwant %v", step, strings.Join(log, ", "), got, want)
		}
	}
}

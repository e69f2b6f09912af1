package gitread_test

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// maxRefBytes bounds an answer about references, whatever their number.
const maxRefBytes = 64 << 10

// TestAHugeRepositoryCostsWhatIsTouched works on 300,000 files in 6,000 directories, and 50,000
// references.
func TestAHugeRepositoryCostsWhatIsTouched(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	paths := gittest.Paths(gittest.Level{Name: "region", Count: 10}, gittest.Level{Name: "team", Count: 20},
		gittest.Level{Name: "service", Count: 30}, gittest.Level{Name: "file", Count: 50})
	err := r.Grow(paths)
	if err == nil {
		err = r.AddRefs(50_000)
	}
	if err != nil {
		t.Fatal(err)
	}
	base, before := r.Head(t), r.Tree(t, r.Ref())
	var dirs []string // each in another directory of the level above
	for i := range 100 {
		dirs = append(dirs, path.Dir(paths[i*len(paths)/100]))
	}
	for _, c := range []struct {
		name     string
		into     []string
		files    int
		requests int
		bytes    int64
	}{
		{"one file", dirs[50:51], 1, 5, 512 << 10},
		{"a thousand files in a hundred directories", dirs, 1_000, 5, 512 << 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := writertest.Branch(t, r)
			s.ResetStats()
			want := map[string]string{}
			var changes []gitwriter.Change
			for i := range c.files {
				p, content := fmt.Sprintf("%s/new%d", c.into[i%len(c.into)], i), fmt.Sprint("new ", i)
				want[p] = content
				changes = append(changes, writertest.Put(t, b, p, content))
			}
			writertest.Commit(t, b, changes...)
			within(t, s, c.requests, c.bytes)
			after := r.Tree(t, r.Ref())
			for p, content := range want {
				if after[p].ID != writertest.BlobID(content).String() {
					t.Fatalf("%s is %v, want %s", p, after[p], writertest.BlobID(content))
				}
				delete(after, p)
			}
			if !maps.Equal(after, before) {
				t.Errorf("%d other files, want %d as they were", len(after), len(before))
			}
			r.Git(t, "update-ref", r.Ref(), base)
		})
	}
	t.Run("look-ups that come one by one, all over", func(t *testing.T) {
		b := begun(t, r)
		s.ResetStats()
		lookUpAll(t, b, before, dirs)
		// Three patient requests, then all, which are 7 MB; on a busy machine a few more are needed
		// before that.
		within(t, s, 11, 8<<20)
		if down := s.Stats().BytesOut; down > 8<<20 {
			t.Errorf("%d bytes down: more than all directories", down)
		}
	})
	t.Run("look-ups that come one by one, beside each other", func(t *testing.T) {
		near := map[string]bool{}
		for i := range 100 {
			near[path.Dir(paths[i*50])] = true
		}
		var beside []string
		for d := range near {
			beside = append(beside, d)
		}
		b := begun(t, r)
		s.ResetStats()
		lookUpAll(t, b, before, beside)
		within(t, s, 12, 1<<20)
		if down := s.Stats().BytesOut; down > 1<<20 {
			t.Errorf("%d bytes down: all directories, where a few were enough", down)
		}
	})
	t.Run("references", func(t *testing.T) { crowded(t, s, r) })
	t.Run("no filters", func(t *testing.T) {
		r.Git(t, "config", "uploadpack.allowFilter", "false")
		b := writertest.Branch(t, r)
		writertest.Commit(t, b, writertest.Put(t, b, dirs[50]+"/new", "new"))
		if got := r.Content(t, r.Ref(), dirs[50]+"/new"); got != "new" {
			t.Errorf("the file holds %q", got)
		}
		if n := len(r.Tree(t, r.Ref())); n != len(before)+1 {
			t.Errorf("%d files, want %d", n, len(before)+1)
		}
	})
}

// begun is a branch of which the upper directories have been read, so that no read is given up: a
// busy server notices it late.
func begun(t *testing.T, r *gittest.Repo) *gitqueue.Branch {
	t.Helper()
	b := writertest.Branch(t, r)
	if _, err := b.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// within fails the test if more was asked for or came down than may, or too much about references.
func within(t *testing.T, s *gittest.Server, requests int, bytes int64) {
	t.Helper()
	st := s.Stats()
	down := st.MostRead(160 << 10) // where a snapshot's first read is given up
	t.Logf("%d requests, %d KiB down", st.Requests, down>>10)
	if st.Requests > requests || down > bytes {
		t.Errorf("%d requests, %d bytes down; want at most %d and %d", st.Requests, down, requests, bytes)
	}
	for _, q := range st.Log {
		if q.Command == "ls-refs" && q.BytesOut > maxRefBytes {
			t.Errorf("an answer about references of %d bytes, want at most %d", q.BytesOut, maxRefBytes)
		}
	}
}

// lookUpAll finds files in each of the directories, ten at a time and in no order, as an engine
// does.
func lookUpAll(t *testing.T, b *gitqueue.Branch, tree map[string]gittest.Entry, dirs []string) {
	t.Helper()
	sought := map[string]bool{}
	for _, d := range dirs {
		for i := range 10 {
			sought[fmt.Sprintf("%s/file%04d", d, i)] = true
		}
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, 10)
	for p := range sought { // the order of a map is random
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if e, err := b.Lookup(t.Context(), p); err != nil || !e.Exists() || e.ID.String() != tree[p].ID {
				t.Errorf("%s: %v, %v, want %v", p, e, err, tree[p])
			}
		})
	}
	wg.Wait()
}

// crowded looks for branches and tags among very many, there or not.
func crowded(t *testing.T, s *gittest.Server, r *gittest.Repo) {
	for _, c := range []struct {
		name, branch, from string
		missing            bool
	}{
		{"the default branch", "", "", false},
		{"one of many branches", "crowd/012345", "", false},
		{"a new branch from one of many tags", "new", "crowd/040000", false},
		{"a new branch from a branch", "new", "main", false},
		{"no such branch", "new", "", true},
		{"the beginning of many branches", "crowd/0", "", true},
		{"nothing to begin from", "new", "crowd/0", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := writertest.Open(t, r, func(o *writertest.Options) { o.CreateFrom = c.from })
			s.Idle() // an answer that was given up before is counted when it ends
			s.ResetStats()
			b, err := repo.Branch(t.Context(), c.branch)
			if err == nil {
				_, err = b.Lookup(t.Context(), "README.md")
			}
			if c.missing != errors.Is(err, gitread.ErrNoBranch) || err != nil && !c.missing {
				t.Errorf("got error %v", err)
			}
			st := s.Stats()
			if n := len(slices.DeleteFunc(st.Log, func(q gittest.Request) bool { return q.Command != "ls-refs" })); n > 3 {
				t.Errorf("%d questions about references, want at most 3", n)
			}
			if strings.HasSuffix(c.branch+c.from, "crowd/0") {
				return // a server knows prefixes only; how much it had written when the answer was given up is not ours to say
			}
			within(t, s, 5, 512<<10)
		})
	}
}

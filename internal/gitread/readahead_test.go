package gitread_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// servers are the ways in which a server may deal with the filter of a first read; more is what
// each costs in requests, once in a process.
var servers = []struct {
	name   string
	server gittest.Options
	config map[string]string
	more   int
}{
	{"filters", gittest.Options{}, nil, 0},
	{"no combined filters", gittest.Options{}, map[string]string{"uploadpackfilter.combine.allow": "false"}, 1},
	{"no depths", gittest.Options{}, map[string]string{"uploadpackfilter.tree.maxDepth": "0"}, 1},
	{"no filters", gittest.Options{NoFilter: true}, map[string]string{"uploadpack.allowFilter": "false"}, 3},
}

func TestARefreshOfManyFilesTakesTwoRequestsHoweverDeepTheyAre(t *testing.T) {
	t.Parallel()
	for _, c := range servers {
		for _, depth := range []int{2, 3, 8} {
			t.Run(fmt.Sprintf("%s, %d levels", c.name, depth), func(t *testing.T) {
				t.Parallel()
				s := gittest.New(t, c.server)
				r := s.NewRepo(t, "r", gittest.RepoOptions{Config: c.config})
				files := map[string]string{}
				for i := range 400 {
					files[fmt.Sprintf("top%d/%sf%d", i%5, strings.Repeat(fmt.Sprintf("d%d/", i%17), depth-1), i)] = fmt.Sprint(i)
				}
				r.SeedText(t, files)
				s.ResetStats()
				lookUp(t, writertest.Branch(t, r), files)
				want := 2 + c.more
				if st := s.Stats(); st.Requests > want || st.Connections != 1 {
					t.Errorf("%d requests on %d connections, want at most %d on one", st.Requests, st.Connections, want)
				}
			})
		}
	}
}

// lookUp finds all files, ten at a time as an engine does.
func lookUp(t *testing.T, b *gitqueue.Branch, files map[string]string) {
	t.Helper()
	f, err := b.Format(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, 10)
	for path, content := range files {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if e, err := b.Lookup(t.Context(), path); err != nil || e.ID != (writertest.Format{Format: f}).Blob(content) {
				t.Errorf("%s: %v, %v", path, e, err)
			}
		})
	}
	wg.Wait()
}

// wide is a branch with 20 × 20 directories of 30 files; the directories alone take some hundred
// KiB.
func wide() map[string]string {
	files := map[string]string{}
	for d := range 400 {
		for f := range 30 {
			files[fmt.Sprintf("region%02d/team%d/service%02d/a-file-with-a-name-%02d", d%20, d%5, d/20, f)] = fmt.Sprint(d, f)
		}
	}
	return files
}

func TestOneFileOfALargeRepositoryCostsItsUpperDirectories(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	r.SeedText(t, wide())
	s.ResetStats()
	b := writertest.Branch(t, r)
	writertest.Commit(t, b, writertest.Put(t, b, "region07/team2/service13/new", "new"))
	st := s.Stats()
	if st.Requests != 5 {
		t.Errorf("%d requests, want ls-refs, a read that was given up, two reads and a push", st.Requests)
	}
	if n := keptReads(st); n > 100<<10 {
		t.Errorf("reads of %d bytes, want less than 100 KiB: directories that nobody asked for are among them", n)
	}
}

// keptReads is the size, in bytes, of all fetches but the largest, which was given up: the part of
// it that a server had written by then depends on the buffers between. The server notices the end
// late, so that their order tells nothing.
func keptReads(st gittest.Stats) (sum int64) {
	var largest int64
	for _, q := range st.Log {
		if q.Command == "fetch" {
			sum += q.BytesOut
			largest = max(largest, q.BytesOut)
		}
	}
	return sum - largest
}

func TestManyFilesOfALargeRepositoryTakeFewRequests(t *testing.T) {
	t.Parallel()
	for _, c := range servers[:3] {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", gittest.RepoOptions{Config: c.config})
			files := wide()
			r.SeedText(t, files)
			sought := map[string]string{}
			for path, content := range files {
				if strings.HasSuffix(path, "-07") {
					sought[path] = content
				}
			}
			s.ResetStats()
			lookUp(t, writertest.Branch(t, r), sought)
			// The default branch, a read that is given up, the upper directories, patient requests,
			// then all that is left. Where the upper ones cannot be asked for, there is a further
			// request more; two on a busy machine, on which look-ups come late.
			if st, most := s.Stats(), 12+2*c.more; st.Requests > most {
				t.Errorf("%d requests for %d files in as many directories, want at most %d: %+v", st.Requests, len(sought), most, st.Log)
			}
		})
	}
}

func TestLargeRepositoriesAreReadByNeed(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	files := map[string]string{}
	for d := range 300 {
		for f := range 30 {
			files[fmt.Sprintf("top%02d/dir%03d/file-with-a-name-%02d", d%10, d, f)] = fmt.Sprint(d, f)
		}
	}
	r.SeedText(t, files)
	s.ResetStats()
	b := writertest.Branch(t, r, func(o *writertest.Options) { o.SnapshotBudget = 16 << 10 })
	writertest.Commit(t, b, writertest.Put(t, b, "top03/dir123/new", "new"))
	st := s.Stats()
	if st.Requests > 7 {
		t.Errorf("%d requests, want at most ls-refs, four reads and a push", st.Requests)
	}
	// How much of the read that is cut off the server had written by then is no business of ours.
	if n := keptReads(st); n > 4*8<<10 {
		t.Errorf("reads of %d bytes: what is not on the way to the file was asked for", n)
	}
	if got := r.Content(t, r.Ref(), "top03/dir123/new"); got != "new" {
		t.Errorf("the file holds %q", got)
	}
	if n := len(r.Tree(t, r.Ref())); n != len(files)+2 {
		t.Errorf("%d files, want %d", n, len(files)+2)
	}
}

func TestBlobsAreReadTogether(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	files := map[string]string{}
	for i := range 50 {
		files[fmt.Sprintf("f%d", i)] = strings.Repeat(fmt.Sprint(i), 1000)
	}
	m.CommitAsOther(t, files)
	b := m.Branch(t)
	var ids []gitobj.ID
	var want []string
	for path, content := range files {
		e, err := b.Lookup(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		ids, want = append(ids, e.ID), append(want, content)
	}
	asked := since(m)
	got, err := b.ReadBlobs(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if string(got[i]) != want[i] {
			t.Errorf("blob %s differs", ids[i])
		}
	}
	if n, _ := asked(); n != 1 {
		t.Errorf("%d requests, want one", n)
	}
	if _, err := b.ReadBlob(t.Context(), gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte("not there")), 1<<20); err == nil {
		t.Error("a blob that the remote does not have was read")
	}
}

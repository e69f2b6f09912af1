package gitwriter_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// settings is n bytes that deflate to a third.
func settings(n int) string {
	var b strings.Builder
	for i := uint64(1); b.Len() < n; i++ {
		fmt.Fprintf(&b, "setting_%d = %x\n", i, i*i*0x9e3779b97f4a7c15)
	}
	return b.String()[:n]
}

// pushed is the size of the only push since the server was asked last, in bytes.
func pushed(t *testing.T, s *gittest.Server) int64 {
	t.Helper()
	p := s.Stats().ByService[gittest.ReceivePack]
	s.ResetStats()
	if p.Requests != 1 {
		t.Errorf("%d pushes, want 1", p.Requests)
	}
	return p.BytesIn
}

func TestAChangeOfAWideDirectoryIsPushedAsOne(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		s, r := f.Repo(t, gittest.RepoOptions{})
		files := map[string]string{}
		for i := range 5_000 {
			files[fmt.Sprintf("wide/file-%04d", i)] = fmt.Sprint(i % 700)
		}
		r.SeedText(t, files)
		b := writertest.Branch(t, r)
		if _, err := b.Format(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.ResetStats()
		for i, c := range []gitwriter.Change{
			writertest.Put(t, b, "wide/file-2500", "changed"), writertest.Put(t, b, "wide/more", "new"), {Path: "wide/file-0001", Delete: true},
		} {
			writertest.Commit(t, b, c)
			if n := pushed(t, s); n > 1_200 {
				t.Errorf("change %d: a push of %d bytes; the directory alone takes 120,000", i, n)
			}
		}
		r.Fsck(t)
		got := r.Tree(t, r.Ref())
		if len(got) != len(files)+1 || got["wide/file-2500"].ID != f.Blob("changed").String() || got["wide/more"].ID != f.Blob("new").String() {
			t.Errorf("%d files, %v and %v", len(got), got["wide/file-2500"], got["wide/more"])
		}
	})
}

func TestAChangeOfALargeFileIsPushedAsOneIfItWasRead(t *testing.T) {
	t.Parallel()
	was := settings(1 << 20)
	is := was[:500_000] + "changed" + was[500_000:]
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		for _, read := range []bool{true, false} {
			t.Run(fmt.Sprint("read: ", read), func(t *testing.T) {
				t.Parallel()
				s, r := f.Repo(t, gittest.RepoOptions{})
				r.SeedText(t, map[string]string{"dir/large": was, "dir/other": "x"})
				b := writertest.Branch(t, r)
				if _, err := b.Format(t.Context()); err != nil {
					t.Fatal(err)
				}
				if read {
					if _, err := b.ReadBlob(t.Context(), f.Blob(was), 1<<20); err != nil {
						t.Fatal(err)
					}
				}
				s.ResetStats()
				writertest.Commit(t, b, writertest.Put(t, b, "dir/large", is))
				st := s.Stats()
				if n := pushed(t, s); read != (n < 1_200) {
					t.Errorf("a push of %d bytes", n)
				}
				if n := st.Requests; n > 3 {
					t.Errorf("%d requests, want no more than without a delta", n)
				}
				r.Fsck(t)
				if got := r.Content(t, r.Ref(), "dir/large"); got != is {
					t.Errorf("the branch holds %d bytes, want %d", len(got), len(is))
				}
			})
		}
	})
}

// pushing answers a push.
type pushing = func(context.Context, gitwire.Push, gitwriter.Body) (gitwire.Report, error)

// fussy is a remote with an answer of its own to thin packs.
type fussy struct {
	*gitremote.Remote
	thin pushing

	mu           sync.Mutex
	thins, whole int
}

func (p *fussy) Push(ctx context.Context, req gitwire.Push, pack gitwriter.Body) (gitwire.Report, error) {
	p.mu.Lock()
	if req.Thin {
		p.thins++
	} else {
		p.whole++
	}
	p.mu.Unlock()
	if req.Thin {
		return p.thin(ctx, req, pack)
	}
	return p.Remote.Push(ctx, req, pack)
}

// TestAServerThatTakesNoDeltasGetsWholeObjects commits to servers that refuse thin packs each in
// its own way: it shows once, and nothing is lost.
func TestAServerThatTakesNoDeltasGetsWholeObjects(t *testing.T) {
	t.Parallel()
	dial := func(t *testing.T, r *gittest.Repo) *gitremote.Remote {
		t.Helper()
		remote, err := gitremote.Open(gitremote.Options{URL: r.URL(), Limits: gitremote.Limits{Backoff: time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { remote.Close() })
		return remote
	}
	for name, refuse := range map[string]func(*testing.T, *gittest.Server) pushing{
		// git itself, in a repository that has none of the objects that the deltas build upon.
		"it cannot resolve them": func(t *testing.T, s *gittest.Server) pushing {
			empty := dial(t, s.NewRepo(t, "empty", gittest.RepoOptions{Empty: true}))
			return func(ctx context.Context, req gitwire.Push, pack gitwriter.Body) (gitwire.Report, error) {
				report, err := empty.Push(ctx, req, pack)
				if err != nil || report.Unpack == "ok" {
					t.Errorf("git says %+v, %v", report, err)
				}
				return report, err
			}
		},
		"it says so": func(*testing.T, *gittest.Server) pushing {
			return func(context.Context, gitwire.Push, gitwriter.Body) (gitwire.Report, error) {
				return gitwire.Report{}, fmt.Errorf("push: %w", gitwire.ErrNoThin)
			}
		},
		"it hangs up": func(*testing.T, *gittest.Server) pushing {
			return func(context.Context, gitwire.Push, gitwriter.Body) (gitwire.Report, error) {
				return gitwire.Report{}, writertest.ErrLost
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			was := settings(100_000)
			files := map[string]string{"dir/large": was}
			for i := range 100 {
				files[fmt.Sprintf("dir/file%d", i)] = fmt.Sprint(i)
			}
			r.SeedText(t, files)
			p := &fussy{Remote: dial(t, r), thin: refuse(t, s)}
			b, err := writertest.OpenRemote(t.Context(), t, p).Branch(t.Context(), r.Branch)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.ReadBlob(t.Context(), writertest.BlobID(was), 1<<20); err != nil {
				t.Fatal(err)
			}
			writertest.Commit(t, b, writertest.Put(t, b, "dir/large", was+"more"), writertest.Put(t, b, "dir/new", "new"))
			writertest.Commit(t, b, writertest.Put(t, b, "dir/newer", "newer"), gitwriter.Change{Path: "dir/file7", Delete: true})
			if p.thins != 1 || p.whole != 2 {
				t.Errorf("%d thin pushes and %d whole ones, want 1 and 2", p.thins, p.whole)
			}
			got := r.Tree(t, r.Ref())
			for path, content := range map[string]string{"dir/large": was + "more", "dir/new": "new", "dir/newer": "newer", "dir/file8": "8"} {
				if got[path] != (gittest.Entry{Mode: "100644", ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(content)).String()}) {
					t.Errorf("%s is %v", path, got[path])
				}
			}
			if n := r.Commits(t, r.Ref()); n != 4 {
				t.Errorf("%d commits, want the two of the seed and two", n)
			}
		})
	}
}

package gitwriter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestFaultsAreSurvivedWithoutASecondCommit(t *testing.T) {
	t.Parallel()
	kinds := map[string]gittest.Kind{
		"503":                                   gittest.Status(503),
		"429":                                   gittest.Status(429),
		"502":                                   gittest.Status(502),
		"dropped before the request is served":  gittest.DropBefore,
		"dropped after the request was served":  gittest.DropAfter,
		"dropped while the request is sent":     gittest.DropDuring(10),
		"response cut after no byte":            gittest.CutAfter(0),
		"response cut after 4 bytes":            gittest.CutAfter(4),
		"response cut after 40 bytes":           gittest.CutAfter(40),
		"response cut in the middle of a pack":  gittest.CutAfter(200),
		"dropped when the answer is almost out": gittest.CutAfter(60),
	}
	for where, f := range map[string]gittest.Fault{
		"ls-refs": {Service: gittest.UploadPack, Command: "ls-refs"},
		"fetch":   {Service: gittest.UploadPack, Command: "fetch"},
		"push":    {Service: gittest.ReceivePack},
	} {
		for name, kind := range kinds {
			for _, in := range writertest.Formats {
				t.Run(fmt.Sprint(where, " ", name, " ", in), func(t *testing.T) {
					t.Parallel()
					s, r := in.Repo(t, gittest.RepoOptions{})
					fault := f
					fault.Kind = kind
					s.Inject(fault)
					b := writertest.Branch(t, r)
					res := writertest.Commit(t, b, writertest.Put(t, b, "dir/file", "content"))
					if n := r.Commits(t, r.Ref()); n != 2 {
						t.Errorf("%d commits, want the seed's and one", n)
					}
					if got := r.Head(t); got != res.Commit.String() {
						t.Errorf("head is %s, the result says %s", got, res.Commit)
					}
				})
			}
		}
	}
}

func TestAPushThatLandedUnderAnotherCommitIsFound(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		synctest.Test(t, func(t *testing.T) {
			// Another commit lands right on ours, and only then the connection breaks.
			m := f.Memory(t, readme)
			m.OnPush = func(gitwire.Push) (*gitwire.Report, error) { return nil, writertest.ErrLost }
			m.AfterPush = func() {
				m.OnPush, m.AfterPush = nil, nil
				m.CommitAsOther(t, nil)
			}
			b := m.Branch(t)
			res := writertest.Commit(t, b, writertest.Put(t, b, "dir/file", "content"))
			if got := m.Parents()[1]; got != res.Commit {
				t.Errorf("our commit should be the other's parent: %s, the result says %s", got, res.Commit)
			}
			if n := len(m.Parents()); n != 3 {
				t.Errorf("%d commits, want 3", n)
			}
		})
	})
}

func TestGarbageIsAnError(t *testing.T) {
	t.Parallel()
	for where, f := range map[string]gittest.Fault{
		"ls-refs": {Service: gittest.UploadPack, Command: "ls-refs"},
		"fetch":   {Service: gittest.UploadPack, Command: "fetch"},
		"push":    {Service: gittest.ReceivePack},
	} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			fault := f
			fault.Kind, fault.Times = gittest.Garbage, -1
			s.Inject(fault)
			head := r.Head(t)
			b := writertest.Branch(t, r)
			id, err := b.StageBlob(t.Context(), 1, strings.NewReader("x"))
			if err == nil {
				change := gitwriter.Change{Path: "x", Mode: gitobj.ModeFile, Blob: id}
				err = b.Commit(t.Context(), []gitwriter.Change{change}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})[0].Err
			}
			if err == nil {
				t.Error("no error")
			}
			if r.Head(t) != head {
				t.Error("the branch moved")
			}
		})
	}
}

func TestARejectedPushLeavesTheStagedObjectsUsable(t *testing.T) {
	t.Parallel()
	for _, mode := range []packstage.Mode{packstage.Memory, packstage.Disk, packstage.Auto} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, readme)
			m.OnPush = func(gitwire.Push) (*gitwire.Report, error) {
				report := status("pre-receive hook declined")
				report.Messages = []string{"no commits on Friday"}
				return report, nil
			}
			dir := t.TempDir()
			b := m.Branch(t, func(o *writertest.Options) { o.Stage = packstage.Options{Mode: mode, Directory: dir} })
			changes := make([]gitwriter.Change, 20)
			for i := range changes {
				changes[i] = writertest.Put(t, b, fmt.Sprintf("f%02d", i), fmt.Sprintf("content %d", i))
			}
			var refused *gitwriter.RefusedError
			for i, o := range b.Commit(t.Context(), changes, writertest.Meta) {
				if !errors.As(o.Err, &refused) || !strings.Contains(o.Err.Error(), "no commits on Friday") {
					t.Errorf("change %d: %v, want the hook's words", i, o.Err)
				}
			}
			if n := m.Pushes(); n != 1 {
				t.Errorf("%d pushes: a refusal is final", n)
			}
			m.OnPush = nil
			for i, o := range b.Commit(t.Context(), changes, writertest.Meta) {
				if o.Err != nil {
					t.Errorf("change %d after the hook is gone: %v", i, o.Err)
				}
			}
			if n := len(m.Tree(m.Head())); n != 21 {
				t.Errorf("%d files, want 21", n)
			}
			for _, c := range changes {
				b.Discard(c.Blob)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("the temporary directory holds %v, %v", left, err)
			}
		})
	}
}

// distant is a server in memory that is some milliseconds away.
type distant struct{ *writertest.Memory }

const away = 4 * time.Millisecond

func (d distant) ListRefs(ctx context.Context, prefixes ...string) ([]gitwire.Ref, error) {
	time.Sleep(away)
	defer time.Sleep(away)
	return d.Memory.ListRefs(ctx, prefixes...)
}

func (d distant) Fetch(ctx context.Context, req gitwire.Fetch, consume func(io.Reader) error) error {
	time.Sleep(away)
	defer time.Sleep(away)
	return d.Memory.Fetch(ctx, req, consume)
}

func (d distant) Push(ctx context.Context, req gitwire.Push, pack gitwriter.Body) (gitwire.Report, error) {
	time.Sleep(away)
	defer time.Sleep(away)
	return d.Memory.Push(ctx, req, pack)
}

// busy commits as somebody else at intervals, until stop, which returns the commits.
func busy(t *testing.T, m *writertest.Memory, every time.Duration) (stop func() []gitobj.ID) {
	t.Helper()
	end, commits := make(chan struct{}), make(chan []gitobj.ID)
	go func() {
		var ids []gitobj.ID
		for {
			select {
			case <-time.After(every):
				ids = append(ids, m.CommitAsOther(t, map[string]string{fmt.Sprintf("busy%d", len(ids)): "busy"}))
			case <-end:
				commits <- ids
				return
			}
		}
	}()
	return func() []gitobj.ID {
		close(end)
		return <-commits
	}
}

func TestABusyBranchLosesNoCommit(t *testing.T) {
	t.Parallel()
	writertest.InBubble(t, readme, func(t *testing.T, m *writertest.Memory) {
		stop := busy(t, m, 50*time.Millisecond)
		var wg sync.WaitGroup
		for w := range 3 {
			b, err := writertest.OpenRemote(t.Context(), t, distant{m}).Branch(t.Context(), "main")
			if err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				for i := range 5 {
					c := writertest.Put(t, b, fmt.Sprintf("w%d/f%d", w, i), fmt.Sprint(w, i))
					c.Expect = gitwriter.ExpectAbsent()
					for _, o := range b.Commit(t.Context(), []gitwriter.Change{c}, writertest.Meta) {
						if o.Err != nil {
							t.Errorf("writer %d: %v", w, o.Err)
						}
					}
				}
			})
		}
		wg.Wait()
		foreign := stop()
		history, files := m.Parents(), m.Files()
		for _, id := range foreign {
			if !slices.Contains(history, id) {
				t.Errorf("foreign commit %s is lost", id)
			}
		}
		for w := range 3 {
			for i := range 5 {
				if _, ok := files[fmt.Sprintf("w%d/f%d", w, i)]; !ok {
					t.Errorf("w%d/f%d is lost", w, i)
				}
			}
		}
		if want := len(foreign) + 15 + 1; len(history) != want {
			t.Errorf("%d commits, want %d: a change was pushed twice or not at all", len(history), want)
		}
		t.Logf("%d pushes for 15 commits, between %d of others", m.Pushes(), len(foreign))
		if len(foreign) == 0 || m.Pushes() == 15 {
			t.Errorf("%d pushes and %d commits of others: nobody lost a race", m.Pushes(), len(foreign))
		}
	})
}

func TestAForcedBranchIsReadAnew(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		m := f.Memory(t, readme)
		m.CommitAsOther(t, map[string]string{"old/one": "1", "old/two": "2"})
		b := m.Branch(t)
		if _, err := b.Lookup(t.Context(), "old/one"); err != nil {
			t.Fatal(err)
		}
		// The history is replaced by an unrelated history.
		m.SetRef("refs/heads/main", m.CommitTo(t, "unrelated", map[string]gittest.File{"new/file": {Content: "n"}}))
		writertest.Commit(t, b, writertest.Put(t, b, "x", "x"))
		if tree := m.Tree(m.Head()); len(tree) != 2 {
			t.Errorf("tree %v, want new/file and x", tree)
		}
	})
}

func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	for setting, c := range map[string]struct {
		set    func(*writertest.Options)
		pushes int
	}{
		"limits.max_push_attempts": {func(o *writertest.Options) { o.MaxPushAttempts = 3 }, 3},
		"limits.push_timeout":      {func(o *writertest.Options) { o.PushTimeout = 1 }, 1},
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			writertest.InBubble(t, readme, func(t *testing.T, m *writertest.Memory) {
				// The branch moves under every push.
				m.OnPush = func(gitwire.Push) (*gitwire.Report, error) {
					time.Sleep(time.Millisecond)
					m.CommitAsOther(t, nil)
					return nil, nil
				}
				b := m.Branch(t, c.set)
				out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "x", "x")}, writertest.Meta)
				if !errors.Is(out[0].Err, gitwriter.ErrAttempts) || !strings.Contains(out[0].Err.Error(), setting) {
					t.Errorf("%v, want ErrAttempts that names the setting", out[0].Err)
				}
				if n := m.Pushes(); n != c.pushes {
					t.Errorf("%d pushes, want %d", n, c.pushes)
				}
			})
		})
	}
}

func TestABranchThatMovesMoreOftenThanSixteenTimesIsWon(t *testing.T) {
	t.Parallel()
	writertest.InBubble(t, readme, func(t *testing.T, m *writertest.Memory) {
		// The branch moves under the first twenty pushes.
		m.OnPush = func(gitwire.Push) (*gitwire.Report, error) {
			if len(m.Parents()) <= 20 {
				m.CommitAsOther(t, nil)
			}
			return nil, nil
		}
		b := m.Branch(t)
		out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "x", "x")}, writertest.Meta)
		if out[0].Err != nil {
			t.Error(out[0].Err)
		}
		if got := len(m.Parents()); got != 22 {
			t.Errorf("%d commits, want the seed's, twenty of others and one", got)
		}
	})
}

func TestARateLimitedPushIsMadeAgainWithoutAnotherRequest(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := writertest.Branch(t, r)
	c := writertest.Put(t, b, "x", "x")
	if _, err := b.Lookup(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	s.ResetStats()
	s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Status(429), Times: 3})
	out := b.Commit(t.Context(), []gitwriter.Change{c}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})
	if out[0].Err != nil {
		t.Error(out[0].Err)
	}
	if n := s.Stats().Requests; n != 4 {
		t.Errorf("%d requests, want three pushes that were refused and one that was not", n)
	}
	s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Status(429), Times: -1})
	out = b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "y", "y")}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})
	if err := out[0].Err; err == nil || strings.Contains(err.Error(), "unknown") || !strings.Contains(err.Error(), "has done nothing") {
		t.Errorf("got %v, want an error that says that nothing was done", err)
	}
}

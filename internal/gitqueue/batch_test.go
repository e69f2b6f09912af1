package gitqueue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestChangesThatArriveTogetherShareACommit(t *testing.T) {
	t.Parallel()
	writertest.InBubble(t, text{"README.md": "#"}, func(t *testing.T, m *writertest.Memory) {
		b := m.Branch(t)
		const n = 50
		held := make([]*gitqueue.Pending, n)
		for i := range held {
			held[i] = b.Announce(fmt.Sprintf("f%02d", i))
		}
		var wg sync.WaitGroup
		results := make([]gitwriter.Result, n)
		for i := range n {
			wg.Go(func() {
				c := writertest.Put(t, b, fmt.Sprintf("f%02d", i), fmt.Sprint(i))
				c.Expect = gitwriter.ExpectAbsent()
				var err error
				if results[i], err = b.Submit(t.Context(), held[i], c); err != nil {
					t.Errorf("f%02d: %v", i, err)
				}
				b.Discard(c.Blob)
			})
		}
		wg.Wait()
		if got := len(m.Parents()); got != 2 {
			t.Errorf("%d commits, want the seed's and one", got)
		}
		if got := len(m.Files()); got != n+1 {
			t.Errorf("%d files, want %d", got, n+1)
		}
		for i, res := range results {
			if res.Commit != m.Head() {
				t.Errorf("f%02d: commit %s, want the head %s", i, res.Commit, m.Head())
			}
		}
		if msg := m.Commit(m.Head()).Message; !strings.HasPrefix(msg, "Add 50 files\n\n- Add f") {
			t.Errorf("message %q", msg)
		}
	})
}

func TestACancelDuringAPushReportsTheTrueOutcome(t *testing.T) {
	t.Parallel()
	writertest.InBubble(t, text{}, func(t *testing.T, m *writertest.Memory) {
		arrived, release := make(chan struct{}), make(chan struct{})
		m.OnPush = func(gitwire.Push) (*gitwire.Report, error) {
			close(arrived)
			<-release
			return nil, nil
		}
		b := m.Branch(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		c := writertest.Put(t, b, "x", "x")
		go func() {
			res, err := b.Submit(ctx, nil, c)
			if err == nil && res.Commit.IsZero() {
				err = errors.New("no commit in the result")
			}
			done <- err
		}()
		<-arrived
		cancel()
		synctest.Wait()
		close(release)
		if err := <-done; err != nil {
			t.Errorf("the push landed, but the change reports %v", err)
		}
		if got := m.Files()["x"]; got != "x" {
			t.Errorf("x holds %q", got)
		}
	})
}

func TestOneFailedChangeIsReportedAlone(t *testing.T) {
	t.Parallel()
	writertest.InBubble(t, text{"taken": "theirs"}, func(t *testing.T, m *writertest.Memory) {
		b := m.Branch(t)
		var wg sync.WaitGroup
		for _, path := range []string{"a", "b", "taken", "c"} {
			p := b.Announce(path)
			c := writertest.Put(t, b, path, "ours")
			c.Expect = gitwriter.ExpectAbsent()
			wg.Go(func() {
				_, err := b.Submit(t.Context(), p, c)
				if want := path == "taken"; errors.Is(err, gitwriter.ErrConflict) != want || (err != nil) != want {
					t.Errorf("%s: %v", path, err)
				}
			})
		}
		wg.Wait()
		if got := len(m.Parents()); got != 2 {
			t.Errorf("%d commits, want the seed's and one", got)
		}
		if want := (text{"a": "ours", "b": "ours", "c": "ours", "taken": "theirs"}); !maps.Equal(m.Files(), want) {
			t.Errorf("the branch holds %v, want %v", m.Files(), want)
		}
	})
}

package gitqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestChangesThatArriveTogetherShareACommit(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := writertest.Branch(t, r)
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
	if got := r.Commits(t, r.Ref()); got != 2 {
		t.Errorf("%d commits, want the seed's and one", got)
	}
	for i, res := range results {
		if res.Commit.String() != r.Head(t) {
			t.Errorf("f%02d: commit %s, want the head %s", i, res.Commit, r.Head(t))
		}
	}
	msg := r.Git(t, "log", "-1", "--format=%B")
	if !strings.HasPrefix(msg, "Add 50 files\n\n- Add f") {
		t.Errorf("message %q", msg)
	}
}

func TestACancelDuringAPushReportsTheTrueOutcome(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	stall := s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall})
	b := writertest.Branch(t, r)
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
	<-stall.Reached()
	cancel()
	stall.Release()
	if err := <-done; err != nil {
		t.Errorf("the push landed, but the change reports %v", err)
	}
	if got := r.Content(t, r.Ref(), "x"); got != "x" {
		t.Errorf("x holds %q", got)
	}
}

func TestOneFailedChangeIsReportedAlone(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	r.SeedText(t, map[string]string{"taken": "theirs"})
	b := writertest.Branch(t, r)
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
	if got := r.Commits(t, r.Ref()); got != 3 {
		t.Errorf("%d commits, want the two of the seed and one", got)
	}
}

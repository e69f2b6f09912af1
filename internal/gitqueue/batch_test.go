package gitqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/writertest"
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

func TestAnAnnouncedChangeHoldsTheBatch(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := writertest.Branch(t, r, func(o *writertest.Options) { o.BatchWindow = time.Millisecond })
	late := b.Announce("late")
	early := make(chan error, 1)
	c1, c2 := writertest.Put(t, b, "early", "1"), writertest.Put(t, b, "late", "2")
	go func() {
		_, err := b.Submit(t.Context(), nil, c1)
		early <- err
	}()
	// Long after the window the batch is still open for the one that was announced.
	select {
	case err := <-early:
		t.Fatalf("sealed without the announced change: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	if _, err := b.Submit(t.Context(), late, c2); err != nil {
		t.Fatal(err)
	}
	if err := <-early; err != nil {
		t.Fatal(err)
	}
	if got := r.Commits(t, r.Ref()); got != 2 {
		t.Errorf("%d commits, want the seed's and one", got)
	}
}

func TestAWithdrawnChangeHoldsNothing(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := writertest.Branch(t, r)
	p := b.Announce("never")
	p.Withdraw()
	p.Withdraw()
	var none *gitqueue.Pending
	none.Withdraw()
	if _, err := b.Submit(t.Context(), nil, writertest.Put(t, b, "x", "x")); err != nil {
		t.Fatal(err)
	}
}

func TestACancelledChangeIsNotCommitted(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := writertest.Branch(t, r, func(o *writertest.Options) { o.BatchWindow = 400 * time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	c1, c2 := writertest.Put(t, b, "cancelled", "1"), writertest.Put(t, b, "goes on", "2")
	wg.Go(func() {
		if _, err := b.Submit(ctx, nil, c1); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing of it is on the branch") {
			t.Errorf("cancelled change: %v", err)
		}
	})
	wg.Go(func() {
		if _, err := b.Submit(t.Context(), nil, c2); err != nil {
			t.Errorf("the other change: %v", err)
		}
	})
	cancel()
	wg.Wait()
	if files := r.Tree(t, r.Ref()); len(files) != 2 || files["cancelled"].ID != "" {
		t.Errorf("tree %v", files)
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

func TestACancelledPushThatIsNotAnsweredIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(context.Context, *gitqueue.Branch, gitwriter.Change) error{
		"group commit": func(ctx context.Context, b *gitqueue.Branch, c gitwriter.Change) error {
			_, err := b.Submit(ctx, nil, c)
			return err
		},
		"commit": func(ctx context.Context, b *gitqueue.Branch, c gitwriter.Change) error {
			return b.Commit(ctx, []gitwriter.Change{c}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})[0].Err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			stall := s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: gittest.Stall})
			b := writertest.Branch(t, r, func(o *writertest.Options) { o.OutcomeLimit = time.Millisecond })
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			c := writertest.Put(t, b, "x", "x")
			go func() { done <- send(ctx, b, c) }()
			select {
			case <-stall.Reached():
			case err := <-done:
				t.Fatalf("ended before its push: %v", err)
			}
			cancel()
			err := <-done // the server answers after this alone
			stall.Release()
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the next plan shows what became of it") {
				t.Errorf("got %v, want an error that says that the outcome is not known", err)
			}
		})
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

func TestMessages(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	for i, c := range []struct {
		name     string
		messages []string
		meta     gitwriter.Meta
		want     string
	}{
		{"one change without a message", []string{""}, gitwriter.Meta{}, "Add f0"},
		{"one message", []string{"Say it"}, gitwriter.Meta{}, "Say it"},
		{"all agree", []string{"Same", "Same", "Same"}, gitwriter.Meta{}, "Same"},
		{"the default counts for those without", []string{"Same", ""}, gitwriter.Meta{Message: "Same"}, "Same"},
		{"they differ", []string{"One", "Two\nlines", "One"}, gitwriter.Meta{}, "Add 3 files\n\n- One\n- Two\n  lines"},
		{"trailers", []string{"Subject"}, gitwriter.Meta{Trailers: []gitwriter.Trailer{{Key: "Change-Id", Value: "I1"}, {Key: "Signed-off-by", Value: "A <a@x>"}}}, "Subject\n\nChange-Id: I1\nSigned-off-by: A <a@x>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := s.NewRepo(t, fmt.Sprintf("r%d", i), gittest.RepoOptions{})
			b := writertest.Branch(t, r)
			var changes []gitwriter.Change
			for i, m := range c.messages {
				ch := writertest.Put(t, b, fmt.Sprintf("f%d", i), fmt.Sprint(i))
				ch.Message = m
				changes = append(changes, ch)
			}
			c.meta.Author, c.meta.Committer = writertest.Someone, writertest.Someone
			for _, o := range b.Commit(t.Context(), changes, c.meta) {
				if o.Err != nil {
					t.Fatal(o.Err)
				}
			}
			if got := r.Git(t, "log", "-1", "--format=%B"); strings.TrimSpace(got) != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBadIdentitiesAreRefused(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := writertest.Branch(t, r)
	for _, id := range []gitwriter.Identity{{Name: "a\nparent b", Email: "a@x"}, {Name: "a", Email: "a@x> <b"}} {
		out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "x", "x")}, gitwriter.Meta{Author: id, Committer: writertest.Someone})
		if out[0].Err == nil {
			t.Errorf("%q was accepted", id)
		}
	}
	if n := r.Commits(t, r.Ref()); n != 1 {
		t.Errorf("%d commits, want the seed's", n)
	}
}

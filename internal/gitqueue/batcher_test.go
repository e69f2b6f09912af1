package gitqueue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// fakeCommitter records the paths of each commit. It waits until answer is closed, if that is set.
type fakeCommitter struct {
	commits chan []gitwriter.Change // of large capacity
	answer  chan struct{}
	stopped chan error // the cause of a context that ended before the answer
}

func newFake() *fakeCommitter {
	return &fakeCommitter{commits: make(chan []gitwriter.Change, 100), stopped: make(chan error, 100)}
}

func (f *fakeCommitter) Commit(ctx context.Context, changes []gitwriter.Change, _ gitwriter.Meta) []gitwriter.Outcome {
	f.commits <- changes
	if f.answer != nil {
		select {
		case <-f.answer:
		case <-ctx.Done():
			f.stopped <- context.Cause(ctx)
			<-f.answer
		}
	}
	return make([]gitwriter.Outcome, len(changes))
}

// paths are the paths of the next commit.
func (f *fakeCommitter) paths() []string {
	var paths []string
	for _, c := range <-f.commits {
		paths = append(paths, c.Path)
	}
	slices.Sort(paths)
	return paths
}

// submit submits a change of a path in the background; the channel gets the error.
func submit(ctx context.Context, b *batcher, p *Pending, paths ...string) <-chan error {
	s := &submission{ctx: ctx, done: make(chan []gitwriter.Outcome, 1)}
	for _, path := range paths {
		s.changes = append(s.changes, gitwriter.Change{Path: path})
	}
	done := make(chan error, 1)
	go func() { done <- b.submit(p, s)[0].Err }()
	return done
}

const outcomeLimit = 10 * time.Second

// inBubble runs a test of a batcher in a bubble of its own, where time passes only while all wait.
func inBubble(t *testing.T, test func(t *testing.T, f *fakeCommitter, b *batcher)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		test(t, f, newBatcher(f, Options{BatchWindow: 50 * time.Millisecond}, outcomeLimit))
	})
}

func TestAnAnnouncedChangeHoldsTheBatch(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeCommitter, b *batcher) {
		late := b.announce("late")
		early := submit(t.Context(), b, nil, "early")
		time.Sleep(holdLimit - 1)
		synctest.Wait()
		if len(f.commits) != 0 {
			t.Fatal("the batch was sealed without the announced change")
		}
		if err := <-submit(t.Context(), b, late, "late"); err != nil {
			t.Fatal(err)
		}
		if err := <-early; err != nil {
			t.Fatal(err)
		}
		if got := f.paths(); !slices.Equal(got, []string{"early", "late"}) {
			t.Errorf("the commit has %q", got)
		}
	})
}

func TestAnAnnouncementLapses(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeCommitter, b *batcher) {
		b.announce("never")
		begin := time.Now()
		if err := <-submit(t.Context(), b, nil, "x"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != holdLimit {
			t.Errorf("sealed after %v, want %v", took, holdLimit)
		}
		if got := f.paths(); !slices.Equal(got, []string{"x"}) {
			t.Errorf("the commit has %q", got)
		}
	})
}

func TestAWithdrawnChangeHoldsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *fakeCommitter, b *batcher) {
		p := b.announce("never")
		p.Withdraw()
		p.Withdraw()
		var none *Pending
		none.Withdraw()
		begin := time.Now()
		if err := <-submit(t.Context(), b, nil, "x"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 50*time.Millisecond {
			t.Errorf("sealed after %v, want the window", took)
		}
	})
}

func TestACancelledChangeIsNotCommitted(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeCommitter, b *batcher) {
		ctx, cancel := context.WithCancel(t.Context())
		cancelled, other := submit(ctx, b, nil, "cancelled"), submit(t.Context(), b, nil, "other")
		synctest.Wait()
		cancel()
		if err := <-cancelled; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing of it is on the branch") {
			t.Errorf("the cancelled change: %v", err)
		}
		if err := <-other; err != nil {
			t.Errorf("the other change: %v", err)
		}
		if got := f.paths(); !slices.Equal(got, []string{"other"}) {
			t.Errorf("the commit has %q", got)
		}
	})
}

// A push goes on as long as anybody waits for it. The last caller who gives up stops further
// attempts, and gets the outcome if it comes within the limit.
func TestACancelledCallerGetsTheOutcomeWithinALimit(t *testing.T) {
	for name, late := range map[string]bool{"in time": false, "too late": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, f *fakeCommitter, b *batcher) {
				f.answer = make(chan struct{})
				first, cancelFirst := context.WithCancel(t.Context())
				last, cancelLast := context.WithCancel(t.Context())
				one, two := submit(first, b, nil, "one"), submit(last, b, nil, "two")
				f.paths()
				cancelFirst()
				synctest.Wait()
				if len(f.stopped) != 0 {
					t.Fatal("the push was stopped while somebody waited for it")
				}
				cancelLast()
				synctest.Wait()
				if len(f.stopped) != 1 {
					t.Fatal("the push was not stopped, though nobody waits for it")
				}
				if late {
					time.Sleep(outcomeLimit)
				}
				close(f.answer)
				synctest.Wait()
				for _, done := range []<-chan error{one, two} {
					err := <-done
					if unanswered := new(gitwriter.UnansweredError); errors.As(err, &unanswered) != late || (err != nil) != late {
						t.Errorf("got %v", err)
					}
				}
			})
		})
	}
}

func TestChangesThatArriveDuringAPushShareTheNextCommit(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeCommitter, b *batcher) {
		f.answer = make(chan struct{})
		first := submit(t.Context(), b, nil, "first")
		f.paths()
		second, third := submit(t.Context(), b, nil, "second"), submit(t.Context(), b, nil, "third")
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(f.commits) != 0 {
			t.Fatal("a second push began during the first")
		}
		if !b.has("second") || b.has("first") {
			t.Error("the open batch has other changes than those that arrived since")
		}
		close(f.answer)
		for _, done := range []<-chan error{first, second, third} {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if got := f.paths(); !slices.Equal(got, []string{"second", "third"}) {
			t.Errorf("the second commit has %q", got)
		}
	})
}

func TestTheChangesOfASetShareAGroup(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeCommitter, b *batcher) {
		set := func(paths ...string) {
			s := &submission{ctx: t.Context(), whole: true, done: make(chan []gitwriter.Outcome, 1)}
			for _, path := range paths {
				s.changes = append(s.changes, gitwriter.Change{Path: path})
			}
			go b.submit(nil, s)
		}
		set("a", "b")
		set("c")
		submit(t.Context(), b, nil, "d")
		groups := map[string]int{}
		for _, c := range <-f.commits {
			groups[c.Path] = c.Group
		}
		synctest.Wait()
		if groups["a"] == 0 || groups["a"] != groups["b"] || groups["c"] == 0 || groups["c"] == groups["a"] || groups["d"] != 0 {
			t.Errorf("groups %v", groups)
		}
	})
}

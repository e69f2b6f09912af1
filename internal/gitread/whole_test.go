package gitread_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestAWholeSubmissionIsMadeOrNothingOfIt(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(t *testing.T, b *gitqueue.Branch) gitwriter.Change{
		"a conflict": func(t *testing.T, b *gitqueue.Branch) gitwriter.Change {
			c := writertest.Put(t, b, "theirs", "ours")
			c.Expect = gitwriter.ExpectAbsent()
			return c
		},
		"an obstacle": func(t *testing.T, b *gitqueue.Branch) gitwriter.Change {
			return writertest.Put(t, b, "theirs/below", "ours")
		},
		"a removal of what somebody changed": func(*testing.T, *gitqueue.Branch) gitwriter.Change {
			return gitwriter.Change{Path: "theirs", Delete: true, Expect: gitwriter.ExpectBlob(writertest.BlobID("no"), 0)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t, gittest.Options{}).NewRepo(t, "r", gittest.RepoOptions{})
			r.SeedText(t, map[string]string{"theirs": "theirs", "old": "old"})
			b := writertest.Branch(t, r)
			held := []*gitqueue.Pending{b.Announce("whole"), b.Announce("other"), b.Announce("old")}
			var wg sync.WaitGroup
			wg.Go(func() {
				out := b.SubmitWhole(t.Context(), held[0], []gitwriter.Change{
					writertest.Put(t, b, "a", "a"), bad(t, b), writertest.Put(t, b, "old", "new"),
				})
				for _, i := range []int{0, 2} {
					if !errors.Is(out[i].Err, gitwriter.ErrLeftOut) || !out[i].Result().Commit.IsZero() {
						t.Errorf("change %d: %v, %v; want that it is left out", i, out[i].Result(), out[i].Err)
					}
				}
				if err := out[1].Err; err == nil || errors.Is(err, gitwriter.ErrLeftOut) {
					t.Errorf("the change at fault: %v", err)
				}
			})
			wg.Go(func() {
				if _, err := b.Submit(t.Context(), held[1], writertest.Put(t, b, "other", "other")); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() { // the put of this path drops out, so that the removal counts
				c := gitwriter.Change{Path: "old", Delete: true, Expect: gitwriter.ExpectBlob(writertest.BlobID("old"), 0)}
				if _, err := b.Submit(t.Context(), held[2], c); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			got := r.Tree(t, r.Ref())
			if _, ok := got["old"]; ok || got["a"].ID != "" || got["other"].ID == "" || got["theirs"].ID != writertest.BlobID("theirs").String() {
				t.Errorf("the branch holds %v, want other and theirs only", got)
			}
			if n := r.Commits(t, r.Ref()); n != 3 {
				t.Errorf("%d commits, want the two before and one", n)
			}
		})
	}
}

func TestAWholeSubmissionThatAppliesIsOneCommit(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, gittest.Options{}).NewRepo(t, "r", gittest.RepoOptions{})
	r.SeedText(t, map[string]string{"same": "same", "gone": "gone"})
	b := writertest.Branch(t, r, func(o *writertest.Options) { o.BatchWindow = time.Millisecond })
	out := b.SubmitWhole(t.Context(), nil, []gitwriter.Change{
		writertest.Put(t, b, "a", "a"), writertest.Put(t, b, "same", "same"), {Path: "gone", Delete: true, Expect: gitwriter.ExpectBlob(writertest.BlobID("gone"), 0)},
	})
	for i, o := range out {
		if o.Err != nil || o.Result().Commit.IsZero() != (i == 1) {
			t.Errorf("change %d: %v, %v", i, o.Result(), o.Err)
		}
	}
	if n := r.Commits(t, r.Ref()); n != 3 {
		t.Errorf("%d commits, want the two before and one", n)
	}
}

package gitread_test

import (
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
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
			writertest.InBubble(t, map[string]string{"theirs": "theirs", "old": "old"}, func(t *testing.T, m *writertest.Memory) {
				b := m.Branch(t)
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
				if got, want := m.Files(), (map[string]string{"other": "other", "theirs": "theirs"}); !maps.Equal(got, want) {
					t.Errorf("the branch holds %v, want %v", got, want)
				}
				if n := len(m.Parents()); n != 2 {
					t.Errorf("%d commits, want the seed's and one", n)
				}
			})
		})
	}
}

func TestAWholeSubmissionThatAppliesIsOneCommit(t *testing.T) {
	t.Parallel()
	writertest.InBubble(t, map[string]string{"same": "same", "gone": "gone"}, func(t *testing.T, m *writertest.Memory) {
		b := m.Branch(t)
		out := b.SubmitWhole(t.Context(), nil, []gitwriter.Change{
			writertest.Put(t, b, "a", "a"), writertest.Put(t, b, "same", "same"), {Path: "gone", Delete: true, Expect: gitwriter.ExpectBlob(writertest.BlobID("gone"), 0)},
		})
		for i, o := range out {
			if o.Err != nil || o.Result().Commit.IsZero() != (i == 1) {
				t.Errorf("change %d: %v, %v", i, o.Result(), o.Err)
			}
		}
		if n := len(m.Parents()); n != 2 {
			t.Errorf("%d commits, want the seed's and one", n)
		}
	})
}

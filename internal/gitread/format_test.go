package gitread_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

func TestTheFormatIsLearnedOnceAndCostsNothingOnSHA1(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		learning := f.Learning()
		s, r := f.Repo(t, gittest.RepoOptions{})
		repo := writertest.Open(t, r)
		b, err := repo.Branch(t.Context(), r.Branch)
		if err != nil {
			t.Fatal(err)
		}
		s.ResetStats()
		// Staged before anything was read, by many at once.
		changes := make([]gitwriter.Change, 20)
		var wg sync.WaitGroup
		for i := range changes {
			wg.Go(func() { changes[i] = writertest.Put(t, b, fmt.Sprintf("d/%d", i), fmt.Sprintf("content %d", i)) })
		}
		wg.Wait()
		for i, c := range changes {
			if want := f.Blob(fmt.Sprintf("content %d", i)); c.Blob != want {
				t.Errorf("staged %s, want %s", c.Blob, want)
			}
		}
		if n := s.Stats().Requests; n != 1+learning {
			t.Errorf("%d requests to stage, want %d", n, 1+learning)
		}
		writertest.Commit(t, b, changes...)
		if n := s.Stats().Requests; n != 3+learning {
			t.Errorf("%d requests for the first commit, want %d", n, 3+learning)
		}
		writertest.Commit(t, b, writertest.Put(t, b, "d/e", "e"))
		if n := s.Stats().Requests; n != 4+learning {
			t.Errorf("%d requests for two commits, want %d", n, 4+learning)
		}
		// Another branch of the repository learns nothing anew.
		r.Git(t, "branch", "other", r.Head(t))
		s.ResetStats()
		other, err := repo.Branch(t.Context(), "other")
		if err != nil {
			t.Fatal(err)
		}
		writertest.Commit(t, other, writertest.Put(t, other, "d/e", "f"))
		if n := s.Stats().Requests; n > 3 {
			t.Errorf("%d requests for a commit to another branch, want at most 3", n)
		}
	})
}

func TestTheFirstPushToAnEmptyRepositoryIsInItsFormat(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		for _, c := range []struct {
			name    string
			server  gittest.Options
			address func(*gittest.Repo) string
			branch  string // empty: HEAD's
			// requests is how many a first commit takes at most; 0 where there are none to count.
			requests int
		}{
			{"version 2", gittest.Options{}, (*gittest.Repo).URL, "main", 5},
			{"version 2, HEAD's branch", gittest.Options{}, (*gittest.Repo).URL, "", 8},
			{"version 0", gittest.Options{V0Only: true}, (*gittest.Repo).URL, "main", 6},
			{"a directory", gittest.Options{}, func(r *gittest.Repo) string { return "file://" + r.Dir }, "main", 0},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := gittest.New(t, c.server)
				r := s.NewRepo(t, "r", gittest.RepoOptions{Empty: true, Format: f.String()})
				s.ResetStats()
				b, err := writertest.OpenAt(t, c.address(r)).Branch(t.Context(), c.branch)
				if err != nil {
					t.Fatal(err)
				}
				first := writertest.Put(t, b, "a/b", "first") // before anything is read
				if want := f.Blob("first"); first.Blob != want {
					t.Errorf("staged %s, want %s", first.Blob, want)
				}
				res := writertest.Commit(t, b, first)
				if n := s.Stats().Requests; n > c.requests {
					t.Errorf("%d requests, want at most %d", n, c.requests)
				}
				if got := r.Head(t); got != res.Commit.String() {
					t.Errorf("head is %s, the result says %s", got, res.Commit)
				}
				writertest.Commit(t, b, writertest.Put(t, b, "a/c", "second"))
				r.Fsck(t)
			})
		}
	})
}

func TestARepositoryThatIsMadeAnewInAnotherFormatIsToldFromItself(t *testing.T) {
	t.Parallel()
	for i, f := range writertest.Formats {
		g := writertest.Formats[1-i]
		t.Run(f.String()+" becomes "+g.String(), func(t *testing.T) {
			t.Parallel()
			s, r := f.Repo(t, gittest.RepoOptions{})
			b := writertest.Branch(t, r)
			change := writertest.Put(t, b, "x", "x")
			if _, err := b.Lookup(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(r.Dir); err != nil {
				t.Fatal(err)
			}
			anew := s.NewRepo(t, "r", gittest.RepoOptions{Format: g.String()})
			out := b.Commit(t.Context(), []gitwriter.Change{change}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})
			if err := out[0].Err; !errors.Is(err, gitread.ErrFormat) || !strings.Contains(err.Error(), f.String()) || !strings.Contains(err.Error(), g.String()) {
				t.Errorf("commit: %v, want ErrFormat that names both", err)
			}
			if n := anew.Commits(t, anew.Ref()); n != 1 {
				t.Errorf("%d commits, want the first one only", n)
			}
			// The next process has no such memory.
			b = writertest.Branch(t, anew)
			writertest.Commit(t, b, writertest.Put(t, b, "x", "x"))
		})
	}
}

func TestNamesOfTheOtherFormatAreRefused(t *testing.T) {
	t.Parallel()
	for i, f := range writertest.Formats {
		g := writertest.Formats[1-i]
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			m := f.Memory(t, readme)
			says := func(what string, err error) {
				t.Helper()
				if !errors.Is(err, gitread.ErrFormat) || !strings.Contains(err.Error(), f.String()) || !strings.Contains(err.Error(), g.String()) {
					t.Errorf("%s: %v, want ErrFormat that names both", what, err)
				}
			}
			b := m.Branch(t)
			_, err := b.ReadBlob(t.Context(), g.Blob("x"), 1<<20)
			says("content", err)
			_, err = b.ReadBlobs(t.Context(), []gitobj.ID{f.Blob("x"), g.Blob("x")})
			says("contents", err)
			_, err = b.CommitStaged(t.Context(), gitqueue.CommitRequest{Files: map[string]gitobj.ID{"x": g.Blob("x")}})
			says("a commit that names it", err)

			from := m.Open(t, func(o *writertest.Options) { o.CreateFrom = g.Blob("x").String() })
			missing, err := from.Branch(t.Context(), "missing")
			if err != nil {
				t.Fatal(err)
			}
			_, err = missing.Lookup(t.Context(), "x")
			says("create_branch_from", err)

			set := m.Branch(t, func(o *writertest.Options) { o.Stage.Format = g.Format })
			_, err = set.StageBlob(t.Context(), 1, strings.NewReader("x"))
			says("a stage of the other format", err)
		})
	}
}

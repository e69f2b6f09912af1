package gitwriter_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// format is an object format with what tests make in it.
type format struct{ gitobj.Format }

var formats = []format{{gitobj.SHA1}, {gitobj.SHA256}}

// eachFormat runs a test for repositories of both object formats.
func eachFormat(t *testing.T, test func(t *testing.T, f format)) {
	t.Helper()
	for _, f := range formats {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			test(t, f)
		})
	}
}

// repo makes a repository of the format on a server of its own.
func (f format) repo(t testing.TB, o gittest.RepoOptions) (*gittest.Server, *gittest.Repo) {
	t.Helper()
	s := gittest.New(t, gittest.Options{})
	o.Format = f.String()
	return s, s.NewRepo(t, "r", o)
}

func (f format) blob(content string) gitobj.ID {
	return gitobj.Hash(f.Format, gitobj.KindBlob, []byte(content))
}

// learning is how many requests it takes a process to learn the format, over version 2: the listing
// that is refused, and what the server offers.
func (f format) learning() int {
	if f.Format == gitobj.SHA256 {
		return 2
	}
	return 0
}

// submodule is the name of a commit of somebody else's.
func (f format) submodule() string { return strings.Repeat("ab", f.Size()) }

func TestTheFormatIsLearnedOnceAndCostsNothingOnSHA1(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		learning := f.learning()
		s, r := f.repo(t, gittest.RepoOptions{})
		repo := open(t, r)
		b, err := repo.Branch(t.Context(), r.Branch)
		if err != nil {
			t.Fatal(err)
		}
		s.ResetStats()
		// Staged before anything was read, by many at once.
		changes := make([]gitwriter.Change, 20)
		var wg sync.WaitGroup
		for i := range changes {
			wg.Go(func() { changes[i] = put(t, b, fmt.Sprintf("d/%d", i), fmt.Sprintf("content %d", i)) })
		}
		wg.Wait()
		for i, c := range changes {
			if want := f.blob(fmt.Sprintf("content %d", i)); c.Blob != want {
				t.Errorf("staged %s, want %s", c.Blob, want)
			}
		}
		if n := s.Stats().Requests; n != 1+learning {
			t.Errorf("%d requests to stage, want %d", n, 1+learning)
		}
		commit(t, b, changes...)
		if n := s.Stats().Requests; n != 3+learning {
			t.Errorf("%d requests for the first commit, want %d", n, 3+learning)
		}
		commit(t, b, put(t, b, "d/e", "e"))
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
		commit(t, other, put(t, other, "d/e", "f"))
		if n := s.Stats().Requests; n > 3 {
			t.Errorf("%d requests for a commit to another branch, want at most 3", n)
		}
	})
}

func TestTheFirstPushToAnEmptyRepositoryIsInItsFormat(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
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
				b, err := openAt(t, c.address(r)).Branch(t.Context(), c.branch)
				if err != nil {
					t.Fatal(err)
				}
				first := put(t, b, "a/b", "first") // before anything is read
				if want := f.blob("first"); first.Blob != want {
					t.Errorf("staged %s, want %s", first.Blob, want)
				}
				res := commit(t, b, first)
				if n := s.Stats().Requests; n > c.requests {
					t.Errorf("%d requests, want at most %d", n, c.requests)
				}
				if got := r.Head(t); got != res.Commit.String() {
					t.Errorf("head is %s, the result says %s", got, res.Commit)
				}
				commit(t, b, put(t, b, "a/c", "second"))
				r.Fsck(t)
			})
		}
	})
}

func TestARepositoryThatIsMadeAnewInAnotherFormatIsToldFromItself(t *testing.T) {
	t.Parallel()
	for i, f := range formats {
		g := formats[1-i]
		t.Run(f.String()+" becomes "+g.String(), func(t *testing.T) {
			t.Parallel()
			s, r := f.repo(t, gittest.RepoOptions{})
			b := branch(t, r)
			change := put(t, b, "x", "x")
			if _, err := b.Lookup(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(r.Dir); err != nil {
				t.Fatal(err)
			}
			anew := s.NewRepo(t, "r", gittest.RepoOptions{Format: g.String()})
			out := b.Commit(t.Context(), []gitwriter.Change{change}, gitwriter.Meta{Author: someone, Committer: someone})
			if err := out[0].Err; !errors.Is(err, gitwriter.ErrFormat) || !strings.Contains(err.Error(), f.String()) || !strings.Contains(err.Error(), g.String()) {
				t.Errorf("commit: %v, want ErrFormat that names both", err)
			}
			if n := anew.Commits(t, anew.Ref()); n != 1 {
				t.Errorf("%d commits, want the first one only", n)
			}
			// The next process has no such memory.
			b = branch(t, anew)
			commit(t, b, put(t, b, "x", "x"))
		})
	}
}

func TestNamesOfTheOtherFormatAreRefused(t *testing.T) {
	t.Parallel()
	for i, f := range formats {
		g := formats[1-i]
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			_, r := f.repo(t, gittest.RepoOptions{})
			says := func(what string, err error) {
				t.Helper()
				if !errors.Is(err, gitwriter.ErrFormat) || !strings.Contains(err.Error(), f.String()) || !strings.Contains(err.Error(), g.String()) {
					t.Errorf("%s: %v, want ErrFormat that names both", what, err)
				}
			}
			b := branch(t, r)
			_, err := b.ReadBlob(t.Context(), g.blob("x"), 1<<20)
			says("content", err)
			_, err = b.ReadBlobs(t.Context(), []gitobj.ID{f.blob("x"), g.blob("x")})
			says("contents", err)
			_, err = b.CommitStaged(t.Context(), gitwriter.CommitRequest{Files: map[string]gitobj.ID{"x": g.blob("x")}})
			says("a commit that names it", err)

			from := open(t, r, func(o *gitwriter.Options) { o.CreateFrom = g.blob("x").String() })
			missing, err := from.Branch(t.Context(), "missing")
			if err != nil {
				t.Fatal(err)
			}
			_, err = missing.Lookup(t.Context(), "x")
			says("create_branch_from", err)

			set := branch(t, r, func(o *gitwriter.Options) { o.Stage.Format = g.Format })
			_, err = set.StageBlob(t.Context(), 1, strings.NewReader("x"))
			says("a stage of the other format", err)
		})
	}
}

package gitread_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// woven has the branches main, ahead (of main by a merge), beside and root, a tag of a tag and a
// lightweight tag.
func woven(t *testing.T, s *gittest.Server, o gittest.RepoOptions) *gittest.Repo {
	t.Helper()
	r := s.NewRepo(t, "r.git", o)
	as := []string{"-c", "user.name=A", "-c", "user.email=a@example.com"}
	git := func(args ...string) string { t.Helper(); return r.Git(t, append(slices.Clone(as), args...)...) }
	r.Git(t, "branch", "root", "main")
	r.SeedText(t, map[string]string{"m": "1"})
	main := r.Head(t)
	r.SeedText(t, map[string]string{"m": "2"})
	merged := git("commit-tree", "-p", main, "-p", r.Head(t), "-m", "Merge\n\nBody", r.Git(t, "rev-parse", "main^{tree}"))
	r.Git(t, "branch", "ahead", merged)
	r.Git(t, "update-ref", "refs/heads/main", "refs/heads/root")
	r.SeedText(t, map[string]string{"x": "1"})
	r.SeedText(t, map[string]string{"x": "2"})
	r.Git(t, "branch", "beside", "main")
	r.Git(t, "update-ref", "refs/heads/main", main)
	git("tag", "-a", "-m", "v1", "v1", "ahead")
	git("tag", "-a", "-m", "of a tag", "nested", "v1")
	r.Git(t, "tag", "light", "beside")
	return r
}

var wovenServers = []struct {
	name   string
	server gittest.Options
	repo   gittest.RepoOptions
	local  bool
}{
	{name: "version 2"},
	{name: "version 0", server: gittest.Options{V0Only: true}},
	{name: "SHA-256", repo: gittest.RepoOptions{Format: "sha256"}},
	{name: "without filters", server: gittest.Options{NoFilter: true}},
	{name: "version 0 without filters", server: gittest.Options{V0Only: true, NoFilter: true}},
	{name: "commits only", server: gittest.Options{CommitsOnly: true}},
	{name: "a directory", local: true},
}

func TestTheCommitsBetweenTwoAreThoseOfGit(t *testing.T) {
	t.Parallel()
	for _, c := range wovenServers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := woven(t, gittest.New(t, c.server), c.repo)
			url := r.URL()
			if c.local {
				url = "file://" + r.Dir
			}
			repo := writertest.OpenAt(t, url)
			lines := func(s string) []string {
				return slices.Sorted(strings.FieldsFuncSeq(s, func(r rune) bool { return r == '\n' }))
			}
			for _, base := range []string{"main", "ahead", "beside", "root"} {
				for _, head := range []string{"main", "ahead", "beside", "root"} {
					from, to := commitOf(t, r, base), commitOf(t, r, head)
					if _, err := repo.Find(t.Context(), head); err != nil { // as callers do
						t.Fatal(err)
					}
					span, err := repo.Between(t.Context(), from, to)
					if err != nil {
						t.Fatalf("%s..%s: %v", base, head, err)
					}
					want := lines(r.Git(t, "log", "--format=%H %s", base+".."+head))
					if got := logLines(span.Ahead); !slices.Equal(got, want) {
						t.Errorf("%s..%s: %q, want %q", base, head, got, want)
					}
					back := lines(r.Git(t, "log", "--format=%H %s", head+".."+base))
					if got := logLines(span.Behind); !slices.Equal(got, back) {
						t.Errorf("%s..%s, behind: %q, want %q", base, head, got, back)
					}
					if span.Descends != (len(back) == 0) || span.More {
						t.Errorf("%s..%s: descends %t, more %t, and git has %q behind", base, head, span.Descends, span.More, back)
					}
				}
			}
		})
	}
}

func commitOf(t *testing.T, r *gittest.Repo, name string) gitobj.ID {
	t.Helper()
	id, err := gitobj.ParseID(r.Git(t, "rev-parse", name+"^{commit}"))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func logLines(commits []gitread.Spanned) (lines []string) {
	for _, c := range commits {
		lines = append(lines, fmt.Sprintf("%s %s", c.ID, c.Subject))
	}
	slices.Sort(lines)
	return lines
}

// Tags that were prefetched are found without a request.
func TestTipsAreTheRefsOfGitAndPrefetchReadsTheirObjects(t *testing.T) {
	t.Parallel()
	for _, c := range wovenServers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			r := woven(t, s, c.repo)
			url := r.URL()
			if c.local {
				url = "file://" + r.Dir
			}
			repo := writertest.OpenAt(t, url)
			for _, prefix := range []string{"refs/heads/", "refs/tags/"} {
				tips, err := repo.Tips(t.Context(), prefix)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				var ids []gitobj.ID
				for _, tip := range tips {
					got, ids = append(got, tip.Object.String()+" "+tip.Ref), append(ids, tip.Object)
				}
				if want := strings.Split(r.Git(t, "for-each-ref", "--format=%(objectname) %(refname)", prefix), "\n"); !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
				if err := repo.Prefetch(t.Context(), ids); err != nil {
					t.Fatal(err)
				}
				before := s.Stats().Requests
				for _, tip := range tips {
					if _, err := repo.Object(t.Context(), tip.Object); err != nil {
						t.Fatal(err)
					}
				}
				if n := s.Stats().Requests - before; n != 0 {
					t.Errorf("%s: %d requests after the prefetch", prefix, n)
				}
				for _, tip := range tips {
					if commit, err := repo.Peel(t.Context(), tip.Object); err != nil || commit != commitOf(t, r, tip.Ref) {
						t.Errorf("%s: %s, %v", tip.Ref, commit, err)
					}
				}
			}
		})
	}
}

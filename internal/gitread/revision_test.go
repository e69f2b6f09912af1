package gitread_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// tagged makes a repository with two commits, of which tags of each kind lead to the first.
func tagged(t *testing.T, s *gittest.Server, o gittest.RepoOptions) (r *gittest.Repo, first string) {
	t.Helper()
	r = s.NewRepo(t, "r.git", o)
	first = r.SeedText(t, map[string]string{"a/b/c/d.txt": "first\n"})
	r.Git(t, "tag", "light", first)
	r.Git(t, "-c", "user.name=T", "-c", "user.email=t@example.com", "tag", "-a", "-m", "x", "heavy", first)
	r.Git(t, "-c", "user.name=T", "-c", "user.email=t@example.com", "tag", "-a", "-m", "y", "nested", "heavy")
	r.Git(t, "update-ref", "refs/pull/1/head", first)
	r.Git(t, "tag", "both", first)
	r.SeedText(t, map[string]string{"a/b/c/d.txt": "second\n"})
	r.Git(t, "update-ref", "refs/heads/both", r.Head(t))
	return r, first
}

func TestARevisionIsTheCommitThatGitFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server gittest.Options
		repo   gittest.RepoOptions
	}{
		"version 2":          {},
		"version 2, SHA-256": {repo: gittest.RepoOptions{Format: "sha256"}},
		"version 0":          {server: gittest.Options{V0Only: true}},
		"commits only":       {server: gittest.Options{CommitsOnly: true}},
		"version 0, tips only": {
			server: gittest.Options{V0Only: true, NoFilter: true},
			repo:   gittest.RepoOptions{Config: map[string]string{"uploadpack.allowAnySHA1InWant": "false"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			r, first := tagged(t, s, c.repo)
			for _, ref := range []string{"", "HEAD", "main", "refs/heads/main", "light", "heavy", "nested", "refs/tags/nested", "refs/pull/1/head", first, strings.ToUpper(first), r.Head(t), "both"} {
				t.Run(ref, func(t *testing.T) {
					found, err := writertest.Open(t, r).Revision(t.Context(), ref, "a/b/c/d.txt")
					if err != nil {
						t.Fatal(err)
					}
					asked := strings.ToLower(ref)
					switch ref {
					case "":
						asked = "HEAD"
					case "HEAD":
						asked = ref
					case "both":
						asked = "refs/heads/both"
					}
					if want := r.Git(t, "rev-parse", asked+"^{commit}"); found.Commit.String() != want {
						t.Errorf("%q is commit %s, and git says %s", ref, found.Commit, want)
					}
					at, err := found.Snapshot.Lookup(t.Context(), "a/b/c/d.txt")
					if want := r.Git(t, "rev-parse", asked+":a/b/c/d.txt"); err != nil || at.ID.String() != want {
						t.Errorf("%q has blob %s, %v; git says %s", ref, at.ID, err, want)
					}
					got, err := found.Snapshot.ReadBlob(t.Context(), at.ID, 100)
					if want := r.Content(t, asked, "a/b/c/d.txt"); err != nil || string(got) != want {
						t.Errorf("%q has content %q, %v; want %q", ref, got, err, want)
					}
				})
			}
		})
	}
}

func TestANameOfNothingIsAnErrorThatSaysSo(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r, _ := tagged(t, s, gittest.RepoOptions{})
	r.Git(t, "update-ref", "refs/other/blob", r.Git(t, "rev-parse", "main:README.md"))
	empty := s.NewRepo(t, "empty.git", gittest.RepoOptions{Empty: true})
	strange := strings.Repeat("ab", 20)
	for _, c := range []struct {
		repo *gittest.Repo
		name string
		want error
		text string
	}{
		{r, "nothing", gitread.ErrNoName, `no branch, tag or commit "nothing"`},
		{r, "refs/heads/light", gitread.ErrNoName, `"light"`},
		{r, "refs/none/x", gitread.ErrNoName, `"refs/none/x"`},
		{r, strange, gitread.ErrNoName, strange},
		{r, strings.Repeat("ab", 32), gitread.ErrFormat, "sha256"},
		{r, "refs/other/blob", gitread.ErrNotCommit, "is a blob"},
		{empty, "", gitread.ErrNoName, "the repository is empty"},
		{empty, "main", gitread.ErrNoName, "the repository is empty"},
		{empty, strange, gitread.ErrNoName, "the repository is empty"},
	} {
		_, err := writertest.Open(t, c.repo).Revision(t.Context(), c.name)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%q: %v, want %v with %q", c.name, err, c.want, c.text)
		}
	}
}

// Readers of a branch, of its name as a ref, of a tag and of the commit's id begin at once.
func TestARefAndItsBranchShareTheirRequests(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	head := r.SeedText(t, map[string]string{"a/b": "x"})
	for _, c := range []struct {
		refs     []string
		requests int
	}{
		{[]string{"main"}, 2},
		{[]string{"main", "refs/heads/main"}, 2},
		{[]string{"", "HEAD", "main", "refs/heads/main", head}, 2},
	} {
		repo := writertest.Open(t, r)
		s.ResetStats()
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				b, err := repo.Branch(t.Context(), "main")
				if err == nil {
					_, err = b.Lookup(t.Context(), "a/b")
				}
				if err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				found, err := repo.Revision(t.Context(), c.refs[i%len(c.refs)], "a/b")
				if err == nil {
					_, err = found.Snapshot.Lookup(t.Context(), "a/b")
				}
				if err != nil || found.Commit.String() != head {
					t.Errorf("%q: commit %s, %v", c.refs[i%len(c.refs)], found.Commit, err)
				}
			})
		}
		wg.Wait()
		if st := s.Stats(); st.Requests > c.requests {
			t.Errorf("%q: %d requests, want %d: %+v", c.refs, st.Requests, c.requests, st.Log)
		}
	}
}

// A store may be shared with people who may read other repositories.
func TestACommitThatOnlyTheCacheHasIsNotRead(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	open, closed := s.NewRepo(t, "open.git", gittest.RepoOptions{}), s.NewRepo(t, "closed.git", gittest.RepoOptions{})
	secret := closed.SeedText(t, map[string]string{"secret": "x"})
	store := objstore.NewMemory(objstore.MemoryOptions{})
	read := func(r *gittest.Repo) error {
		remote, err := gitremote.Open(gitremote.Options{URL: r.URL()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { remote.Close() })
		found, err := writertest.OpenRemote(objstore.NewContext(t.Context(), store), t, remote).Revision(t.Context(), secret)
		if err == nil {
			_, err = found.Snapshot.Lookup(t.Context(), "secret")
		}
		return err
	}
	if err := read(closed); err != nil {
		t.Fatal(err)
	}
	if err := read(open); !errors.Is(err, gitread.ErrNoName) {
		t.Errorf("the other repository's commit: %v, want ErrNoName", err)
	}
	if err := read(closed); err != nil {
		t.Errorf("with a warm cache: %v", err)
	}
}

// A process that applies reads a tag, moves it, and reads it again.
func TestARefThatThisProcessMovesIsFoundAnew(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r, first := tagged(t, s, gittest.RepoOptions{})
	repo, head := writertest.Open(t, r), r.Head(t)
	id := func(text string) gitobj.ID {
		id, err := gitobj.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	at := func(ref, want string) {
		t.Helper()
		if found, err := repo.Revision(t.Context(), ref); err != nil || found.Commit != id(want) {
			t.Errorf("%s is at %s, %v; want %s", ref, found.Commit, err, want)
		}
	}
	set := func(ref string, old, now gitobj.ID) {
		t.Helper()
		if err := repo.SetRef(t.Context(), gitwriter.RefChange{Ref: ref, Old: old, New: now}); err != nil {
			t.Fatal(err)
		}
	}
	for _, ref := range []string{"light", "refs/tags/light"} {
		at(ref, first)
	}
	set("refs/tags/light", id(first), id(head))
	for _, ref := range []string{"light", "refs/tags/light"} {
		at(ref, head)
	}
	at("both", head)
	set("refs/heads/both", id(head), id(first))
	at("both", first)
	set("refs/heads/fresh", gitobj.ID{}, id(first))
	at("fresh", first)

	b, err := repo.Branch(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	at("main", head)
	writertest.Commit(t, b, writertest.Put(t, b, "new", "by this process"))
	at("main", r.Head(t))
}

// A server that hands out tips alone does not tell whether it has another commit.
func TestAnIDThatTheServerDoesNotHandOutIsAnErrorThatSaysSo(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{V0Only: true})
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{Config: map[string]string{"uploadpack.allowAnySHA1InWant": "false"}})
	_, err := writertest.Open(t, r).Revision(t.Context(), strings.Repeat("ab", 20))
	if !errors.Is(err, gitread.ErrNoName) || !strings.Contains(err.Error(), "hands out no other commits: name a branch or a tag") {
		t.Errorf("got %v", err)
	}
}

func TestAHeadThatIsNoBranchIsReadAsTheCommitThatItNames(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]gittest.Options{"version 2": {}, "version 0": {V0Only: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, first := tagged(t, gittest.New(t, server), gittest.RepoOptions{})
			r.Git(t, "update-ref", "--no-deref", "HEAD", first)
			for _, ref := range []string{"", "HEAD"} {
				found, err := writertest.Open(t, r).Revision(t.Context(), ref)
				if err != nil || found.Commit.String() != first || found.Ref != "HEAD" {
					t.Errorf("%q: %+v, %v; want commit %s", ref, found.Named, err, first)
				}
			}
		})
	}
}

package gitremote_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// open returns a remote that waits as good as nothing between attempts.
func open(t *testing.T, url string, change ...func(*gitremote.Options)) *gitremote.Remote {
	t.Helper()
	o := gitremote.Options{URL: url, Limits: gitremote.Limits{Backoff: time.Microsecond}}
	for _, c := range change {
		c(&o)
	}
	r, err := gitremote.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// fetch returns the objects of a pack, as `git index-pack --strict` names them in an empty
// repository.
func fetch(t *testing.T, r *gitremote.Remote, req gitwire.Fetch) (objects string, calls int, err error) {
	t.Helper()
	dir := t.TempDir()
	format := req.Format
	if format == 0 {
		format = gitobj.SHA1
	}
	git(t, dir, "init", "-q", "--bare", "--object-format="+format.String(), ".")
	err = r.Fetch(t.Context(), req, func(pack io.Reader) error {
		calls++
		f, err := os.Create(filepath.Join(dir, "in.pack"))
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(f, pack)
		return err
	})
	if err != nil {
		return "", calls, err
	}
	git(t, dir, "index-pack", "in.pack")
	return git(t, dir, "show-index", "--object-format="+format.String(), "<in.idx"), calls, nil
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	if last := args[len(args)-1]; strings.HasPrefix(last, "<") {
		f, err := os.Open(filepath.Join(dir, last[1:]))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd = exec.Command("git", args[:len(args)-1]...)
		cmd.Stdin = f
	}
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func id(t *testing.T, s string) gitobj.ID {
	t.Helper()
	id, err := gitobj.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestListRefsOnceReturnsHeadAndBranch(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	r := open(t, repo.URL())
	refs, err := r.ListRefs(t.Context(), "HEAD", "refs/heads/main")
	if err != nil {
		t.Fatal(err)
	}
	want := []gitwire.Ref{
		{Name: "HEAD", ID: id(t, repo.Head(t)), Target: "refs/heads/main"},
		{Name: "refs/heads/main", ID: id(t, repo.Head(t))},
	}
	if len(refs) != 2 || refs[0] != want[0] || refs[1] != want[1] {
		t.Errorf("got %v, want %v", refs, want)
	}
	if n := s.Stats().Requests; n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestFetchTakesCommitAndTreesOverOneConnection(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{Username: "u", Password: "s3cret-pw"})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.SeedText(t, map[string]string{"a/b": "1", "c": "2"})
	r := open(t, repo.URL(), func(o *gitremote.Options) {
		o.Auth = gitremote.Basic{Username: "u", Password: "s3cret-pw"}
	})
	for range 3 {
		refs, err := r.ListRefs(t.Context(), "refs/heads/main")
		if err != nil {
			t.Fatal(err)
		}
		objects, calls, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{refs[0].ID}, Depth: 1, Filter: "blob:none"})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(strings.Split(objects, "\n")); n != 3 || calls != 1 {
			t.Errorf("%d objects in %d calls, want commit and two trees in one:\n%s", n, calls, objects)
		}
	}
	st := s.Stats()
	if st.Requests != 6 || st.Connections != 1 {
		t.Errorf("%d requests over %d connections, want 6 over 1", st.Requests, st.Connections)
	}
}

func TestServerWithoutFilterIsAskedWithoutOne(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{NoFilter: true})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	r := open(t, repo.URL())
	req := gitwire.Fetch{Wants: []gitobj.ID{id(t, repo.Head(t))}, Depth: 1, Filter: "blob:none"}
	for i, requests := range []int{3, 1} { // fetch, capabilities, fetch; then it is known
		s.ResetStats()
		objects, _, err := fetch(t, r, req)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(strings.Split(objects, "\n")); n != 3 {
			t.Errorf("%d objects, want commit, tree and blob", n)
		}
		if st := s.Stats(); st.Requests != requests {
			t.Errorf("fetch %d took %d requests, want %d", i, st.Requests, requests)
		}
	}
}

func TestRepositoryOfSHA256IsRecognised(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{Format: "sha256"})
	r := open(t, repo.URL())
	refs, err := r.ListRefs(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if refs[0].ID.Format() != gitobj.SHA256 || refs[0].ID.String() != repo.Head(t) {
		t.Errorf("got %v, want %s", refs, repo.Head(t))
	}
	objects, _, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{refs[0].ID}, Depth: 1, Format: gitobj.SHA256})
	if err != nil || len(strings.Split(objects, "\n")) != 3 {
		t.Errorf("got %v %v", objects, err)
	}
}

func TestManyWhoAskAtOnceLearnOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server gittest.Options
		repo   gittest.RepoOptions
		url    func(*gittest.Repo) string
	}{
		"SHA-256":                {gittest.Options{}, gittest.RepoOptions{Format: "sha256"}, (*gittest.Repo).URL},
		"version 0":              {gittest.Options{V0Only: true}, gittest.RepoOptions{}, (*gittest.Repo).URL},
		"SHA-256, a directory":   {gittest.Options{}, gittest.RepoOptions{Format: "sha256"}, func(r *gittest.Repo) string { return r.Dir }},
		"SHA-256 over version 0": {gittest.Options{V0Only: true}, gittest.RepoOptions{Format: "sha256"}, (*gittest.Repo).URL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			repo := s.NewRepo(t, "r.git", c.repo)
			head := repo.Head(t)
			s.ResetStats()
			r := open(t, c.url(repo), func(o *gitremote.Options) { o.Limits.Attempts = 1 })
			const many = 8
			var wg sync.WaitGroup
			for range many {
				wg.Go(func() {
					if refs, err := r.ListRefs(t.Context(), "refs/heads/main"); err != nil || len(refs) != 1 || refs[0].ID.String() != head {
						t.Errorf("references %v, %v; want one at %s", refs, err, head)
					}
				})
			}
			wg.Wait()
			// Each may have begun before anything was known, and is made anew then.
			if n := s.Stats().Requests; n > 2*many+1 {
				t.Errorf("%d requests of %d who ask, want %d at most: what the server offers is asked once", n, many, 2*many+1)
			}
		})
	}
}

func TestEmptyRepository(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	repo := s.NewRepo(t, "r.git", gittest.RepoOptions{Empty: true, Branch: "trunk"})
	r := open(t, repo.URL())
	if has, err := r.HasBranches(t.Context()); err != nil || has {
		t.Errorf("HasBranches: got %v, %v", has, err)
	}
	if name, err := r.HeadBranch(t.Context()); err != nil || name != "trunk" {
		t.Errorf("HeadBranch: got %q, %v", name, err)
	}
	full := s.NewRepo(t, "full.git", gittest.RepoOptions{Branch: "dev"})
	r = open(t, full.URL())
	if has, err := r.HasBranches(t.Context()); err != nil || !has {
		t.Errorf("HasBranches: got %v, %v", has, err)
	}
	if name, err := r.HeadBranch(t.Context()); err != nil || name != "dev" {
		t.Errorf("HeadBranch: got %q, %v", name, err)
	}
}

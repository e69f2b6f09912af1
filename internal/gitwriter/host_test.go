package gitwriter_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/githubapi"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// hosted is a repository whose server has an API that makes and signs commits.
type hosted struct {
	*gittest.Repo
	server *gittest.Server
	api    *gittest.CommitsAPI
}

func newHosted(t *testing.T, server gittest.Options, o gittest.RepoOptions) *hosted {
	t.Helper()
	s := gittest.New(t, server)
	h := &hosted{server: s, api: gittest.NewCommitsAPI(t, s)}
	config := h.api.Config()
	maps.Copy(config, o.Config)
	o.Config = config
	h.Repo = s.NewRepo(t, "acme/web.git", o)
	return h
}

// host is an option: the API makes the commits. Its waits take no time.
func (h *hosted) host(t *testing.T) func(*writertest.Options) {
	t.Helper()
	u, err := url.Parse(h.URL())
	if err != nil {
		t.Fatal(err)
	}
	commits, err := githubapi.NewCommits(githubapi.Options{
		URL: githubapi.URL(u), Repository: u, Auth: gitremote.Token{Token: "ghs_x"}, Transport: http.DefaultTransport, UserAgent: "test",
		Wait: noWait,
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *writertest.Options) { o.Host, o.Nobody = commits, gitwriter.Identity{Name: "Nobody"} }
}

func (h *hosted) open(t *testing.T, adjust ...func(*writertest.Options)) *gitqueue.Repo {
	t.Helper()
	return writertest.Open(t, h.Repo, append([]func(*writertest.Options){h.host(t)}, adjust...)...)
}

func (h *hosted) branch(t *testing.T, adjust ...func(*writertest.Options)) *gitqueue.Branch {
	t.Helper()
	return writertest.Branch(t, h.Repo, append([]func(*writertest.Options){h.host(t)}, adjust...)...)
}

// check fails the test unless the host has made every commit of a range, and no helper ref is left.
func (h *hosted) check(t *testing.T, commits string, count int) {
	t.Helper()
	list := strings.Fields(h.Git(t, "rev-list", commits))
	if len(list) != count {
		t.Errorf("%d commits in %s, want %d", len(list), commits, count)
	}
	for _, id := range list {
		h.Git(t, "verify-commit", id)
		if got := h.Git(t, "log", "-1", "--format=%an <%ae>|%cn <%ce>", id); got != gittest.AppAuthor+"|"+gittest.AppCommitter {
			t.Errorf("%s is of %s", id, got)
		}
	}
	if left := h.Git(t, "for-each-ref", "refs/nanogit"); left != "" {
		t.Errorf("helper refs are left:\n%s", left)
	}
}

// TestTheHostMakesEveryCommit makes commits of each kind. Modes, symbolic links and submodules
// stay, and every tree is the one that a writer makes who commits on its own.
func TestTheHostMakesEveryCommit(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		seed := map[string]gittest.File{
			"run.sh": {Content: "#!/bin/sh\n", Mode: "100755"}, "link": {Content: "run.sh", Mode: "120000"},
			"lib": {Content: f.Submodule(), Mode: "160000"}, "dir/deep/a": {Content: "1"}, "dir/b": {Content: "2"}, "README.md": {Content: "x"},
		}
		h := newHosted(t, gittest.Options{}, gittest.RepoOptions{Format: f.String()})
		_, alone := f.Repo(t, gittest.RepoOptions{})
		for _, r := range []*gittest.Repo{h.Repo, alone} {
			r.Seed(t, seed)
		}
		begin := h.Head(t)
		commits := 0
		for _, r := range []struct {
			repo *gitqueue.Repo
			of   *gittest.Repo
		}{{h.open(t, func(o *writertest.Options) { o.CreateFrom = "main" }), h.Repo}, {writertest.Open(t, alone), alone}} {
			b, err := r.repo.Branch(t.Context(), "main")
			if err != nil {
				t.Fatal(err)
			}
			put := func(path, content string, mode gitobj.Mode) gitwriter.Change {
				c := writertest.Put(t, b, path, content)
				c.Mode = mode
				return c
			}
			for _, changes := range [][]gitwriter.Change{
				{put("dir/deep/c", "3", gitobj.ModeFile), put("tool", "4", gitobj.ModeExec), put("to", "dir", gitobj.ModeSymlink)},
				{put("dir/b", "5", gitobj.ModeFile), {Path: "link", Delete: true}},
				{{Path: "dir/deep/a", Delete: true}},
			} {
				res := writertest.Commit(t, b, changes...)
				if r.of != h.Repo {
					continue
				}
				commits++
				if got := h.Git(t, "rev-parse", "main", "main^{tree}", "main^"); got != fmt.Sprintf("%s\n%s\n%s", res.Commit, res.Tree, res.Parent) {
					t.Errorf("the branch is at\n%s\nthe result says %v", got, res)
				}
			}
		}
		if got, want := h.Git(t, "log", "--format=%T", begin+"..main"), alone.Git(t, "log", "-3", "--format=%T", "main"); got != want {
			t.Errorf("the trees are\n%s\nwant\n%s", got, want)
		}
		if got := h.Git(t, "log", "-1", "--format=%(trailers)"); got != "Co-authored-by: Some One <one@example.com>\n" {
			t.Errorf("the trailers are %q", got)
		}

		repo := h.open(t, func(o *writertest.Options) { o.CreateFrom = "main" })
		b, err := repo.Branch(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := b.CommitTogether(t.Context(), nil, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone, AllowEmpty: true}); err != nil {
			t.Error(err)
		}
		other, err := repo.Branch(t.Context(), "other")
		if err != nil {
			t.Fatal(err)
		}
		writertest.Commit(t, other, writertest.Put(t, other, "x", "y"))
		h.check(t, begin+"..main", commits+1)
		h.check(t, "main..other", 1)
		if got := h.api.Calls(); got != commits+2 {
			t.Errorf("%d calls of the API, want one for each of %d commits", got, commits+2)
		}
	})
}

func TestTheHostMakesTheFirstCommitOfARepository(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		h := newHosted(t, gittest.Options{}, gittest.RepoOptions{Empty: true})
		h.api.RefuseEmpty = refuses
		b := h.branch(t)
		err := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "a", "1")}, writertest.Meta)[0].Err
		_, made, ierr := h.open(t).Initialize(t.Context(), "begun", writertest.Meta)
		if !refuses {
			if err != nil || ierr != nil || made {
				t.Errorf("%v; and for the second first commit: %v, %t", err, ierr, made)
			}
			h.check(t, "main", 1)
			continue
		}
		for _, err := range []error{err, ierr} {
			if !errors.Is(err, gitwriter.ErrUnsigned) || !strings.Contains(err.Error(), "Git Repository is empty.; GitHub makes no first commit") {
				t.Errorf("got %v", err)
			}
		}
		if left := h.Git(t, "for-each-ref"); left != "" {
			t.Errorf("refs are left:\n%s", left)
		}
	}
	h := newHosted(t, gittest.Options{}, gittest.RepoOptions{Empty: true})
	id, made, err := h.open(t).Initialize(t.Context(), "main", writertest.Meta)
	if err != nil || !made || h.Head(t) != id.String() {
		t.Errorf("%s, %t, %v", id, made, err)
	}
	h.check(t, "main", 1)
}

func TestTheHostMakesACommitOfManyFilesWithASingleRequest(t *testing.T) {
	t.Parallel()
	h := newHosted(t, gittest.Options{}, gittest.RepoOptions{})
	begin := h.Head(t)
	b := h.branch(t)
	var changes []gitwriter.Change
	for i := range 300 {
		changes = append(changes, writertest.Put(t, b, fmt.Sprintf("dir%d/file%d", i%7, i), fmt.Sprint("content ", i)))
	}
	res := writertest.Commit(t, b, changes...)
	h.check(t, begin+"..main", 1)
	// Two of reading, two pushes, the capabilities, and the list of helper refs.
	if n := h.server.Stats().Requests; n != 6 {
		t.Errorf("%d requests of Git, want 6", n)
	}
	defer func() {
		h.server.ResetStats()
		writertest.Commit(t, b, writertest.Put(t, b, "further", "x"))
		if n := h.server.Stats().Requests; n != 2 || h.api.Calls() != 2 {
			t.Errorf("%d requests of Git for a further commit, want its two pushes", n)
		}
	}()
	if n := len(h.Tree(t, "main")); n != 301 || h.api.Calls() != 1 || h.Git(t, "rev-parse", "main^{tree}") != res.Tree.String() {
		t.Errorf("%d files, %d calls of the API", n, h.api.Calls())
	}
}

// TestTheHostsCommitsLoseRacesAndWinThem has somebody else commit while the host makes a commit:
// ten times once, and once ten times.
func TestTheHostsCommitsLoseRacesAndWinThem(t *testing.T) {
	t.Parallel()
	t.Run("ten commits", func(t *testing.T) {
		t.Parallel()
		h := newHosted(t, gittest.Options{}, gittest.RepoOptions{})
		h.api.Before = func(n int) gittest.Loss {
			if n%2 == 1 {
				h.SeedText(t, map[string]string{fmt.Sprint("theirs/", n): "x"})
			}
			return gittest.Arrives
		}
		b := h.branch(t)
		for i := range 10 {
			writertest.Commit(t, b, writertest.Put(t, b, fmt.Sprint("ours/", i), "y"))
			if head, want := h.Head(t), h.api.Made()[2*i+1]; head != want {
				t.Errorf("the branch is at %s, and the host made %s", head, want)
			}
		}
		if n := len(h.Tree(t, "main")); n != 21 || h.Commits(t, "main") != 21 || h.api.Calls() != 20 {
			t.Errorf("%d files in %d commits with %d calls of the API", n, h.Commits(t, "main"), h.api.Calls())
		}
		for _, id := range h.api.Made() {
			h.Git(t, "verify-commit", id)
		}
		if left := h.Git(t, "for-each-ref", "refs/nanogit"); left != "" {
			t.Errorf("helper refs are left:\n%s", left)
		}
	})
	t.Run("three losses of a commit", func(t *testing.T) {
		t.Parallel()
		h := newHosted(t, gittest.Options{}, gittest.RepoOptions{})
		h.api.Before = func(n int) gittest.Loss {
			if n <= 3 {
				h.SeedText(t, map[string]string{fmt.Sprint("theirs/", n): "x"})
			}
			return gittest.Arrives
		}
		b := h.branch(t)
		res := writertest.Commit(t, b, writertest.Put(t, b, "ours", "y"))
		if h.Head(t) != res.Commit.String() || h.Commits(t, "main") != 5 || h.api.Calls() != 4 {
			t.Errorf("%d commits after %d calls of the API", h.Commits(t, "main"), h.api.Calls())
		}
		h.check(t, "main^..main", 1)
	})
}

// TestAnswersAboutTheHostsCommitsAreLost loses the request or the answer of each step once: no
// commit is on the branch twice, and no helper ref is left.
func TestAnswersAboutTheHostsCommitsAreLost(t *testing.T) {
	t.Parallel()
	kinds := map[string]gittest.Kind{"request": gittest.DropBefore, "answer": gittest.DropAfter, "end of the answer": gittest.CutAfter(40), "busy": gittest.Status(503)}
	push := func(skip int, kind gittest.Kind) func(*hosted) {
		return func(h *hosted) {
			h.server.Inject(gittest.Fault{Service: gittest.ReceivePack, Skip: skip, Kind: kind})
		}
	}
	call := func(loss gittest.Loss) func(*hosted) {
		return func(h *hosted) {
			h.api.Before = func(n int) gittest.Loss {
				if n > 1 {
					return gittest.Arrives
				}
				return loss
			}
		}
	}
	steps := map[string]func(*hosted){
		"the API: request": call(gittest.RequestLost), "the API: answer": call(gittest.AnswerLost),
		"the API: both": func(h *hosted) {
			h.api.Before = func(n int) gittest.Loss {
				return []gittest.Loss{gittest.AnswerLost, gittest.RequestLost, gittest.Arrives}[min(n-1, 2)]
			}
		},
	}
	for name, kind := range kinds {
		steps["the objects: "+name], steps["the branch: "+name] = push(0, kind), push(1, kind)
	}
	for name, lose := range steps {
		for _, o := range []gittest.RepoOptions{{}, {Config: map[string]string{"receive.advertiseAtomic": "false"}}} {
			t.Run(fmt.Sprint(name, o.Config), func(t *testing.T) {
				t.Parallel()
				h := newHosted(t, gittest.Options{}, o)
				begin := h.Head(t)
				lose(h)
				b := h.branch(t)
				res := writertest.Commit(t, b, writertest.Put(t, b, "dir/a", "1"))
				if h.Head(t) != res.Commit.String() {
					t.Errorf("the branch is at %s, the result says %s", h.Head(t), res.Commit)
				}
				h.check(t, begin+"..main", 1)
			})
		}
	}
}

// TestTheHostsCommitsWithSomebodyElsesOnTop loses the answer of the last push, after which somebody
// else commits.
func TestTheHostsCommitsWithSomebodyElsesOnTop(t *testing.T) {
	t.Parallel()
	h := newHosted(t, gittest.Options{}, gittest.RepoOptions{Hooks: map[string]string{
		// A commit of somebody else, in the moment after the push has moved the branch.
		"post-receive": `#!/bin/sh
read old new ref
[ "$ref" = refs/heads/main ] || exit 0
git update-ref refs/heads/main "$(git -c user.name=x -c user.email=x@example.com commit-tree -p "$new" -m theirs "$new^{tree}")"
`,
	}})
	h.server.Inject(gittest.Fault{Service: gittest.ReceivePack, Skip: 1, Kind: gittest.DropAfter})
	b := h.branch(t)
	res := writertest.Commit(t, b, writertest.Put(t, b, "a", "1"))
	if got := h.Git(t, "rev-parse", "main^"); got != res.Commit.String() || h.Commits(t, "main") != 3 {
		t.Errorf("below theirs is %s, the result says %s; %d commits", got, res.Commit, h.Commits(t, "main"))
	}
	h.check(t, "main^^..main^", 1)
}

func TestTheHostsRefusalsLeaveNothing(t *testing.T) {
	t.Parallel()
	hook := func(name, ref string) gittest.RepoOptions {
		return gittest.RepoOptions{Hooks: map[string]string{name: "#!/bin/sh\ncase \"$*$(cat)\" in *" + ref + "*) echo 'not here' >&2; exit 1;; esac\n"}}
	}
	for name, c := range map[string]struct {
		repo   gittest.RepoOptions
		adjust func(*hosted)
		want   error
		says   []string
	}{
		"a protected namespace":                              {hook("pre-receive", "refs/nanogit"), nil, gitwriter.ErrRefused, []string{"refs/nanogit/", "of their own", "pre-receive hook declined", "not here"}},
		"a branch of which a hook refuses the host's commit": {hook("pre-receive", "refs/heads"), nil, gitwriter.ErrRefused, []string{`branch "main"`, "pre-receive hook declined", "not here"}},
		"a branch that its update hook refuses": {
			gittest.RepoOptions{Hooks: map[string]string{"update": "#!/bin/sh\ncase $1 in refs/heads*) echo 'not here' >&2; exit 1;; esac\n"}},
			nil, gitwriter.ErrRefused,
			[]string{`branch "main"`, "hook declined", "not here"},
		},
		"the token of a person": {gittest.RepoOptions{}, func(h *hosted) { h.api.Person = true }, gitwriter.ErrUnsigned, []string{`branch "main"`, "without a verified signature", "GITHUB_TOKEN"}},
		"a wrong token":         {gittest.RepoOptions{}, func(h *hosted) { h.api.Token = "ghs_y" }, gitwriter.ErrUnsigned, []string{"401 Unauthorized: Bad credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHosted(t, gittest.Options{}, c.repo)
			begin := h.Head(t)
			if c.adjust != nil {
				c.adjust(h)
			}
			b := h.branch(t)
			change := writertest.Put(t, b, "a", "1")
			err := b.Commit(t.Context(), []gitwriter.Change{change}, writertest.Meta)[0].Err
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			for _, s := range c.says {
				if err == nil || !strings.Contains(err.Error(), s) {
					t.Errorf("%q is not in: %v", s, err)
				}
			}
			if left := h.Git(t, "for-each-ref", "--format=%(objectname) %(refname)"); left != begin+" refs/heads/main" {
				t.Errorf("the refs are\n%s", left)
			}
		})
	}
}

// TestAHelperRefThatIsGoneIsNoReasonToFail has somebody delete the helper ref while the host makes
// the commit.
func TestAHelperRefThatIsGoneIsNoReasonToFail(t *testing.T) {
	t.Parallel()
	h := newHosted(t, gittest.Options{}, gittest.RepoOptions{})
	begin := h.Head(t)
	h.api.Before = func(int) gittest.Loss {
		h.Git(t, "update-ref", "-d", h.Git(t, "for-each-ref", "--format=%(refname)", "refs/nanogit"))
		return gittest.Arrives
	}
	b := h.branch(t)
	writertest.Commit(t, b, writertest.Put(t, b, "a", "1"))
	h.check(t, begin+"..main", 1)
}

// TestHelperRefsThatWereLeftBehindAreDeleted tells their age by their names.
func TestHelperRefsThatWereLeftBehindAreDeleted(t *testing.T) {
	t.Parallel()
	h := newHosted(t, gittest.Options{}, gittest.RepoOptions{})
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{"20260301T115959Z-abc", "20250101T000000Z-d", "20260301T120001Z-young", "mine", "2026-others"} {
		h.Git(t, "update-ref", "refs/nanogit/"+name, "main")
	}
	b := h.branch(t, func(o *writertest.Options) { o.Now = func() time.Time { return now } })
	writertest.Commit(t, b, writertest.Put(t, b, "a", "1"))
	if got := h.Git(t, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/nanogit"); got != "2026-others\n20260301T120001Z-young\nmine" {
		t.Errorf("there are\n%s", got)
	}
}

func noWait(context.Context, time.Duration) error { return nil }

// TestTheHostMakesCommitsOnEachKindOfServer changes a file, and loses a race, on servers with fewer
// abilities.
func TestTheHostMakesCommitsOnEachKindOfServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server gittest.Options
		repo   gittest.RepoOptions
	}{
		"version 0":       {gittest.Options{V0Only: true}, gittest.RepoOptions{}},
		"without filters": {gittest.Options{NoFilter: true}, gittest.RepoOptions{}},
		"commits only":    {gittest.Options{CommitsOnly: true}, gittest.RepoOptions{}},
		"version 0, SHA-256, without atomic pushes": {
			gittest.Options{V0Only: true},
			gittest.RepoOptions{Format: "sha256", Config: map[string]string{"receive.advertiseAtomic": "false"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHosted(t, c.server, c.repo)
			h.api.Before = func(n int) gittest.Loss {
				if n == 2 {
					h.SeedText(t, map[string]string{"theirs": "x"})
				}
				return gittest.Arrives
			}
			b := h.branch(t)
			writertest.Commit(t, b, writertest.Put(t, b, "a", strings.Repeat("line\n", 2000)))
			res := writertest.Commit(t, b, writertest.Put(t, b, "a", strings.Repeat("line\n", 2000)+"more\n"), writertest.Put(t, b, "dir/b", "x"))
			if h.Head(t) != res.Commit.String() || h.Commits(t, "main") != 4 {
				t.Errorf("the branch is at %s after %d commits, the result says %s", h.Head(t), h.Commits(t, "main"), res.Commit)
			}
			h.check(t, "main^..main", 1)
		})
	}
}

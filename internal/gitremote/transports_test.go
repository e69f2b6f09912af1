package gitremote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// transports are the ways to a repository; each test of this file runs over each of them.
var transports = []struct {
	name    string
	options gittest.Options
	open    func(*testing.T, *gittest.Server, *gittest.Repo, ...func(*gitremote.Options)) *gitremote.Remote
	unborn  bool // whether it tells the branch that an unborn HEAD names
}{
	{"HTTP, version 2", gittest.Options{}, openHTTP, true},
	{"HTTP, version 0", gittest.Options{V0Only: true}, openHTTP, false},
	{"HTTP, version 0 without filters", gittest.Options{V0Only: true, NoFilter: true}, openHTTP, false},
	{"file URL", gittest.Options{}, func(t *testing.T, _ *gittest.Server, r *gittest.Repo, set ...func(*gitremote.Options)) *gitremote.Remote {
		return open(t, "file://"+r.Dir, set...)
	}, true},
	{"path", gittest.Options{}, func(t *testing.T, _ *gittest.Server, r *gittest.Repo, set ...func(*gitremote.Options)) *gitremote.Remote {
		return open(t, r.Dir, set...)
	}, true},
	{"SSH, version 2", gittest.Options{}, openSSH, true},
	{"SSH, version 2 without filters", gittest.Options{NoFilter: true}, openSSH, true},
	{"SSH, version 0", gittest.Options{V0Only: true}, openSSH, false},
	{"SSH, version 0 without filters", gittest.Options{V0Only: true, NoFilter: true}, openSSH, false},
}

func openHTTP(t *testing.T, _ *gittest.Server, r *gittest.Repo, set ...func(*gitremote.Options)) *gitremote.Remote {
	return open(t, r.URL(), set...)
}

func openSSH(t *testing.T, s *gittest.Server, r *gittest.Repo, set ...func(*gitremote.Options)) *gitremote.Remote {
	x := s.NewSSH(t, gittest.SSHOptions{})
	return open(t, x.URL(r), append(set, func(o *gitremote.Options) { o.SSH = trusting(t, x) })...)
}

// eachTransport runs a test over each transport, with a repository of its own.
func eachTransport(t *testing.T, o gittest.RepoOptions, test func(t *testing.T, repo *gittest.Repo, r *gitremote.Remote)) {
	for _, tt := range transports {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, tt.options)
			repo := server.NewRepo(t, "r.git", o)
			test(t, repo, tt.open(t, server, repo))
		})
	}
}

func TestReadingOverEachTransport(t *testing.T) {
	t.Parallel()
	eachTransport(t, gittest.RepoOptions{Branch: "trunk"}, func(t *testing.T, repo *gittest.Repo, r *gitremote.Remote) {
		repo.SeedText(t, map[string]string{"a/b": "1", "c": "2"})
		repo.Git(t, "tag", "-a", "-m", "annotated", "v1")
		repo.Git(t, "branch", "trunk-2")
		for range 3 { // a conversation goes on, or is begun anew
			if name, err := r.HeadBranch(t.Context()); err != nil || name != "trunk" {
				t.Errorf("HeadBranch: got %q, %v", name, err)
			}
			if has, err := r.HasBranches(t.Context()); err != nil || !has {
				t.Errorf("HasBranches: got %v, %v", has, err)
			}
			refs, err := r.ListRefs(t.Context(), "refs/heads/trunk")
			if err != nil || len(refs) == 0 || refs[0].Name != "refs/heads/trunk" || refs[0].ID.String() != repo.Head(t) {
				t.Fatalf("ListRefs: got %v, %v, want %s first", refs, err, repo.Head(t))
			}
			objects, calls, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{refs[0].ID}, Depth: 1, Filter: "blob:none"})
			want := 3 // the commit and two trees
			if !offersFilter(t, r) {
				want = 6 // and three blobs, README among them
			}
			if n := len(strings.Split(objects, "\n")); err != nil || n != want || calls != 1 {
				t.Errorf("%d objects in %d calls, %v; want %d in one", n, calls, err, want)
			}
		}
		for range 2 { // somebody else moves the branch
			repo.SeedText(t, map[string]string{"c": repo.Head(t)})
			if refs, err := r.ListRefs(t.Context(), "refs/heads/trunk"); err != nil || refs[0].ID.String() != repo.Head(t) {
				t.Errorf("a moved branch: got %v, %v, want %s", refs, err, repo.Head(t))
			}
		}
		repo.Git(t, "tag", "-f", "-a", "-m", "annotated", "v1")
		tags, err := r.ListRefs(t.Context(), "refs/tags/v1")
		if err != nil || len(tags) != 1 || tags[0].Peeled.String() != repo.Head(t) {
			t.Errorf("tags: got %v, %v, want one that points to %s", tags, err, repo.Head(t))
		}
		old := id(t, repo.Head(t))
		repo.SeedText(t, map[string]string{"a/b": "3"})
		objects, _, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{id(t, repo.Head(t))}, Haves: []gitobj.ID{old}})
		if n := len(strings.Split(objects, "\n")); err != nil || n != 4 {
			t.Errorf("since the old head: %d objects, %v; want commit, two trees and a blob", n, err)
		}
	})
}

// offersFilter reports whether the server can leave objects out.
func offersFilter(t *testing.T, r *gitremote.Remote) bool {
	t.Helper()
	c, err := r.Capabilities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.Has("filter") || c.Feature("fetch", "filter")
}

func TestEmptyRepositoryOverEachTransport(t *testing.T) {
	t.Parallel()
	for _, tt := range transports {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := gittest.New(t, tt.options)
			repo := server.NewRepo(t, "r.git", gittest.RepoOptions{Empty: true, Branch: "trunk"})
			r := tt.open(t, server, repo)
			if has, err := r.HasBranches(t.Context()); err != nil || has {
				t.Errorf("HasBranches: got %v, %v", has, err)
			}
			want := ""
			if tt.unborn {
				want = "trunk"
			}
			if name, err := r.HeadBranch(t.Context()); err != nil || name != want {
				t.Errorf("HeadBranch: got %q, %v, want %q", name, err, want)
			}
			first, pack := commit(t, repo, "", "first")
			report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/trunk", New: first}}}, pack)
			if st, ok := report.Ref("refs/heads/trunk"); err != nil || !ok || !st.OK || repo.Head(t) != first.String() {
				t.Errorf("push: got %+v, %v", report, err)
			}
		})
	}
}

func TestPushingOverEachTransport(t *testing.T) {
	t.Parallel()
	hooks := map[string]string{
		"pre-receive":  "#!/bin/sh\nread old new ref\ncase $ref in refs/heads/no*) echo 'not this one'; exit 1;; esac\n",
		"post-receive": "#!/bin/sh\necho 'hello from the hook'\n",
	}
	eachTransport(t, gittest.RepoOptions{Hooks: hooks}, func(t *testing.T, repo *gittest.Repo, r *gitremote.Remote) {
		old := id(t, repo.Head(t))
		next, pack := commit(t, repo, old.String(), "next")
		push := func(ref string) (gitwire.RefStatus, gitwire.Report) {
			t.Helper()
			c := gitwire.Command{Ref: ref, Old: old, New: next}
			if ref != "refs/heads/main" {
				c.Old = gitobj.ID{}
			}
			report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{c}}, pack)
			st, ok := report.Ref(ref)
			if err != nil || !ok {
				t.Fatalf("push of %s: %+v, %v", ref, report, err)
			}
			return st, report
		}
		if st, report := push("refs/heads/main"); !st.OK || !slices.Contains(report.Messages, "hello from the hook") || repo.Head(t) != next.String() {
			t.Errorf("got %+v, head %s, want %s", report, repo.Head(t), next)
		}
		if st, report := push("refs/heads/main"); st.OK || st.Reason == "" {
			t.Errorf("a moved head: got %+v", report)
		}
		if st, report := push("refs/heads/no"); st.OK || !slices.Contains(report.Messages, "not this one") {
			t.Errorf("a refusal: got %+v", report)
		}
		deletion := gitwire.Command{Ref: "refs/heads/main", Old: next}
		report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{deletion}}, nil)
		if st, _ := report.Ref("refs/heads/main"); err != nil || !st.OK {
			t.Errorf("a deletion: got %+v, %v", report, err)
		}
		repo.Fsck(t)
	})
}

func TestStoppingInAPackOverEachTransport(t *testing.T) {
	t.Parallel()
	eachTransport(t, gittest.RepoOptions{}, func(t *testing.T, repo *gittest.Repo, r *gitremote.Remote) {
		files := map[string]string{}
		for i := range 300 {
			files[strings.Repeat("d/", i%40)+"f"] = strings.Repeat("x", i)
		}
		repo.SeedText(t, files)
		enough := errors.New("enough")
		for range 3 {
			err := r.Fetch(t.Context(), gitwire.Fetch{Wants: []gitobj.ID{id(t, repo.Head(t))}, Depth: 1}, func(pack io.Reader) error {
				if _, err := io.ReadFull(pack, make([]byte, 20)); err != nil {
					return err
				}
				return enough
			})
			if err != enough {
				t.Fatalf("got %v", err)
			}
			if refs, err := r.ListRefs(t.Context(), "refs/heads/main"); err != nil || len(refs) != 1 {
				t.Fatalf("afterwards: got %v, %v", refs, err)
			}
		}
	})
}

func TestLocalRepositoryThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/file"
	git(t, t.TempDir(), "config", "-f", file, "a.b", "c")
	for _, tt := range []struct {
		name, url string
		kind      error
		words     string
	}{
		{"no such directory", "file:///nowhere/at-all.git", gitremote.ErrNotFound, "check the path"},
		{"a file", file, gitremote.ErrNotFound, "is no directory"},
		{"no repository", t.TempDir(), gitremote.ErrNotFound, "does not appear to be a git repository"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := open(t, tt.url)
			_, err := r.ListRefs(t.Context(), "HEAD")
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("list: got %v", err)
			}
			_, err = r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/x", Old: id(t, strings.Repeat("a", 40))}}}, nil)
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.words) || gitremote.Unknown(err) {
				t.Errorf("push: got %v, outcome unknown: %v", err, gitremote.Unknown(err))
			}
		})
	}
}

func TestPushOptionsOverEachTransport(t *testing.T) {
	t.Parallel()
	hook := map[string]string{"post-receive": "#!/bin/sh\necho \"options: ${GIT_PUSH_OPTION_COUNT:-0} $GIT_PUSH_OPTION_0\"\n"}
	for _, advertised := range []bool{true, false} {
		o := gittest.RepoOptions{Hooks: hook, Config: map[string]string{"receive.advertisePushOptions": fmt.Sprint(advertised)}}
		for _, tt := range transports {
			t.Run(fmt.Sprintf("%s, advertised: %v", tt.name, advertised), func(t *testing.T) {
				t.Parallel()
				server := gittest.New(t, tt.options)
				repo := server.NewRepo(t, "r.git", o)
				var log strings.Builder
				r := tt.open(t, server, repo, func(o *gitremote.Options) {
					o.Logf = func(_ context.Context, format string, args ...any) { fmt.Fprintf(&log, format+"\n", args...) }
				})
				old := id(t, repo.Head(t))
				next, pack := commit(t, repo, old.String(), "next")
				report, err := r.Push(t.Context(), gitwire.Push{
					Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: next}}, Options: []string{"ci.skip"},
				}, pack)
				want := map[bool]string{true: "options: 1 ci.skip", false: "options: 0"}[advertised]
				if st, _ := report.Ref("refs/heads/main"); err != nil || !st.OK || len(report.Messages) != 1 || strings.TrimSpace(report.Messages[0]) != want {
					t.Errorf("got %+v, %v; want the hook to say %q", report, err, want)
				}
				if said := strings.Contains(log.String(), "takes no push options: left out"); said == advertised {
					t.Errorf("logged that they are left out: %v:\n%s", said, log.String())
				}
			})
		}
	}
}

func TestAPackOfTooManyObjectsIsGivenUpBeforeItComes(t *testing.T) {
	t.Parallel()
	eachTransport(t, gittest.RepoOptions{}, func(t *testing.T, repo *gittest.Repo, r *gitremote.Remote) {
		files := map[string]string{}
		for i := range 300 {
			files[fmt.Sprintf("d%d/f", i)] = fmt.Sprint(i)
		}
		repo.SeedText(t, files)
		req := gitwire.Fetch{Wants: []gitobj.ID{id(t, repo.Head(t))}, Depth: 1, MaxObjects: 300}
		var got []byte
		err := r.Fetch(t.Context(), req, func(pack io.Reader) (err error) {
			got, err = io.ReadAll(pack)
			return err
		})
		if tooMany, ok := errors.AsType[*gitwire.TooManyObjects](err); !ok || tooMany.Count != 1+1+300+1+300 || len(got) > 0 {
			t.Errorf("got %d bytes and %v, want 603 objects announced: a commit, 301 directories, the seed's file and 300 files", len(got), err)
		}
		req.MaxObjects = 603
		if objects, calls, err := fetch(t, r, req); err != nil || calls != 1 || strings.Count(objects, "\n") != 602 {
			t.Errorf("got %d objects with %d calls, %v", strings.Count(objects, "\n")+1, calls, err)
		}
	})
}

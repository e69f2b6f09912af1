package gitwriter_test

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// id reads a name as git rev-parse does.
func id(t *testing.T, r *gittest.Repo, name string) gitobj.ID {
	t.Helper()
	got, err := gitobj.ParseID(r.Git(t, "rev-parse", name))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func makeTag(t *testing.T, repo *gitqueue.Repo, name string, commit gitobj.ID) objstore.Object {
	t.Helper()
	ob, err := repo.MakeTag(t.Context(), gitwriter.Tag{Name: name, Commit: commit, Message: "Release\n\nof " + name, Tagger: writertest.Someone})
	if err != nil {
		t.Fatal(err)
	}
	return ob
}

// TestEachKindOfServerTakesRefs creates, moves and deletes branches and tags, and finds commits by
// every kind of name.
func TestEachKindOfServerTakesRefs(t *testing.T) {
	t.Parallel()
	tipsOnly := map[string]string{"uploadpack.allowAnySHA1InWant": "false"}
	overHTTP := func(t *testing.T, _ *gittest.Server, r *gittest.Repo) *gitqueue.Repo { return writertest.Open(t, r) }
	directory := func(t *testing.T, _ *gittest.Server, r *gittest.Repo) *gitqueue.Repo {
		return writertest.OpenAt(t, "file://"+r.Dir)
	}
	overSSH := func(t *testing.T, s *gittest.Server, r *gittest.Repo) *gitqueue.Repo {
		return ways(t, s)[1].open(t, r, "")
	}
	for _, c := range []struct {
		name   string
		server gittest.Options
		config map[string]string
		open   func(*testing.T, *gittest.Server, *gittest.Repo) *gitqueue.Repo
		format string
	}{
		{"version 2", gittest.Options{}, nil, overHTTP, "sha1"},
		{"version 2 without filters", gittest.Options{NoFilter: true}, nil, overHTTP, "sha1"},
		{"version 2, commits only", gittest.Options{CommitsOnly: true}, nil, overHTTP, "sha1"},
		{"version 0", gittest.Options{V0Only: true}, nil, overHTTP, "sha1"},
		{"version 0, tips only, without filters", gittest.Options{V0Only: true, NoFilter: true}, tipsOnly, overHTTP, "sha1"},
		{"a directory", gittest.Options{}, nil, directory, "sha1"},
		{"SSH", gittest.Options{}, nil, overSSH, "sha1"},
		{"SSH, version 0", gittest.Options{V0Only: true}, nil, overSSH, "sha1"},
		{"SHA-256, version 2", gittest.Options{}, nil, overHTTP, "sha256"},
		{"SHA-256, version 0", gittest.Options{V0Only: true}, nil, overHTTP, "sha256"},
		{"SHA-256, a directory", gittest.Options{}, nil, directory, "sha256"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			r := s.NewRepo(t, "r", gittest.RepoOptions{Config: c.config, Format: c.format})
			begin := id(t, r, "main")
			r.SeedText(t, map[string]string{"a": "1"})
			head := id(t, r, "main")
			r.Git(t, "tag", "light", begin.String())
			r.Git(t, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-a", "-m", "m", "annotated", begin.String())
			r.Git(t, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-a", "-m", "m", "nested", "annotated")
			r.Git(t, "update-ref", "refs/notes/x", begin.String())
			repo := c.open(t, s, r)
			for name, want := range map[string]gitobj.ID{
				"": head, "HEAD": head, "main": head, "refs/heads/main": head, "light": begin, "annotated": begin, "nested": begin,
				"refs/tags/nested": begin, "refs/notes/x": begin, head.String(): head, begin.String(): begin,
			} {
				if got, err := repo.Find(t.Context(), name); err != nil || got.Commit != want {
					t.Errorf("Find(%q) = %v, %v, want %s", name, got, err, want)
				}
			}
			for _, name := range []string{"none", "refs/heads/none"} {
				if _, err := repo.Find(t.Context(), name); !errors.Is(err, gitread.ErrNoName) {
					t.Errorf("Find(%q): %v, want a *NameError", name, err)
				}
			}
			set := func(ref string, old, now gitobj.ID, objects ...objstore.Object) {
				t.Helper()
				if err := repo.SetRef(t.Context(), gitwriter.RefChange{Ref: ref, Old: old, New: now, Objects: objects}); err != nil {
					t.Errorf("%s from %s to %s: %v", ref, old, now, err)
				} else if now.IsZero() && r.Git(t, "for-each-ref", ref) != "" {
					t.Errorf("%s is still there", ref)
				} else if !now.IsZero() && id(t, r, ref) != now {
					t.Errorf("%s is not at %s", ref, now)
				}
			}
			none := gitobj.ID{}
			set("refs/heads/topic", none, begin)
			set("refs/heads/topic", none, begin) // as it is
			set("refs/heads/topic", begin, head)
			set("refs/heads/topic", head, none)
			set("refs/heads/topic", head, none) // as it is
			set("refs/tags/v1", none, begin)
			tag := makeTag(t, repo, "v2", head)
			set("refs/tags/v2", none, tag.ID, tag)
			set("refs/tags/v1", begin, tag.ID)
			if got, err := repo.Find(t.Context(), "v2"); err != nil || got.Object != tag.ID || got.Commit != head {
				t.Errorf("Find(v2) = %v, %v", got, err)
			}
			if got := r.Git(t, "cat-file", "-p", "v2"); !strings.HasSuffix(got, "Release\n\nof v2") {
				t.Errorf("the tag is %q", got)
			}
			var moved *gitwriter.MovedError
			err := repo.SetRef(t.Context(), gitwriter.RefChange{Ref: "refs/heads/main", Old: begin, New: none})
			if !errors.As(err, &moved) || moved.Have != head {
				t.Errorf("a deletion of another head: %v", err)
			}
			set("refs/tags/v2", tag.ID, none)
			r.Fsck(t)
		})
	}
}

func TestAnswersToPushesOfRefs(t *testing.T) {
	t.Parallel()
	const ref = "refs/heads/topic"
	report := func(reason string) *gitwire.Report {
		return &gitwire.Report{Unpack: "ok", Refs: []gitwire.RefStatus{{Ref: ref, Reason: reason}}, Messages: []string{"words"}}
	}
	for _, c := range []struct {
		name   string
		answer func(m *writertest.Memory, n int) (*gitwire.Report, error) // to push n, from 1
		pushes int
		want   error // nil: the ref is there
	}{
		{"lost", func(*writertest.Memory, int) (*gitwire.Report, error) { return nil, writertest.ErrLost }, 1, nil},
		{"busy, then taken", func(_ *writertest.Memory, n int) (*gitwire.Report, error) {
			if n < 3 {
				return nil, writertest.ErrBusy
			}
			return nil, nil
		}, 3, nil},
		{"locked, then taken", func(_ *writertest.Memory, n int) (*gitwire.Report, error) {
			if n == 1 {
				return report("failed to update ref"), nil
			}
			return nil, nil
		}, 2, nil},
		{"there already", func(m *writertest.Memory, _ int) (*gitwire.Report, error) {
			m.SetRef(ref, m.Head())
			return report("reference already exists"), nil
		}, 1, nil},
		{"refused", func(*writertest.Memory, int) (*gitwire.Report, error) { return report("hook declined"), nil }, 1, gitwriter.ErrRefused},
		{"locked for ever", func(*writertest.Memory, int) (*gitwire.Report, error) { return report("cannot lock ref"), nil }, 6, gitwriter.ErrRefused},
		{"not a server", func(*writertest.Memory, int) (*gitwire.Report, error) { return nil, errTest }, 1, errTest},
	} {
		t.Run(c.name, func(t *testing.T) {
			writertest.InBubble(t, readme, func(t *testing.T, m *writertest.Memory) {
				n := 0
				m.OnPush = func(gitwire.Push) (*gitwire.Report, error) { n++; return c.answer(m, n) }
				repo := m.Open(t)
				err := repo.SetRef(t.Context(), gitwriter.RefChange{Ref: ref, New: m.Head()})
				if !errors.Is(err, c.want) || m.Pushes() != c.pushes {
					t.Errorf("got %v after %d pushes, want %v after %d", err, m.Pushes(), c.want, c.pushes)
				}
				if c.want == nil && m.Ref(ref) != m.Head() {
					t.Error("the ref is not there")
				}
				if errors.Is(err, gitwriter.ErrRefused) && (!strings.Contains(err.Error(), `branch "topic"`) || !strings.Contains(err.Error(), "words")) {
					t.Errorf("neither ref nor words are in %q", err)
				}
			})
		})
	}
}

var errTest = errors.New("broken")

// Commits that a branch alone leads to are counted, however few abilities the server has.
func TestUnreachedCommitsAreCounted(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]gittest.Options{
		"version 2": {}, "without filters": {NoFilter: true}, "version 0": {V0Only: true}, "version 0 without filters": {V0Only: true, NoFilter: true},
		"commits only": {CommitsOnly: true}, "a directory": {}, "SSH": {}, "SSH, version 0": {V0Only: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, o)
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			repo := writertest.Open(t, r)
			switch {
			case name == "a directory":
				repo = writertest.OpenAt(t, "file://"+r.Dir)
			case strings.HasPrefix(name, "SSH"):
				repo = ways(t, s)[1].open(t, r, "")
			}
			count := func(want string) {
				t.Helper()
				if got, err := repo.Unreached(t.Context(), "refs/heads/topic", id(t, r, "topic")); err != nil || got.String() != want {
					t.Errorf("%s, %v, want %s", got, err, want)
				}
			}
			r.Git(t, "branch", "topic", "main")
			count("0 commits")
			for i := range 3 {
				commit(t, r, "topic", fmt.Sprint(i))
			}
			count("3 commits")
			commit(t, r, "main", "other")
			count("3 commits")
			r.Git(t, "-c", "user.name=x", "-c", "user.email=x@x", "tag", "-a", "-m", "m", "v1", "topic~1")
			count("1 commit")
			r.Git(t, "branch", "copy", "topic")
			count("0 commits")
			r.Git(t, "branch", "-D", "copy")
			r.Git(t, "tag", "-d", "v1")
			r.Git(t, "branch", "part", "topic~2")
			commit(t, r, "part", "further")
			count("2 commits")
		})
	}
}

func commit(t *testing.T, r *gittest.Repo, branch, path string) {
	t.Helper()
	if _, err := r.Commit(branch, "message", map[string]gittest.File{path: {Content: "x"}}); err != nil {
		t.Fatal(err)
	}
}

func TestManyUnreachedCommitsAreNotCountedToTheEnd(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]gittest.Options{"version 2": {}, "version 0 without filters": {V0Only: true, NoFilter: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t, o).NewRepo(t, "r", gittest.RepoOptions{})
			stream := "reset refs/heads/topic\nfrom refs/heads/main\n\n"
			for range 1_200 {
				stream += "commit refs/heads/topic\ncommitter x <x@x> 1700000000 +0000\ndata 1\nx\n"
			}
			cmd := exec.CommandContext(t.Context(), "git", "-C", r.Dir, "fast-import", "--quiet")
			cmd.Env, cmd.Stdin = gittest.Env(), strings.NewReader(stream)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got, err := writertest.Open(t, r).Unreached(t.Context(), "refs/heads/topic", id(t, r, "topic"))
			if err != nil || got.String() != "at least 1000 commits" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

// A first commit is made on an empty repository alone.
func TestAnEmptyRepositoryGetsAFirstCommit(t *testing.T) {
	t.Parallel()
	for _, f := range []string{"sha1", "sha256"} {
		for name, o := range map[string]gittest.Options{"version 2": {}, "version 0": {V0Only: true}} {
			t.Run(f+", "+name, func(t *testing.T) {
				t.Parallel()
				r := gittest.New(t, o).NewRepo(t, "r", gittest.RepoOptions{Empty: true, Format: f})
				repo := writertest.Open(t, r)
				if _, err := repo.Find(t.Context(), ""); !errors.Is(err, gitread.ErrNoName) || !strings.Contains(err.Error(), "the repository is empty") {
					t.Errorf("the head of nothing: %v", err)
				}
				b, err := repo.Branch(t.Context(), "main")
				if err != nil {
					t.Fatal(err)
				}
				if head, err := b.Head(t.Context()); err != nil || !head.IsZero() {
					t.Errorf("the head before: %s, %v", head, err)
				}
				commit, made, err := repo.Initialize(t.Context(), "main", writertest.Meta)
				if err != nil || !made || r.Head(t) != commit.String() {
					t.Fatalf("%s, %t, %v", commit, made, err)
				}
				if head, err := b.Head(t.Context()); err != nil || head != commit {
					t.Errorf("the head after: %s, %v: what was known of the branch is not forgotten", head, err)
				}
				if _, made, err := repo.Initialize(t.Context(), "other", writertest.Meta); made || err != nil {
					t.Errorf("once more: %t, %v", made, err)
				}
				writertest.Commit(t, b, writertest.Put(t, b, "a", "1"))
				if n := r.Commits(t, "main"); n != 2 {
					t.Errorf("%d commits, want 2", n)
				}
				r.Fsck(t)
			})
		}
	}
}

// Changes that wait for a commit to a branch go with it.
func TestADeletedBranchStaysDeletedAtExit(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, map[string]string{"a": "1"})
	repo := m.Open(t, func(o *writertest.Options) { o.CreateFrom = "main" })
	const ref = "refs/heads/topic"
	if err := repo.SetRef(t.Context(), gitwriter.RefChange{Ref: ref, New: m.Head()}); err != nil {
		t.Fatal(err)
	}
	b, err := repo.Branch(t.Context(), "topic")
	if err != nil {
		t.Fatal(err)
	}
	writertest.Commit(t, b, writertest.Put(t, b, "b", "2"))
	b.StageRemoval(gitwriter.Change{Path: "b", Delete: true})
	if err := repo.SetRef(t.Context(), gitwriter.RefChange{Ref: ref, Old: m.Ref(ref)}); err != nil {
		t.Fatal(err)
	}
	if n, err := repo.FlushStaged(t.Context()); n != 0 || err != nil || !m.Ref(ref).IsZero() {
		t.Errorf("%d changes, %v, and the branch is at %s", n, err, m.Ref(ref))
	}
	if b.Wrote("b") {
		t.Error("the branch is gone, and its history is not")
	}
}

// A branch that is going to be created is read as it is going to be, and is not written to.
func TestAForeseenBranchIsReadOnly(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, map[string]string{"a": "1"})
	repo := m.Open(t)
	b, err := repo.Branch(t.Context(), "topic")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Lookup(t.Context(), "a"); !errors.Is(err, gitread.ErrNoBranch) {
		t.Errorf("before anybody foresees it: %v", err)
	}
	b.Creation().Foresee(m.Head())
	if e, err := b.Lookup(t.Context(), "a"); err != nil || !e.Exists() {
		t.Errorf("a file of its start: %v, %v", e, err)
	}
	for _, o := range b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "b", "2")}, writertest.Meta) {
		if !errors.Is(o.Err, gitread.ErrNoBranch) {
			t.Errorf("a commit to it: %v", o.Err)
		}
	}
	if err := repo.SetRef(t.Context(), gitwriter.RefChange{Ref: "refs/heads/topic", New: m.Head()}); err != nil {
		t.Fatal(err)
	}
	writertest.Commit(t, b, writertest.Put(t, b, "b", "2"))
	if n := m.Pushes(); n != 2 {
		t.Errorf("%d pushes, want 2", n)
	}
}

// A fault at any point of a push leaves the ref as it is wanted.
func TestFaultsOfPushesOfRefsAreSurvived(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]gittest.Kind{
		"503":                         gittest.Status(503),
		"dropped before it is served": gittest.DropBefore,
		"dropped after it was served": gittest.DropAfter,
		"dropped while it is sent":    gittest.DropDuring(10),
		"response cut after no byte":  gittest.CutAfter(0),
		"response cut after 40 bytes": gittest.CutAfter(40),
		"response cut after 60 bytes": gittest.CutAfter(60),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			head := id(t, r, "main")
			repo := writertest.Open(t, r)
			tag := makeTag(t, repo, "v1", head)
			for _, c := range []gitwriter.RefChange{
				{Ref: "refs/heads/topic", New: head},
				{Ref: "refs/tags/v1", New: tag.ID, Objects: []objstore.Object{tag}},
				{Ref: "refs/tags/v1", Old: tag.ID, New: head},
				{Ref: "refs/heads/topic", Old: head},
			} {
				fault := s.Inject(gittest.Fault{Service: gittest.ReceivePack, Kind: kind, Times: 1})
				if err := repo.SetRef(t.Context(), c); err != nil || fault.Fired() != 1 {
					t.Errorf("%s from %s to %s: %v after %d faults", c.Ref, c.Old, c.New, err, fault.Fired())
				}
				if now := r.Git(t, "for-each-ref", "--format=%(objectname)", c.Ref); now != c.New.String() && (now != "" || !c.New.IsZero()) {
					t.Errorf("%s is at %s, want %s", c.Ref, now, c.New)
				}
			}
			r.Fsck(t)
		})
	}
}

// Refusals that last are told after a single push, in the server's words.
func TestRefusalsOfRefs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o      gittest.RepoOptions
		change func(head gitobj.ID) gitwriter.RefChange
		words  string
	}{
		"a branch below a branch": {
			gittest.RepoOptions{}, func(head gitobj.ID) gitwriter.RefChange {
				return gitwriter.RefChange{Ref: "refs/heads/main/x", New: head}
			}, "branch \"main/x\"",
		},
		"a hook": {
			gittest.RepoOptions{Hooks: map[string]string{"pre-receive": "#!/bin/sh\necho tags are protected >&2\nexit 1\n"}},
			func(head gitobj.ID) gitwriter.RefChange { return gitwriter.RefChange{Ref: "refs/tags/v1", New: head} }, "tags are protected",
		},
		"no deletions": {
			gittest.RepoOptions{Config: map[string]string{"receive.denyDeletes": "true"}},
			func(head gitobj.ID) gitwriter.RefChange {
				return gitwriter.RefChange{Ref: "refs/heads/main", Old: head}
			}, "deletion prohibited",
		},
		"a commit that is not there": {
			gittest.RepoOptions{}, func(head gitobj.ID) gitwriter.RefChange {
				return gitwriter.RefChange{Ref: "refs/heads/x", New: gitobj.Hash(head.Format(), gitobj.KindCommit, []byte("nothing"))}
			}, "branch \"x\"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", c.o)
			err := writertest.Open(t, r).SetRef(t.Context(), c.change(id(t, r, "main")))
			if !errors.Is(err, gitwriter.ErrRefused) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want %q in it", err, c.words)
			}
			if n := s.Stats().ByService[gittest.ReceivePack].Requests; n != 1 {
				t.Errorf("%d pushes, want 1", n)
			}
		})
	}
}

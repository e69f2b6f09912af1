package gitqueue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// keep stages a put of the content, as a resource does: its own reference is given back at once.
func keep(t testing.TB, b *gitqueue.Branch, path, content string, adjust ...func(*gitwriter.Change)) {
	t.Helper()
	c := writertest.Put(t, b, path, content)
	for _, a := range adjust {
		a(&c)
	}
	b.StagePut(c)
	b.Discard(c.Blob)
}

func removal(path, content string) gitwriter.Change {
	return gitwriter.Change{Path: path, Delete: true, Expect: gitwriter.ExpectBlob(writertest.BlobID(content), 0)}
}

// names is a map of paths to the blobs of these contents.
func names(files map[string]string) map[string]gitobj.ID {
	out := make(map[string]gitobj.ID, len(files))
	for path, content := range files {
		out[path] = writertest.BlobID(content)
	}
	return out
}

type text = map[string]string

func request(prior, files text) gitqueue.CommitRequest {
	return gitqueue.CommitRequest{
		Prior: names(prior), Files: names(files),
		Meta: gitwriter.Meta{Message: "all at once", Author: writertest.Someone, Committer: writertest.Someone},
	}
}

func contents(t testing.TB, r *gittest.Repo) text {
	t.Helper()
	out := text{}
	for path := range r.Tree(t, r.Ref()) {
		if path != "README.md" {
			out[path] = r.Content(t, r.Ref(), path)
		}
	}
	return out
}

func TestACommitTakesJustWhatItNamesAndWhatItNamedBefore(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	prior := text{"same": "s", "new content": "1", "goes": "g", "left alone": "l", "from": "f"}
	r.SeedText(t, prior)
	r.SeedText(t, text{"not mine": "n"})
	b := writertest.Branch(t, r)
	keep(t, b, "new content", "replaced at once")
	keep(t, b, "new content", "2")
	keep(t, b, "added", "a")
	keep(t, b, "to", "f", func(c *gitwriter.Change) { c.From = "from" })
	keep(t, b, "of another commit", "o")
	b.StageRemoval(removal("goes", "g"))
	b.StageRemoval(removal("not mine", "n"))
	s.ResetStats()
	res, err := b.CommitStaged(t.Context(), request(prior, text{"same": "s", "new content": "2", "added": "a", "to": "f"}))
	if err != nil || len(res.Failed) > 0 || len(res.Owed) > 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	if want := (text{"same": "s", "new content": "2", "added": "a", "to": "f", "left alone": "l", "not mine": "n"}); !maps.Equal(contents(t, r), want) {
		t.Errorf("the branch holds %v, want %v", contents(t, r), want)
	}
	if want := (text{"new content": "modified", "added": "added", "to": "added", "from": "deleted", "goes": "deleted"}); !maps.Equal(res.Changed, want) {
		t.Errorf("changed %v, want %v", res.Changed, want)
	}
	if res.Commit.String() != r.Head(t) || res.Parent.String() != r.Git(t, "rev-parse", r.Ref()+"^") || res.Tree.String() != r.Git(t, "rev-parse", r.Ref()+"^{tree}") {
		t.Errorf("result %+v does not describe the head", res.Result)
	}
	if n := s.Stats().ByService[gittest.ReceivePack].Requests; n != 1 {
		t.Errorf("%d pushes, want one", n)
	}
	if _, err := r.Run("cat-file", "-e", writertest.BlobID("replaced at once").String()); err == nil {
		t.Error("replaced content was pushed")
	}
	if got := r.Git(t, "log", "-1", "--format=%B"); strings.TrimSpace(got) != "all at once" {
		t.Errorf("message %q", got)
	}
	// The rest waits for its own commit.
	other := request(text{"not mine": "n"}, text{"of another commit": "o"})
	if res, err = b.CommitStaged(t.Context(), other); err != nil || len(res.Changed) != 2 {
		t.Errorf("the other commit: %+v, %v", res, err)
	}
}

func TestRemovalByACommitFollowsItsRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		stage func(t *testing.T, b *gitqueue.Branch)
		files text // besides "kept", which the commit names all along
		owed  []string
		gone  bool
	}{
		{"staged", func(_ *testing.T, b *gitqueue.Branch) { b.StageRemoval(removal("p", "p")) }, nil, nil, true},
		{"no evidence", nil, nil, nil, false},
		{"owed from an earlier apply", nil, nil, []string{"p"}, true},
		{"owed, but put again", func(t *testing.T, b *gitqueue.Branch) { keep(t, b, "p", "p") }, nil, []string{"p"}, false},
		{"owed, but named again", nil, text{"p": "p"}, []string{"p"}, false},
		{"staged, then put again", func(t *testing.T, b *gitqueue.Branch) {
			b.StageRemoval(removal("p", "p"))
			keep(t, b, "p", "p")
		}, nil, nil, false},
		{"put, then removed by a former owner", func(t *testing.T, b *gitqueue.Branch) {
			keep(t, b, "p", "p")
			b.StageRemoval(removal("p", "p"))
		}, nil, nil, false},
		{"owed, but another path", nil, nil, []string{"elsewhere"}, false},
		{"staged and owed", func(_ *testing.T, b *gitqueue.Branch) { b.StageRemoval(removal("p", "p")) }, nil, []string{"p"}, true},
		{"staged, but a path that it never named", func(_ *testing.T, b *gitqueue.Branch) { b.StageRemoval(removal("elsewhere", "e")) }, nil, nil, false},
		{"renamed", func(t *testing.T, b *gitqueue.Branch) {
			keep(t, b, "to", "p", func(c *gitwriter.Change) { c.From = "p" })
		}, text{"to": "p"}, nil, true},
		{"renamed, and put by another", func(t *testing.T, b *gitqueue.Branch) {
			keep(t, b, "to", "p", func(c *gitwriter.Change) { c.From = "p" })
			keep(t, b, "p", "new")
		}, text{"to": "p", "p": "new"}, nil, false},
		{"put by another, and renamed", func(t *testing.T, b *gitqueue.Branch) {
			keep(t, b, "p", "new")
			keep(t, b, "to", "p", func(c *gitwriter.Change) { c.From = "p" })
		}, text{"to": "p", "p": "new"}, nil, false},
		{"renamed, and put by another for another commit", func(t *testing.T, b *gitqueue.Branch) {
			keep(t, b, "to", "p", func(c *gitwriter.Change) { c.From = "p" })
			keep(t, b, "p", "new")
		}, text{"to": "p"}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, text{"p": "p", "kept": "k", "elsewhere": "e"})
			b := m.Branch(t)
			if c.stage != nil {
				c.stage(t, b)
			}
			files := text{"kept": "k"}
			maps.Copy(files, c.files)
			req := request(text{"p": "p", "kept": "k"}, files)
			req.Owed = c.owed
			if res, err := b.CommitStaged(t.Context(), req); err != nil || len(res.Failed)+len(res.Owed) > 0 {
				t.Fatalf("%+v, %v", res, err)
			}
			now := m.Files()
			if _, there := now["p"]; there == c.gone {
				t.Errorf("the branch holds %v, want p gone: %v", now, c.gone)
			}
			if now["elsewhere"] != "e" || now["kept"] != "k" {
				t.Errorf("the branch holds %v", now)
			}
		})
	}
}

func TestANamedBlobIsStagedOrOnTheBranchOrPutBack(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, text{"there": "t", "lost": "l", "other": "o"})
	b := m.Branch(t)
	keep(t, b, "staged", "s")
	_, err := b.CommitStaged(t.Context(), request(text{"unchanged": "nobody looks"}, text{
		"there": "t", "staged": "s", "nowhere": "x", "other": "not this", "unchanged": "nobody looks",
	}))
	if !errors.Is(err, gitqueue.ErrNotStaged) || !strings.Contains(err.Error(), `"nowhere" "other"`) {
		t.Errorf("error %v, want one that names the two", err)
	}
	if n := len(m.Parents()); n != 1 {
		t.Errorf("%d commits after the error, want the seed's", n)
	}
	// The staged changes are staged still; a file that this process removed is put back by its id.
	b.Commit(t.Context(), []gitwriter.Change{removal("lost", "l")}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})
	files := text{"there": "t", "staged": "s", "lost": "l"}
	res, err := b.CommitStaged(t.Context(), request(nil, files))
	if err != nil || len(res.Failed) > 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	if want := (text{"staged": "added", "lost": "added"}); !maps.Equal(res.Changed, want) {
		t.Errorf("changed %v, want %v", res.Changed, want)
	}
	// Nothing differs any more: no commit, unless it is asked for.
	if res, err = b.CommitStaged(t.Context(), request(nil, files)); err != nil || !res.Commit.IsZero() {
		t.Errorf("%+v, %v: want no commit", res, err)
	}
	req := request(files, files)
	req.Meta.AllowEmpty = true
	if res, err = b.CommitStaged(t.Context(), req); err != nil || res.Commit != m.Head() || len(res.Changed) != 0 {
		t.Errorf("%+v, %v: want an empty commit", res, err)
	}
}

func TestAnEmptyCommitMayBeTheFirst(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, nil)
	b := m.Branch(t)
	req := request(nil, nil)
	req.Meta.AllowEmpty = true
	if res, err := b.CommitStaged(t.Context(), req); err != nil || res.Commit != m.Head() || len(m.Files()) != 0 {
		t.Errorf("%+v, %v: want a first commit without files", res, err)
	}
}

func TestAConflictIsReportedOnItsPathAndTheOthersGoThrough(t *testing.T) {
	t.Parallel()
	prior := text{"a": "1", "b": "1", "c": "1", "d": "1"}
	m := writertest.NewMemory(t, prior)
	b := m.Branch(t)
	for path := range prior {
		expect := func(c *gitwriter.Change) { c.Expect = gitwriter.ExpectBlob(writertest.BlobID("1"), 0) }
		if path > "b" {
			b.StageRemoval(removal(path, "1"))
		} else {
			keep(t, b, path, "2", expect)
		}
	}
	m.CommitAsOther(t, text{"b": "theirs", "d": "theirs"})
	res, err := b.CommitStaged(t.Context(), request(prior, text{"a": "2", "b": "2"}))
	if err != nil || len(res.Failed) != 2 || !errors.Is(res.Failed["b"], gitwriter.ErrConflict) || !errors.Is(res.Failed["d"], gitwriter.ErrConflict) {
		t.Fatalf("%+v, %v: want conflicts at b and d", res, err)
	}
	if want := (text{"a": "2", "b": "theirs", "d": "theirs"}); !maps.Equal(m.Files(), want) {
		t.Errorf("the branch holds %v, want %v", m.Files(), want)
	}
	if !slices.Equal(res.Owed, []string{"d"}) {
		t.Errorf("owed %q, want d", res.Owed)
	}
	// A file that was read since may go: the next commit makes it good.
	req := request(text{"b": "theirs", "d": "theirs"}, text{"b": "theirs"})
	req.Owed = res.Owed
	if res, err = b.CommitStaged(t.Context(), req); err != nil || res.Changed["d"] != gitqueue.Deleted {
		t.Errorf("%+v, %v: want d deleted", res, err)
	}
}

func TestARefusedCommitOwesItsRemovalsAndKeepsItsPuts(t *testing.T) {
	t.Parallel()
	prior := text{"a": "1", "gone": "g", "from": "f"}
	m := writertest.NewMemory(t, prior)
	m.OnPush = func(p gitwire.Push) (*gitwire.Report, error) {
		return &gitwire.Report{
			Unpack: "ok", Messages: []string{"not today"},
			Refs: []gitwire.RefStatus{{Ref: p.Commands[0].Ref, Reason: "pre-receive hook declined"}},
		}, nil
	}
	repo := m.Open(t)
	b, err := repo.Branch(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	keep(t, b, "a", "2")
	keep(t, b, "to", "f", func(c *gitwriter.Change) { c.From = "from" })
	b.StageRemoval(removal("gone", "g"))
	req := request(prior, text{"a": "2", "to": "f"})
	res, err := b.CommitStaged(t.Context(), req)
	if !errors.Is(err, gitwriter.ErrRefused) || !strings.Contains(err.Error(), "not today") {
		t.Errorf("error %v, want the server's words", err)
	}
	if want := []string{"from", "gone"}; !slices.Equal(res.Owed, want) {
		t.Errorf("owed %q, want %q", res.Owed, want)
	}
	if b.StageRemoval(removal("a", "1")) {
		t.Error("a removal was staged for a commit that has run")
	}
	m.OnPush = nil
	if n, err := repo.FlushStaged(t.Context()); err != nil || n != 0 || len(m.Parents()) != 1 {
		t.Errorf("what the commit owes is its own business, and was flushed: %v", err)
	}
	req.Owed = res.Owed
	if res, err = b.CommitStaged(t.Context(), req); err != nil || len(res.Changed) != 4 {
		t.Errorf("%+v, %v: want four changes", res, err)
	}
	if want := (text{"a": "2", "to": "f"}); !maps.Equal(m.Files(), want) {
		t.Errorf("the branch holds %v, want %v", m.Files(), want)
	}
}

// An engine that was killed does not learn the removals that its commit owes.
func TestACommitWhoseCallerHasGoneLeavesItsRemovalsForTheEnd(t *testing.T) {
	t.Parallel()
	prior := text{"a": "1", "gone": "g"}
	m := writertest.NewMemory(t, prior)
	repo := m.Open(t)
	b, err := repo.Branch(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	keep(t, b, "a", "2")
	b.StageRemoval(removal("gone", "g"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := b.CommitStaged(ctx, request(prior, text{"a": "2"}))
	if !errors.Is(err, context.Canceled) || !slices.Equal(res.Owed, []string{"gone"}) {
		t.Errorf("owed %q with error %v, want the removal and that of the context", res.Owed, err)
	}
	if n, err := repo.FlushStaged(t.Context()); err != nil || n != 1 {
		t.Errorf("%d changes flushed, %v; want the removal", n, err)
	}
	if want := (text{"a": "1"}); !maps.Equal(m.Files(), want) {
		t.Errorf("the branch holds %v, want %v", m.Files(), want)
	}
}

func TestWhatNoCommitTookIsFlushedAtTheEnd(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, text{"a": "a", "b": "b", "tool": "t", "changed": "1"})
	repo := m.Open(t)
	b, err := repo.Branch(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	b.StageRemoval(removal("a", "a"))
	b.StageRemoval(removal("b", "not what is there"))
	keep(t, b, "tool", "t", func(c *gitwriter.Change) { c.Mode = gitobj.ModeExec })
	keep(t, b, "changed", "2")
	n, err := repo.FlushStaged(t.Context())
	if n != 2 || !errors.Is(err, gitwriter.ErrConflict) || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("pushed %d, error %v, want two and a conflict at b", n, err)
	}
	if want := (text{"b": "b", "tool": "t", "changed": "1"}); !maps.Equal(m.Files(), want) {
		t.Errorf("the branch holds %v, want %v", m.Files(), want)
	}
	if got := m.Tree(m.Head())["tool"].Mode; got != "100755" || len(m.Parents()) != 2 {
		t.Errorf("tool has mode %s after %d commits, want 100755 after one more than the seed's", got, len(m.Parents()))
	}
	if n, err := repo.FlushStaged(t.Context()); err != nil || n != 0 || len(m.Parents()) != 2 {
		t.Errorf("a second flush: %v, %d commits", err, len(m.Parents()))
	}
}

// The commit that named the file has run, and would not put it back.
func TestTheFirstHalfOfAReplacementWaitsForTheSecond(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second func(t *testing.T, b *gitqueue.Branch)
		want   text
		mode   string
	}{
		"another mode, pushed at once": {func(t *testing.T, b *gitqueue.Branch) {
			p := writertest.Put(t, b, "f", "f")
			p.Mode, p.Expect = gitobj.ModeExec, gitwriter.ExpectBlob(writertest.BlobID("f"), 0)
			out := b.Commit(t.Context(), []gitwriter.Change{p}, writertest.Meta)
			if out[0].Err != nil {
				t.Fatal(out[0].Err)
			}
		}, text{"f": "f", "g": "g"}, "100755"},
		"another content, staged": {func(t *testing.T, b *gitqueue.Branch) { keep(t, b, "f", "new") }, text{"f": "f", "g": "g"}, "100644"},
		"it never came":           {func(*testing.T, *gitqueue.Branch) {}, text{"g": "g"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, text{"f": "f", "g": "g"})
			repo := m.Open(t)
			b, err := repo.Branch(t.Context(), "main")
			if err != nil {
				t.Fatal(err)
			}
			b.Pass("f")
			if b.StageRemoval(removal("f", "f")) {
				t.Error("the removal is left for a commit that ran")
			}
			b.HoldRemoval(removal("f", "f"))
			if len(m.Parents()) != 1 {
				t.Error("the first half is pushed by itself")
			}
			c.second(t, b)
			if _, err := repo.FlushStaged(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := m.Files(); !maps.Equal(got, c.want) {
				t.Errorf("the branch holds %v, want %v", got, c.want)
			}
			if got := m.Tree(m.Head())["f"].Mode; got != c.mode {
				t.Errorf("the mode is %q, want %q", got, c.mode)
			}
		})
	}
}

func TestAFlushEndsWithItsContext(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, text{"a": "a"})
	repo := m.Open(t)
	b, err := repo.Branch(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	b.StageRemoval(removal("a", "a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := repo.FlushStaged(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestSeveralCommitsOfOneBranchEachTakeTheirOwn(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, text{})
	b := m.Branch(t)
	const commits, each = 4, 25
	files := make([]text, commits)
	for i := range files {
		files[i] = text{}
		for k := range each {
			path := fmt.Sprintf("c%d/f%02d", i, k)
			files[i][path] = path
			keep(t, b, path, path)
		}
	}
	var wg sync.WaitGroup
	for i := range files {
		wg.Go(func() {
			res, err := b.CommitStaged(t.Context(), request(nil, files[i]))
			if err != nil || len(res.Changed) != each {
				t.Errorf("commit %d: %+v, %v", i, res, err)
				return
			}
			before := m.Tree(res.Parent)
			for path, e := range m.Tree(res.Commit) {
				if before[path] != e && !strings.HasPrefix(path, fmt.Sprintf("c%d/", i)) {
					t.Errorf("commit %d has %s", i, path)
				}
			}
		})
	}
	wg.Wait()
	if n := len(m.Parents()); n != 1+commits {
		t.Errorf("%d commits, want the seed's and %d", n, commits)
	}
}

func TestOwnPushOptionsTakeThePlaceOfTheDefaults(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{
		Config: map[string]string{"receive.advertisePushOptions": "true"},
		Hooks:  map[string]string{"pre-receive": "#!/bin/sh\necho \"options: $GIT_PUSH_OPTION_0\" >&2\n"},
	})
	b := writertest.Branch(t, r, func(o *writertest.Options) { o.PushOptions = []string{"default"} })
	for _, c := range []struct {
		path string
		own  []string
		want string
	}{{"a", nil, "options: default"}, {"b", []string{"own"}, "options: own"}, {"c", []string{}, "options: "}} {
		keep(t, b, c.path, c.path)
		req := request(nil, text{c.path: c.path})
		req.Meta.PushOptions = c.own
		res, err := b.CommitStaged(t.Context(), req)
		if err != nil || len(res.Messages) != 1 || strings.TrimSpace(res.Messages[0]) != strings.TrimSpace(c.want) {
			t.Errorf("%s: messages %q, %v, want %q", c.path, res.Messages, err, c.want)
		}
	}
}

func TestAnAnnouncedOrStagedRemovalIsExplained(t *testing.T) {
	t.Parallel()
	b := writertest.NewMemory(t, text{}).Branch(t)
	b.AnnounceRemoval("planned")
	b.StageRemoval(removal("staged", "s"))
	if left := b.Unexplained("planned", "never", "staged"); !slices.Equal(left, []string{"never"}) {
		t.Errorf("unexplained %q, want the one that nobody announced", left)
	}
}

// Where a path goes to another resource, the file may be gone when the commit of the new resource
// runs: the deletion of the former resource took it.
func TestAPutTakesThePlaceOfWhatThisProcessRemoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		removed  string // by this process
		conflict bool
	}{
		"what was to be replaced": {"old", false},
		"something else":          {"newer", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, text{"f": c.removed})
			b := m.Branch(t)
			p := writertest.Put(t, b, "f", "new")
			p.Expect = gitwriter.ExpectBlob(writertest.BlobID("old"), 0)
			b.StagePut(p)
			b.Discard(p.Blob)
			out := b.Commit(t.Context(), []gitwriter.Change{removal("f", c.removed)}, gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone})
			if out[0].Err != nil {
				t.Fatal(out[0].Err)
			}
			res, err := b.CommitStaged(t.Context(), request(text{"f": "old"}, text{"f": "new"}))
			if err != nil || errors.Is(res.Failed["f"], gitwriter.ErrConflict) != c.conflict || len(res.Failed) > 0 != c.conflict {
				t.Fatalf("%+v, %v; want a conflict: %t", res, err, c.conflict)
			}
			if want := (text{"f": "new"}); !c.conflict && !maps.Equal(m.Files(), want) {
				t.Errorf("the branch holds %v, want %v", m.Files(), want)
			}
		})
	}
}

// A removal of whatever is there, which another writer was faster than: the file that another
// resource is to have stays, and anything else goes.
func TestARemovalAtTheEndLeavesWhatAnotherResourceHasPut(t *testing.T) {
	t.Parallel()
	for _, theirs := range []string{"heir", "foreign"} {
		t.Run(theirs, func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, text{"a": "a"})
			repo := m.Open(t, func(o *writertest.Options) {
				o.Yields = func(_ string, have gitread.Entry) bool { return have.ID == writertest.BlobID("heir") }
			})
			b, err := repo.Branch(t.Context(), "main")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Lookup(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			b.StageRemoval(gitwriter.Change{Path: "a", Delete: true})
			m.CommitAsOther(t, text{"a": theirs})
			if _, err := repo.FlushStaged(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := text{"a": "heir"}
			if theirs != "heir" {
				want = text{}
			}
			if got := m.Files(); !maps.Equal(got, want) {
				t.Errorf("the branch holds %v, want %v", got, want)
			}
		})
	}
}

// A rename whose old path another process has filled by then leaves that, and is made.
func TestARenameYieldsAtItsOldPath(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, text{"old": "a"})
	repo := m.Open(t, func(o *writertest.Options) {
		o.Yields = func(_ string, have gitread.Entry) bool { return have.ID == writertest.BlobID("heir") }
	})
	b, err := repo.Branch(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	rename := writertest.Put(t, b, "new", "a")
	rename.From, rename.ExpectFrom = "old", gitwriter.ExpectBlob(writertest.BlobID("a"), 0)
	m.CommitAsOther(t, text{"old": "foreign"})
	meta := gitwriter.Meta{Author: writertest.Someone, Committer: writertest.Someone}
	if out := b.Commit(t.Context(), []gitwriter.Change{rename}, meta); !errors.Is(out[0].Err, gitwriter.ErrConflict) {
		t.Errorf("over a foreign change: %v, want ErrConflict", out[0].Err)
	}
	m.CommitAsOther(t, text{"old": "heir"})
	if out := b.Commit(t.Context(), []gitwriter.Change{rename}, meta); out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	if got, want := m.Files(), (text{"old": "heir", "new": "a"}); !maps.Equal(got, want) {
		t.Errorf("the branch holds %v, want %v", got, want)
	}
}

package gitwriter_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
)

var someone = gitwriter.Identity{Name: "Some One", Email: "one@example.com"}

// open makes a writer on a repository with short waits; adjust changes its options.
func open(t testing.TB, r *gittest.Repo, adjust ...func(*gitwriter.Options)) *gitwriter.Repo {
	t.Helper()
	return openAt(t, r.URL(), adjust...)
}

// openAt is open for a repository by its address.
func openAt(t testing.TB, url string, adjust ...func(*gitwriter.Options)) *gitwriter.Repo {
	t.Helper()
	remote, err := gitremote.Open(gitremote.Options{URL: url, Limits: gitremote.Limits{Backoff: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	o := gitwriter.Options{
		Stage: packstage.Options{Directory: t.TempDir()},
		Meta:  gitwriter.Meta{Author: someone, Committer: someone},
		Logf:  func(_ context.Context, format string, args ...any) { t.Logf(format, args...) },
	}
	for _, a := range adjust {
		a(&o)
	}
	repo, err := gitwriter.Open(t.Context(), remote, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return repo
}

// branch opens a branch of a new writer.
func branch(t testing.TB, r *gittest.Repo, adjust ...func(*gitwriter.Options)) *gitwriter.Branch {
	t.Helper()
	b, err := open(t, r, adjust...).Branch(t.Context(), r.Branch)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put stages content and makes the change that writes it.
func put(t testing.TB, b *gitwriter.Branch, path, content string) gitwriter.Change {
	t.Helper()
	id, err := b.StageBlob(t.Context(), int64(len(content)), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return gitwriter.Change{Path: path, Mode: gitobj.ModeFile, Blob: id}
}

func blobID(content string) gitobj.ID {
	return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(content))
}

// commit makes a commit of which every change has to succeed.
func commit(t testing.TB, b *gitwriter.Branch, changes ...gitwriter.Change) gitwriter.Result {
	t.Helper()
	var res gitwriter.Result
	for i, o := range b.Commit(t.Context(), changes, gitwriter.Meta{Author: someone, Committer: someone}) {
		if o.Err != nil {
			t.Fatalf("%s: %v", changes[i], o.Err)
		}
		if !o.Result.Commit.IsZero() {
			res = o.Result
		}
	}
	return res
}

func TestACommitHoldsItsChangesAndNothingElse(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		_, r := f.repo(t, gittest.RepoOptions{})
		r.Seed(t, map[string]gittest.File{
			"a/b/keep.txt":     {Content: "keep"},
			"a/b/drop.txt":     {Content: "drop"},
			"a/tool":           {Content: "#!/bin/sh\n", Mode: "100755"},
			"link":             {Content: "a/tool", Mode: "120000"},
			"vendor/lib":       {Content: f.submodule(), Mode: "160000"},
			"süß/ünïcode.txt":  {Content: "u"},
			"only/child/x.txt": {Content: "x"},
		})
		want := r.Tree(t, r.Ref())
		b := branch(t, r)
		res := commit(t, b,
			put(t, b, "a/b/new.txt", "new"),
			put(t, b, "fresh/deep/er/file", "deep"),
			gitwriter.Change{Path: "a/b/drop.txt", Delete: true},
			gitwriter.Change{Path: "only/child/x.txt", Delete: true},
			gitwriter.Change{Path: "moved.txt", From: "a/b/keep.txt", Mode: gitobj.ModeExec, Blob: f.blob("keep")},
		)
		if got := r.Head(t); got != res.Commit.String() {
			t.Errorf("head is %s, the result says %s", got, res.Commit)
		}
		delete(want, "a/b/drop.txt")
		delete(want, "a/b/keep.txt")
		delete(want, "only/child/x.txt")
		want["a/b/new.txt"] = gittest.Entry{Mode: "100644", ID: f.blob("new").String()}
		want["fresh/deep/er/file"] = gittest.Entry{Mode: "100644", ID: f.blob("deep").String()}
		want["moved.txt"] = gittest.Entry{Mode: "100755", ID: f.blob("keep").String()}
		got := r.Tree(t, r.Ref())
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("tree\n got %v\nwant %v", got, want)
		}
		if n := r.Commits(t, r.Ref()); n != 3 {
			t.Errorf("%d commits, want the two of the seed and one more", n)
		}
	})
}

func TestRemovingEverythingAgainRestoresTheTree(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		_, r := f.repo(t, gittest.RepoOptions{})
		before := r.Git(t, "rev-parse", r.Ref()+"^{tree}")
		b := branch(t, r)
		commit(t, b, put(t, b, "x/y/z", "1"), put(t, b, "x/a", "2"))
		commit(t, b, gitwriter.Change{Path: "x/y/z", Delete: true})
		// A writer that wrote a path leaves it to others to remove it: deletion needs another
		// process.
		b = branch(t, r)
		commit(t, b, gitwriter.Change{Path: "x/y/z", Delete: true}, gitwriter.Change{Path: "x/a", Delete: true})
		if after := r.Git(t, "rev-parse", r.Ref()+"^{tree}"); after != before {
			t.Errorf("tree %s, want %s as before", after, before)
		}
	})
}

func TestTheLastFileMayGo(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		_, r := f.repo(t, gittest.RepoOptions{})
		commit(t, branch(t, r), gitwriter.Change{Path: "README.md", Delete: true})
		if files := r.Tree(t, r.Ref()); len(files) != 0 {
			t.Errorf("tree holds %v, want nothing", files)
		}
		b := branch(t, r)
		commit(t, b, put(t, b, "back", "again"))
		if files := r.Tree(t, r.Ref()); len(files) != 1 {
			t.Errorf("tree holds %v, want one file", files)
		}
	})
}

func TestNoChangeInTheTreeMeansNoCommit(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		s, r := f.repo(t, gittest.RepoOptions{})
		r.SeedText(t, map[string]string{"a": "same"})
		head := r.Head(t)
		b := branch(t, r)
		s.ResetStats()
		same := put(t, b, "a", "same")
		same.Expect = gitwriter.ExpectAbsent() // met, as the branch holds just what is asked for
		res := commit(t, b, same, gitwriter.Change{Path: "nowhere/at/all", Delete: true})
		if !res.Commit.IsZero() || r.Head(t) != head {
			t.Errorf("a commit %s was made", res.Commit)
		}
		if n := s.Stats().ByService[gittest.ReceivePack].Requests; n != 0 {
			t.Errorf("%d pushes, want none", n)
		}
	})
}

func TestExpectationsAreReportedOnTheirOwnChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change gitwriter.Change
		want   error
	}{
		{"absent, but there is a file", gitwriter.Change{Path: "a", Expect: gitwriter.ExpectAbsent()}, gitwriter.ErrConflict},
		{"a blob, but there is another", gitwriter.Change{Path: "a", Expect: gitwriter.ExpectBlob(blobID("other"), 0)}, gitwriter.ErrConflict},
		{"a blob, but there is nothing", gitwriter.Change{Path: "gone", Expect: gitwriter.ExpectBlob(blobID("a"), 0)}, gitwriter.ErrConflict},
		{"a mode, but there is another", gitwriter.Change{Path: "a", Expect: gitwriter.ExpectBlob(blobID("a"), gitobj.ModeExec)}, gitwriter.ErrConflict},
		{"the blob that is there", gitwriter.Change{Path: "a", Expect: gitwriter.ExpectBlob(blobID("a"), gitobj.ModeFile)}, nil},
		{"anything", gitwriter.Change{Path: "a"}, nil},
		{"a file below a file", gitwriter.Change{Path: "a/b"}, gitwriter.ErrObstacle},
		{"a file below a symbolic link", gitwriter.Change{Path: "link/b"}, gitwriter.ErrObstacle},
		{"a file below a submodule", gitwriter.Change{Path: "sub/b"}, gitwriter.ErrObstacle},
		{"a file in place of a submodule", gitwriter.Change{Path: "sub"}, gitwriter.ErrObstacle},
		{"a file in place of a directory", gitwriter.Change{Path: "dir"}, gitwriter.ErrObstacle},
		{"removal of a directory", gitwriter.Change{Path: "dir", Delete: true}, gitwriter.ErrObstacle},
		{"removal of a blob that changed", gitwriter.Change{Path: "a", Delete: true, Expect: gitwriter.ExpectBlob(blobID("other"), 0)}, gitwriter.ErrConflict},
		{"removal below a file", gitwriter.Change{Path: "a/b", Delete: true, Expect: gitwriter.ExpectBlob(blobID("x"), 0)}, nil},
		{"rename of what changed", gitwriter.Change{Path: "new", From: "a", ExpectFrom: gitwriter.ExpectBlob(blobID("other"), 0)}, gitwriter.ErrConflict},
		{"rename of what is gone", gitwriter.Change{Path: "new", From: "gone", ExpectFrom: gitwriter.ExpectBlob(blobID("other"), 0)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			r := s.NewRepo(t, "r", gittest.RepoOptions{})
			r.Seed(t, map[string]gittest.File{
				"a":        {Content: "a"},
				"dir/file": {Content: "f"},
				"link":     {Content: "dir", Mode: "120000"},
				"sub":      {Content: strings.Repeat("cd", 20), Mode: "160000"},
			})
			b := branch(t, r)
			if !c.change.Delete {
				staged := put(t, b, c.change.Path, "wanted")
				c.change.Mode, c.change.Blob = staged.Mode, staged.Blob
			}
			out := b.Commit(t.Context(), []gitwriter.Change{put(t, b, "other.txt", "goes through"), c.change}, gitwriter.Meta{Author: someone, Committer: someone})
			if out[0].Err != nil {
				t.Errorf("the other change: %v", out[0].Err)
			}
			if !errors.Is(out[1].Err, c.want) || (c.want == nil && out[1].Err != nil) {
				t.Errorf("got error %v, want %v", out[1].Err, c.want)
			}
			tree := r.Tree(t, r.Ref())
			if _, ok := tree["other.txt"]; !ok {
				t.Error("the other change is not on the branch")
			}
			if c.want != nil && (tree["a"].ID != blobID("a").String() || len(tree) != 6) {
				t.Errorf("the refused change left its mark: %v", tree)
			}
		})
	}
}

func TestAFileMayTakeTheePlaceOfADirectoryThatEmpties(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	r.SeedText(t, map[string]string{"d/x": "x", "d/e/y": "y", "f": "file"})
	b := branch(t, r)
	commit(t, b,
		put(t, b, "d", "now a file"),
		put(t, b, "f/now/a/dir", "deep"),
		gitwriter.Change{Path: "d/x", Delete: true},
		gitwriter.Change{Path: "d/e/y", Delete: true},
		gitwriter.Change{Path: "f", Delete: true},
	)
	tree := r.Tree(t, r.Ref())
	if tree["d"].ID != blobID("now a file").String() || tree["f/now/a/dir"].ID != blobID("deep").String() {
		t.Errorf("tree %v", tree)
	}
}

func TestTwoResourcesThatWriteOnePathAreTold(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := branch(t, r)
	out := b.Commit(t.Context(), []gitwriter.Change{
		put(t, b, "x", "one"), put(t, b, "x", "two"), put(t, b, "y", "same"), put(t, b, "y", "same"),
	}, gitwriter.Meta{Author: someone, Committer: someone})
	for i, want := range []error{nil, gitwriter.ErrConflict, nil, nil} {
		if !errors.Is(out[i].Err, want) {
			t.Errorf("change %d: %v, want %v", i, out[i].Err, want)
		}
	}
}

func TestADeletionLeavesWhatThisProcessWrote(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	r.SeedText(t, map[string]string{"p": "old"})
	b := branch(t, r)
	commit(t, b, put(t, b, "p", "new"))
	// create_before_destroy: the former owner of the path deletes it after its successor wrote it.
	commit(t, b, gitwriter.Change{Path: "p", Delete: true, Expect: gitwriter.ExpectBlob(blobID("old"), 0)})
	if got := r.Content(t, r.Ref(), "p"); got != "new" {
		t.Errorf("p holds %q", got)
	}
}

func TestMergeCommitsAndForeignHistoryStay(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		_, r := f.repo(t, gittest.RepoOptions{})
		side, err := r.Commit("side", "side", map[string]gittest.File{"s": {Content: "s"}})
		if err != nil {
			t.Fatal(err)
		}
		merge := r.Git(t, "commit-tree", r.Ref()+"^{tree}", "-p", r.Head(t), "-p", side, "-m", "merge")
		r.Git(t, "update-ref", r.Ref(), merge)
		b := branch(t, r)
		res := commit(t, b, put(t, b, "x", "x"))
		if res.Parent.String() != merge {
			t.Errorf("parent %s, want the merge %s", res.Parent, merge)
		}
		if n := len(strings.Fields(r.Git(t, "rev-list", "--parents", "-n1", merge))); n != 3 {
			t.Errorf("the merge has %d parents, want 2", n-1)
		}
	})
}

func TestAnUnbornBranchIsCreatedByTheFirstPush(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		for _, name := range []string{"", "main", "other"} {
			t.Run("branch "+name, func(t *testing.T) {
				t.Parallel()
				_, r := f.repo(t, gittest.RepoOptions{Empty: true})
				b, err := open(t, r).Branch(t.Context(), name)
				if err != nil {
					t.Fatal(err)
				}
				if e, err := b.Lookup(t.Context(), "a/b"); err != nil || e.Exists() {
					t.Errorf("lookup: %v, %v", e, err)
				}
				commit(t, b, put(t, b, "a/b", "first"))
				commit(t, b, put(t, b, "a/c", "second"))
				if got := r.Content(t, "refs/heads/"+b.Name(), "a/b"); got != "first" {
					t.Errorf("a/b holds %q", got)
				}
				if n := r.Commits(t, "refs/heads/"+b.Name()); n != 2 {
					t.Errorf("%d commits, want 2", n)
				}
			})
		}
	})
}

func TestAMissingBranchStartsWhereItIsTold(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		_, r := f.repo(t, gittest.RepoOptions{})
		r.SeedText(t, map[string]string{"base": "base"})
		r.Git(t, "-c", "user.name=T", "-c", "user.email=t@example.com", "tag", "-a", "-m", "annotated", "v1", r.Head(t))
		r.Git(t, "tag", "light", r.Head(t))
		for i, from := range []string{"main", "v1", "light", "refs/heads/main", r.Head(t)} {
			name := fmt.Sprintf("new-%d", i)
			b, err := open(t, r, func(o *gitwriter.Options) { o.CreateFrom = from }).Branch(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if e, err := b.Lookup(t.Context(), "base"); err != nil || !e.Exists() {
				t.Errorf("%s: base is not seen: %v, %v", from, e, err)
			}
			if head, err := b.Head(t.Context()); err != nil || !head.IsZero() {
				t.Errorf("%s: head %v, %v: the branch does not exist yet", from, head, err)
			}
			commit(t, b, put(t, b, "added", "added"))
			tree := r.Tree(t, "refs/heads/"+name)
			if len(tree) != 3 || r.Git(t, "rev-parse", "refs/heads/"+name+"^") != r.Head(t) {
				t.Errorf("%s: tree %v", from, tree)
			}
		}
		// Nothing differs from the start: the branch is created all the same, as what is reported
		// done must be on it.
		b, err := open(t, r, func(o *gitwriter.Options) { o.CreateFrom = "main" }).Branch(t.Context(), "same")
		if err != nil {
			t.Fatal(err)
		}
		if res := commit(t, b, put(t, b, "base", "base")); !res.Commit.IsZero() {
			t.Errorf("a commit was made: %v", res)
		}
		if got := r.Git(t, "rev-parse", "refs/heads/same"); got != r.Head(t) {
			t.Errorf("branch same is at %s, want %s", got, r.Head(t))
		}
	})
}

func TestAMissingBranchIsAnError(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f format) {
		_, r := f.repo(t, gittest.RepoOptions{})
		for _, from := range []string{"", "nowhere"} {
			b, err := open(t, r, func(o *gitwriter.Options) { o.CreateFrom = from }).Branch(t.Context(), "missing")
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.Lookup(t.Context(), "x")
			if !errors.Is(err, gitwriter.ErrNoBranch) || !strings.Contains(err.Error(), "missing") {
				t.Errorf("from %q: %v, want ErrNoBranch that names the branch", from, err)
			}
			if out := b.Commit(t.Context(), []gitwriter.Change{put(t, b, "x", "x")}, gitwriter.Meta{}); !errors.Is(out[0].Err, gitwriter.ErrNoBranch) {
				t.Errorf("from %q: commit: %v, want ErrNoBranch", from, out[0].Err)
			}
		}
	})
}

func TestSeveralFilesOfOneContentAreSentOnce(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	b := branch(t, r)
	commit(t, b, put(t, b, "one", "same"), put(t, b, "two", "same"))
	if got := r.Content(t, r.Ref(), "two"); got != "same" {
		t.Errorf("two holds %q", got)
	}
}

func TestConcurrentLookupsShareRequests(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("d%02d/f%03d", i%17, i)] = fmt.Sprint(i)
	}
	r.SeedText(t, files)
	s.ResetStats()
	b, err := open(t, r).Branch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for path, content := range files {
		wg.Go(func() {
			e, err := b.Lookup(t.Context(), path)
			if err != nil || e.ID != blobID(content) {
				t.Errorf("%s: %v, %v", path, e, err)
			}
		})
	}
	wg.Wait()
	st := s.Stats()
	if st.Requests != 2 || st.Connections != 1 {
		t.Errorf("%d requests on %d connections, want 2 on 1", st.Requests, st.Connections)
	}
}

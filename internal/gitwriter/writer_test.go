package gitwriter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// readme is the first commit of most repositories.
var readme = map[string]string{"README.md": "# r\n"}

func TestACommitHoldsItsChangesAndNothingElse(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		_, r := f.Repo(t, gittest.RepoOptions{})
		r.Seed(t, map[string]gittest.File{
			"a/b/keep.txt":     {Content: "keep"},
			"a/b/drop.txt":     {Content: "drop"},
			"a/tool":           {Content: "#!/bin/sh\n", Mode: "100755"},
			"link":             {Content: "a/tool", Mode: "120000"},
			"vendor/lib":       {Content: f.Submodule(), Mode: "160000"},
			"süß/ünïcode.txt":  {Content: "u"},
			"only/child/x.txt": {Content: "x"},
		})
		want := r.Tree(t, r.Ref())
		b := writertest.Branch(t, r)
		res := writertest.Commit(t, b,
			writertest.Put(t, b, "a/b/new.txt", "new"),
			writertest.Put(t, b, "fresh/deep/er/file", "deep"),
			gitwriter.Change{Path: "a/b/drop.txt", Delete: true},
			gitwriter.Change{Path: "only/child/x.txt", Delete: true},
			gitwriter.Change{Path: "moved.txt", From: "a/b/keep.txt", Mode: gitobj.ModeExec, Blob: f.Blob("keep")},
		)
		if got := r.Head(t); got != res.Commit.String() {
			t.Errorf("head is %s, the result says %s", got, res.Commit)
		}
		delete(want, "a/b/drop.txt")
		delete(want, "a/b/keep.txt")
		delete(want, "only/child/x.txt")
		want["a/b/new.txt"] = gittest.Entry{Mode: "100644", ID: f.Blob("new").String()}
		want["fresh/deep/er/file"] = gittest.Entry{Mode: "100644", ID: f.Blob("deep").String()}
		want["moved.txt"] = gittest.Entry{Mode: "100755", ID: f.Blob("keep").String()}
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
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		m := f.Memory(t, readme)
		before := m.Commit(m.Head()).Tree
		b := m.Branch(t)
		writertest.Commit(t, b, writertest.Put(t, b, "x/y/z", "1"), writertest.Put(t, b, "x/a", "2"))
		writertest.Commit(t, b, gitwriter.Change{Path: "x/y/z", Delete: true})
		// A writer that wrote a path leaves it to others to remove it: deletion needs another
		// process.
		b = m.Branch(t)
		writertest.Commit(t, b, gitwriter.Change{Path: "x/y/z", Delete: true}, gitwriter.Change{Path: "x/a", Delete: true})
		if after := m.Commit(m.Head()).Tree; after != before {
			t.Errorf("tree %s, want %s as before", after, before)
		}
	})
}

func TestTheLastFileMayGo(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		m := f.Memory(t, readme)
		writertest.Commit(t, m.Branch(t), gitwriter.Change{Path: "README.md", Delete: true})
		if files := m.Tree(m.Head()); len(files) != 0 {
			t.Errorf("tree holds %v, want nothing", files)
		}
		b := m.Branch(t)
		writertest.Commit(t, b, writertest.Put(t, b, "back", "again"))
		if files := m.Tree(m.Head()); len(files) != 1 {
			t.Errorf("tree holds %v, want one file", files)
		}
	})
}

func TestNoChangeInTheTreeMeansNoCommit(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		m := f.Memory(t, readme)
		m.CommitAsOther(t, map[string]string{"a": "same"})
		head := m.Head()
		b := m.Branch(t)
		same := writertest.Put(t, b, "a", "same")
		same.Expect = gitwriter.ExpectAbsent() // met, as the branch has the wanted entry
		res := writertest.Commit(t, b, same, gitwriter.Change{Path: "nowhere/at/all", Delete: true})
		if !res.Commit.IsZero() || m.Head() != head {
			t.Errorf("a commit %s was made", res.Commit)
		}
		if n := m.Pushes(); n != 0 {
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
		{"a blob, but there is another", gitwriter.Change{Path: "a", Expect: gitwriter.ExpectBlob(writertest.BlobID("other"), 0)}, gitwriter.ErrConflict},
		{"a blob, but there is nothing", gitwriter.Change{Path: "gone", Expect: gitwriter.ExpectBlob(writertest.BlobID("a"), 0)}, gitwriter.ErrConflict},
		{"a mode, but there is another", gitwriter.Change{Path: "a", Expect: gitwriter.ExpectBlob(writertest.BlobID("a"), gitobj.ModeExec)}, gitwriter.ErrConflict},
		{"the blob that is there", gitwriter.Change{Path: "a", Expect: gitwriter.ExpectBlob(writertest.BlobID("a"), gitobj.ModeFile)}, nil},
		{"anything", gitwriter.Change{Path: "a"}, nil},
		{"a file below a file", gitwriter.Change{Path: "a/b"}, gitobj.ErrObstacle},
		{"a file below a symbolic link", gitwriter.Change{Path: "link/b"}, gitobj.ErrObstacle},
		{"a file below a submodule", gitwriter.Change{Path: "sub/b"}, gitobj.ErrObstacle},
		{"a file in place of a submodule", gitwriter.Change{Path: "sub"}, gitobj.ErrObstacle},
		{"a file in place of a directory", gitwriter.Change{Path: "dir"}, gitobj.ErrObstacle},
		{"removal of a directory", gitwriter.Change{Path: "dir", Delete: true}, gitobj.ErrObstacle},
		{"removal of a blob that changed", gitwriter.Change{Path: "a", Delete: true, Expect: gitwriter.ExpectBlob(writertest.BlobID("other"), 0)}, gitwriter.ErrConflict},
		{"removal below a file", gitwriter.Change{Path: "a/b", Delete: true, Expect: gitwriter.ExpectBlob(writertest.BlobID("x"), 0)}, nil},
		{"rename of what changed", gitwriter.Change{Path: "new", From: "a", ExpectFrom: gitwriter.ExpectBlob(writertest.BlobID("other"), 0)}, gitwriter.ErrConflict},
		{"rename of what is gone", gitwriter.Change{Path: "new", From: "gone", ExpectFrom: gitwriter.ExpectBlob(writertest.BlobID("other"), 0)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, readme)
			m.CommitTo(t, "main", map[string]gittest.File{
				"a":        {Content: "a"},
				"dir/file": {Content: "f"},
				"link":     {Content: "dir", Mode: "120000"},
				"sub":      {Content: strings.Repeat("cd", 20), Mode: "160000"},
			})
			b := m.Branch(t)
			if !c.change.Delete {
				staged := writertest.Put(t, b, c.change.Path, "wanted")
				c.change.Mode, c.change.Blob = staged.Mode, staged.Blob
			}
			out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "other.txt", "goes through"), c.change}, writertest.Meta)
			if out[0].Err != nil {
				t.Errorf("the other change: %v", out[0].Err)
			}
			if !errors.Is(out[1].Err, c.want) || (c.want == nil && out[1].Err != nil) {
				t.Errorf("got error %v, want %v", out[1].Err, c.want)
			}
			tree := m.Tree(m.Head())
			if _, ok := tree["other.txt"]; !ok {
				t.Error("the other change is not on the branch")
			}
			if c.want != nil && (tree["a"].ID != writertest.BlobID("a").String() || len(tree) != 6) {
				t.Errorf("the refused change left its mark: %v", tree)
			}
		})
	}
}

func TestAFileMayTakeTheePlaceOfADirectoryThatEmpties(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	m.CommitAsOther(t, map[string]string{"d/x": "x", "d/e/y": "y", "f": "file"})
	b := m.Branch(t)
	writertest.Commit(t, b,
		writertest.Put(t, b, "d", "now a file"),
		writertest.Put(t, b, "f/now/a/dir", "deep"),
		gitwriter.Change{Path: "d/x", Delete: true},
		gitwriter.Change{Path: "d/e/y", Delete: true},
		gitwriter.Change{Path: "f", Delete: true},
	)
	tree := m.Tree(m.Head())
	if tree["d"].ID != writertest.BlobID("now a file").String() || tree["f/now/a/dir"].ID != writertest.BlobID("deep").String() {
		t.Errorf("tree %v", tree)
	}
}

func TestTwoResourcesThatWriteOnePathAreTold(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	b := m.Branch(t)
	out := b.Commit(t.Context(), []gitwriter.Change{
		writertest.Put(t, b, "x", "one"), writertest.Put(t, b, "x", "two"), writertest.Put(t, b, "y", "same"), writertest.Put(t, b, "y", "same"),
	}, writertest.Meta)
	for i, want := range []error{nil, gitwriter.ErrConflict, nil, nil} {
		if !errors.Is(out[i].Err, want) {
			t.Errorf("change %d: %v, want %v", i, out[i].Err, want)
		}
	}
}

func TestADeletionLeavesWhatThisProcessWrote(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	m.CommitAsOther(t, map[string]string{"p": "old"})
	b := m.Branch(t)
	writertest.Commit(t, b, writertest.Put(t, b, "p", "new"))
	// create_before_destroy: the former owner of the path deletes it after its successor wrote it.
	writertest.Commit(t, b, gitwriter.Change{Path: "p", Delete: true, Expect: gitwriter.ExpectBlob(writertest.BlobID("old"), 0)})
	if got := m.Files()["p"]; got != "new" {
		t.Errorf("p holds %q", got)
	}
}

func TestMergeCommitsAndForeignHistoryStay(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		m := f.Memory(t, readme)
		merge := m.Merge(m.CommitTo(t, "side", map[string]gittest.File{"s": {Content: "s"}}))
		b := m.Branch(t)
		res := writertest.Commit(t, b, writertest.Put(t, b, "x", "x"))
		if parents := m.Commit(res.Commit).Parents; res.Parent != merge || !slices.Equal(parents, []gitobj.ID{merge}) {
			t.Errorf("parent %s, and in the commit %s, want the merge %s", res.Parent, parents, merge)
		}
		if n := len(m.Commit(merge).Parents); n != 2 {
			t.Errorf("the merge has %d parents, want 2", n)
		}
	})
}

func TestAnUnbornBranchIsCreatedByTheFirstPush(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		for _, name := range []string{"", "main", "other"} {
			t.Run("branch "+name, func(t *testing.T) {
				t.Parallel()
				m := f.Memory(t, nil)
				b, err := m.Open(t).Branch(t.Context(), name)
				if err != nil {
					t.Fatal(err)
				}
				if e, err := b.Lookup(t.Context(), "a/b"); err != nil || e.Exists() {
					t.Errorf("lookup: %v, %v", e, err)
				}
				writertest.Commit(t, b, writertest.Put(t, b, "a/b", "first"))
				writertest.Commit(t, b, writertest.Put(t, b, "a/c", "second"))
				if head := m.Ref("refs/heads/" + b.Name()); m.Tree(head)["a/b"].ID != f.Blob("first").String() || len(m.Tree(head)) != 2 {
					t.Errorf("the branch holds %v", m.Tree(head))
				}
				if n := len(m.History(m.Ref("refs/heads/" + b.Name()))); n != 2 {
					t.Errorf("%d commits, want 2", n)
				}
			})
		}
	})
}

func TestAMissingBranchStartsWhereItIsTold(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		_, r := f.Repo(t, gittest.RepoOptions{})
		r.SeedText(t, map[string]string{"base": "base"})
		r.Git(t, "-c", "user.name=T", "-c", "user.email=t@example.com", "tag", "-a", "-m", "annotated", "v1", r.Head(t))
		r.Git(t, "tag", "light", r.Head(t))
		for i, from := range []string{"main", "v1", "light", "refs/heads/main", r.Head(t)} {
			name := fmt.Sprintf("new-%d", i)
			b, err := writertest.Open(t, r, func(o *writertest.Options) { o.CreateFrom = from }).Branch(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if e, err := b.Lookup(t.Context(), "base"); err != nil || !e.Exists() {
				t.Errorf("%s: base is not seen: %v, %v", from, e, err)
			}
			if head, err := b.Head(t.Context()); err != nil || !head.IsZero() {
				t.Errorf("%s: head %v, %v: the branch does not exist yet", from, head, err)
			}
			writertest.Commit(t, b, writertest.Put(t, b, "added", "added"))
			tree := r.Tree(t, "refs/heads/"+name)
			if len(tree) != 3 || r.Git(t, "rev-parse", "refs/heads/"+name+"^") != r.Head(t) {
				t.Errorf("%s: tree %v", from, tree)
			}
		}
		// Nothing differs from the start: the branch is created all the same, as a branch that is
		// reported done must be on it.
		b, err := writertest.Open(t, r, func(o *writertest.Options) { o.CreateFrom = "main" }).Branch(t.Context(), "same")
		if err != nil {
			t.Fatal(err)
		}
		if res := writertest.Commit(t, b, writertest.Put(t, b, "base", "base")); !res.Commit.IsZero() {
			t.Errorf("a commit was made: %v", res)
		}
		if got := r.Git(t, "rev-parse", "refs/heads/same"); got != r.Head(t) {
			t.Errorf("branch same is at %s, want %s", got, r.Head(t))
		}
	})
}

func TestAMissingBranchIsAnError(t *testing.T) {
	t.Parallel()
	writertest.EachFormat(t, func(t *testing.T, f writertest.Format) {
		m := f.Memory(t, readme)
		for _, from := range []string{"", "nowhere"} {
			b, err := m.Open(t, func(o *writertest.Options) { o.CreateFrom = from }).Branch(t.Context(), "missing")
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.Lookup(t.Context(), "x")
			if !errors.Is(err, gitread.ErrNoBranch) || !strings.Contains(err.Error(), "missing") {
				t.Errorf("from %q: %v, want ErrNoBranch that names the branch", from, err)
			}
			if out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "x", "x")}, gitwriter.Meta{}); !errors.Is(out[0].Err, gitread.ErrNoBranch) {
				t.Errorf("from %q: commit: %v, want ErrNoBranch", from, out[0].Err)
			}
		}
	})
}

func TestSeveralFilesOfOneContentAreSentOnce(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	b := m.Branch(t)
	writertest.Commit(t, b, writertest.Put(t, b, "one", "same"), writertest.Put(t, b, "two", "same"))
	if got := m.Files()["two"]; got != "same" {
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
	b, err := writertest.Open(t, r).Branch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for path, content := range files {
		wg.Go(func() {
			e, err := b.Lookup(t.Context(), path)
			if err != nil || e.ID != writertest.BlobID(content) {
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

func TestMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		messages []string
		meta     gitwriter.Meta
		want     string
	}{
		{"one change without a message", []string{""}, gitwriter.Meta{}, "Add f0"},
		{"one message", []string{"Say it"}, gitwriter.Meta{}, "Say it"},
		{"all agree", []string{"Same", "Same", "Same"}, gitwriter.Meta{}, "Same"},
		{"the default counts for those without", []string{"Same", ""}, gitwriter.Meta{Message: "Same"}, "Same"},
		{"they differ", []string{"One", "Two\nlines", "One"}, gitwriter.Meta{}, "Add 3 files\n\n- One\n- Two\n  lines"},
		{"trailers", []string{"Subject"}, gitwriter.Meta{Trailers: []gitwriter.Trailer{{Key: "Change-Id", Value: "I1"}, {Key: "Signed-off-by", Value: "A <a@x>"}}}, "Subject\n\nChange-Id: I1\nSigned-off-by: A <a@x>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, readme)
			b := m.Branch(t)
			var changes []gitwriter.Change
			for i, message := range c.messages {
				ch := writertest.Put(t, b, fmt.Sprintf("f%d", i), fmt.Sprint(i))
				ch.Message = message
				changes = append(changes, ch)
			}
			c.meta.Author, c.meta.Committer = writertest.Someone, writertest.Someone
			for _, o := range b.Commit(t.Context(), changes, c.meta) {
				if o.Err != nil {
					t.Fatal(o.Err)
				}
			}
			if got := m.Commit(m.Head()).Message; strings.TrimSpace(got) != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBadIdentitiesAreRefused(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	b := m.Branch(t)
	for _, id := range []gitwriter.Identity{{Name: "a\nparent b", Email: "a@x"}, {Name: "a", Email: "a@x> <b"}} {
		out := b.Commit(t.Context(), []gitwriter.Change{writertest.Put(t, b, "x", "x")}, gitwriter.Meta{Author: id, Committer: writertest.Someone})
		if out[0].Err == nil {
			t.Errorf("%q was accepted", id)
		}
	}
	if n := len(m.Parents()); n != 1 {
		t.Errorf("%d commits, want the seed's", n)
	}
}

// stalled is a server in memory that never answers a push.
type stalled struct {
	*writertest.Memory
	arrived chan struct{}
}

func (s *stalled) Push(ctx context.Context, _ gitwire.Push, _ gitwriter.Body) (gitwire.Report, error) {
	close(s.arrived)
	<-ctx.Done()
	return gitwire.Report{}, fmt.Errorf("%w: %w", writertest.ErrLost, context.Cause(ctx))
}

func TestACancelledPushThatIsNotAnsweredIsGivenUp(t *testing.T) {
	t.Parallel()
	writertest.InBubble(t, readme, func(t *testing.T, m *writertest.Memory) {
		const limit = time.Minute
		server := &stalled{m, make(chan struct{})}
		b, err := writertest.OpenRemote(t.Context(), t, server, func(o *writertest.Options) { o.OutcomeLimit = limit }).Branch(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		c := writertest.Put(t, b, "x", "x")
		go func() { done <- b.Commit(ctx, []gitwriter.Change{c}, writertest.Meta)[0].Err }()
		select {
		case <-server.arrived:
		case err := <-done:
			t.Fatalf("ended before its push: %v", err)
		}
		begin := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the next plan shows what became of it") {
			t.Errorf("got %v, want an error that says that the outcome is not known", err)
		}
		if took := time.Since(begin); took != limit {
			t.Errorf("given up after %v, want %v", took, limit)
		}
	})
}

package gitwriter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// TestEachKindOfServerIsServed reads and writes a repository that no budget holds, over servers
// that can do less and less.
func TestEachKindOfServerIsServed(t *testing.T) {
	t.Parallel()
	sha1, sha256 := writertest.Formats[0], writertest.Formats[1]
	tipsOnly := map[string]string{"uploadpack.allowAnySHA1InWant": "false"}
	for _, c := range []struct {
		name    string
		server  gittest.Options
		config  map[string]string
		address func(*gittest.Repo) string
		// requests is how many a look-up and a commit may take; 0 where there are none to count.
		requests int
		format   writertest.Format
	}{
		{"version 2", gittest.Options{}, nil, (*gittest.Repo).URL, 9, sha1},
		{"version 2 without filters", gittest.Options{NoFilter: true}, nil, (*gittest.Repo).URL, 6, sha1},
		{"version 2, commits only", gittest.Options{CommitsOnly: true}, nil, (*gittest.Repo).URL, 7, sha1},
		{"version 2, commits only, without filters", gittest.Options{CommitsOnly: true, NoFilter: true}, nil, (*gittest.Repo).URL, 6, sha1},
		{"version 0", gittest.Options{V0Only: true}, nil, (*gittest.Repo).URL, 12, sha1},
		{"version 0, tips only", gittest.Options{V0Only: true}, tipsOnly, (*gittest.Repo).URL, 8, sha1},
		{"version 0, tips only, without filters", gittest.Options{V0Only: true, NoFilter: true}, tipsOnly, (*gittest.Repo).URL, 6, sha1},
		{"a directory", gittest.Options{}, nil, func(r *gittest.Repo) string { return "file://" + r.Dir }, 0, sha1},
		// Learning the format takes two more, over version 2.
		{"SHA-256, version 2", gittest.Options{}, nil, (*gittest.Repo).URL, 11, sha256},
		{"SHA-256, version 0", gittest.Options{V0Only: true}, nil, (*gittest.Repo).URL, 12, sha256},
		{"SHA-256, version 0, tips only, without filters", gittest.Options{V0Only: true, NoFilter: true}, tipsOnly, (*gittest.Repo).URL, 6, sha256},
		{"SHA-256, a directory", gittest.Options{}, nil, func(r *gittest.Repo) string { return "file://" + r.Dir }, 0, sha256},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, c.server)
			r := s.NewRepo(t, "r", gittest.RepoOptions{Config: c.config, Format: c.format.String()})
			files := map[string]string{}
			for i := range 600 {
				files[fmt.Sprintf("d%d/e%d/f%d/g/h/file", i%4, i%40, i)] = strings.Repeat(fmt.Sprintf("content %d ", i), 200)
			}
			r.SeedText(t, files)
			s.ResetStats()
			b, err := writertest.OpenAt(t, c.address(r), func(o *writertest.Options) { o.SnapshotBudget = 4 << 10 }).Branch(t.Context(), r.Branch)
			if err != nil {
				t.Fatal(err)
			}
			const path = "d3/e3/f3/g/h/file"
			e, err := b.Lookup(t.Context(), path)
			if err != nil || e.ID != c.format.Blob(files[path]) {
				t.Fatalf("look-up: %v, %v, want %s", e, err, c.format.Blob(files[path]))
			}
			writertest.Commit(t, b, writertest.Put(t, b, "d3/e3/new", "new"))
			if n := s.Stats().Requests; n > c.requests {
				t.Errorf("%d requests for a look-up and a commit, want at most %d", n, c.requests)
			}
			if got, err := b.ReadBlob(t.Context(), e.ID, 1<<20); err != nil || string(got) != files[path] {
				t.Errorf("content: %d bytes, %v; want %d", len(got), err, len(files[path]))
			}

			// Somebody else commits; the next commit of ours goes on top of it.
			files[path] = "theirs"
			r.SeedText(t, map[string]string{path: files[path]})
			writertest.Commit(t, b, writertest.Put(t, b, "d3/e3/newer", "newer"))
			for p, want := range map[string]string{"d3/e3/new": "new", "d3/e3/newer": "newer", path: "theirs", "d0/e0/f0/g/h/file": files["d0/e0/f0/g/h/file"]} {
				if got := r.Content(t, r.Ref(), p); got != want {
					t.Errorf("%s holds %.20q, want %.20q", p, got, want)
				}
			}
			if got := len(r.Tree(t, r.Ref())); got != len(files)+3 { // README.md and two of ours
				t.Errorf("%d files, want %d", got, len(files)+3)
			}
			if got, err := b.ReadBlob(t.Context(), c.format.Blob("theirs"), 1<<20); err != nil || string(got) != "theirs" {
				t.Errorf("their content: %q, %v", got, err)
			}
			r.Fsck(t)
		})
	}
}

// A server that hands out commits only refuses objects that a state has named. A request for the
// branch's commit answers for all the contents of a repository of no great size, and what the
// repository lacks is no reason to read whole commits ever after.
func TestServersThatHandOutCommitsOnly(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]gittest.Options{
		"with filters": {CommitsOnly: true}, "without filters": {CommitsOnly: true, NoFilter: true},
		"version 0": {CommitsOnly: true, V0Only: true}, "over SSH with filters": {CommitsOnly: true},
		"over SSH without filters": {CommitsOnly: true, NoFilter: true}, "over SSH, version 0": {CommitsOnly: true, V0Only: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ssh := gittest.New(t, o), strings.HasPrefix(name, "over SSH")
			r := s.NewRepo(t, "r", gittest.RepoOptions{Config: map[string]string{"uploadpack.allowAnySHA1InWant": "true"}})
			var contents []string
			files := map[string]string{}
			for i := range 40 {
				contents = append(contents, fmt.Sprint("content ", i))
				files[fmt.Sprintf("a/b/c/d/%d/file", i)] = contents[i]
			}
			r.SeedText(t, files)
			for first, read := range map[string]func(b *gitqueue.Branch) error{
				"a look-up": func(b *gitqueue.Branch) error {
					_, err := b.Lookup(t.Context(), "a/b/c/d/7/file")
					return err
				},
				"a content": func(b *gitqueue.Branch) error {
					_, err := b.ReadBlob(t.Context(), writertest.BlobID(contents[3]), 1<<20)
					return err
				},
			} {
				b := writertest.Branch(t, r)
				if ssh {
					b = branchOver(t, s, r)
				}
				if err := read(b); err != nil {
					t.Fatalf("%s: %v", first, err)
				}
				for i, content := range contents {
					if i == 1 {
						s.ResetStats()
					}
					e, err := b.Lookup(t.Context(), fmt.Sprintf("a/b/c/d/%d/file", i))
					if err != nil || e.ID != writertest.BlobID(content) {
						t.Fatalf("%s, then a look-up: %v, %v", first, e, err)
					}
					if got, err := b.ReadBlob(t.Context(), e.ID, 1<<20); err != nil || string(got) != content {
						t.Fatalf("%s, then a content: %q, %v", first, got, err)
					}
				}
				if n := s.Stats().Requests; n != 0 {
					t.Errorf("%s: %d requests after the first content was read, want none", first, n)
				}
				if _, err := b.ReadBlob(t.Context(), writertest.BlobID("nowhere"), 1<<20); !errors.Is(err, gitread.ErrMissing) {
					t.Errorf("%s: one that is nowhere: got %v", first, err)
				}
			}
		})
	}
}

// branchOver is branch over SSH.
func branchOver(t *testing.T, s *gittest.Server, r *gittest.Repo) *gitqueue.Branch {
	t.Helper()
	b, err := ways(t, s)[1].open(t, r, "").Branch(t.Context(), r.Branch)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A server that hands out every object says of a missing object the same as a server that hands out
// commits only.
func TestAMissingObjectIsNoReasonToReadWholeCommits(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	r := s.NewRepo(t, "r", gittest.RepoOptions{})
	r.SeedText(t, map[string]string{"a": "1", "b": strings.Repeat("long", 1<<20)})
	remote, err := gitremote.Open(gitremote.Options{URL: r.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := remote.Close(); err != nil {
			t.Error(err)
		}
	})
	b, err := writertest.OpenRemote(t.Context(), t, remote).Branch(t.Context(), r.Branch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ReadBlob(t.Context(), writertest.BlobID("nowhere"), 1<<20); !errors.Is(err, gitread.ErrMissing) {
		t.Errorf("got %v, want %v", err, gitread.ErrMissing)
	}
	if byID, filters := remote.Selective(); !byID || !filters {
		t.Errorf("selective: %v, %v; want both", byID, filters)
	}
}

// strict is a server as JGit's, which takes no wants but the tips of branches. As with every
// server, its abilities are not known before it is asked the first time.
type strict struct {
	*writertest.Memory
	known atomic.Bool
}

func (s *strict) Selective() (byID, filters bool) { return !s.known.Load(), !s.known.Load() }

func (s *strict) Usable(filter string) string {
	if s.known.Load() {
		return ""
	}
	return filter
}

func (s *strict) ListRefs(ctx context.Context, prefixes ...string) ([]gitwire.Ref, error) {
	s.known.Store(true)
	return s.Memory.ListRefs(ctx, prefixes...)
}

func (s *strict) Fetch(ctx context.Context, req gitwire.Fetch, consume func(io.Reader) error) error {
	s.known.Store(true)
	if len(req.Wants) != 1 || req.Wants[0] != s.Head() {
		return fmt.Errorf("want %v not valid", req.Wants)
	}
	return s.Memory.Fetch(ctx, req, consume)
}

// The process that applies a plan may begin with a file's content as it was, before any look-up.
func TestContentIsTheFirstThingThatIsReadOfAStrictServer(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, map[string]string{"a": "1", "b": "2"})
	fresh := func() *gitqueue.Branch {
		b, err := writertest.OpenRemote(t.Context(), t, &strict{Memory: m}).Branch(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if got, err := fresh().ReadBlobs(t.Context(), []gitobj.ID{writertest.BlobID("1"), writertest.BlobID("2")}); err != nil || string(got[0]) != "1" || string(got[1]) != "2" {
		t.Errorf("two: got %q, %v", got, err)
	}
	if got, err := fresh().ReadBlob(t.Context(), writertest.BlobID("2"), 1<<20); err != nil || string(got) != "2" {
		t.Errorf("one: got %q, %v", got, err)
	}
	if _, err := fresh().ReadBlob(t.Context(), writertest.BlobID("nowhere"), 1<<20); !errors.Is(err, gitread.ErrMissing) {
		t.Errorf("one that is nowhere: got %v", err)
	}
}

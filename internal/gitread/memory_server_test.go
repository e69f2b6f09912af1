package gitread_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// reader opens a repository of a server in memory for reading alone.
func reader(t *testing.T, m writertest.Remote, o gitread.Options) *gitread.Repo {
	t.Helper()
	return gitread.Open(t.Context(), gitread.Remote{Refs: m, Packs: m, Server: m}, o)
}

// named returns a branch.
func named(t *testing.T, r *gitread.Repo, name string) *gitread.Branch {
	t.Helper()
	b, err := r.Branch(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABranchStartsWhereTheOptionsSay(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, map[string]string{"a/b": "1"})
	for name, c := range map[string]struct {
		branch, from string
		err          error
		exists       bool
	}{
		"an existing branch":          {"main", "", nil, true},
		"the default branch":          {"", "", nil, true},
		"a missing branch":            {"new", "", gitread.ErrNoBranch, false},
		"from a branch":               {"new", "main", nil, false},
		"from a full name":            {"new", "refs/heads/main", nil, false},
		"from a commit":               {"new", m.Head().String(), nil, false},
		"from nothing that exists":    {"new", "old", gitread.ErrNoBranch, false},
		"from an id of SHA-256":       {"new", gitobj.Hash(gitobj.SHA256, gitobj.KindCommit, nil).String(), gitread.ErrFormat, false},
		"an existing one with from":   {"main", "old", nil, true},
		"from a missing full name":    {"new", "refs/tags/v1", gitread.ErrNoBranch, false},
		"from an unknown commit's id": {"new", gitobj.Hash(gitobj.SHA1, gitobj.KindCommit, nil).String(), errMissing, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := named(t, reader(t, m, gitread.Options{CreateFrom: c.from}), c.branch)
			e, err := b.Lookup(t.Context(), "a/b")
			if c.err != nil {
				if err == nil || c.err != errMissing && !errors.Is(err, c.err) {
					t.Fatalf("got %v, want %v", err, c.err)
				}
				return
			}
			if err != nil || e.ID != writertest.BlobID("1") {
				t.Fatalf("got %v, %v", e, err)
			}
			head, err := b.Head(t.Context())
			if err != nil || head.IsZero() == c.exists {
				t.Errorf("head %s, %v", head, err)
			}
		})
	}
}

// errMissing stands for any error.
var errMissing = errors.New("any")

func TestAnEmptyRepositoryHasNoFiles(t *testing.T) {
	t.Parallel()
	b := named(t, reader(t, writertest.NewMemory(t, nil), gitread.Options{}), "main")
	e, err := b.Lookup(t.Context(), "a")
	files, listErr := b.List(t.Context(), "")
	if err != nil || listErr != nil || e.Exists() || len(files) > 0 {
		t.Errorf("%v, %v; %v, %v", e, err, files, listErr)
	}
}

func TestEntriesAreFilesDirectoriesObstaclesOrNothing(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, map[string]string{"a/b/c": "1", "d": "2"})
	b := named(t, reader(t, m, gitread.Options{}), "main")
	found, errs, err := b.LookupAll(t.Context(), []string{"a/b/c", "a/b", "d", "d/e/f", "x/y", "a/b/x"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"file", "dir", "file", "obstacle", "none", "none"} {
		got := "none"
		switch {
		case errs != nil && errs[i] != nil:
			got = "obstacle"
			if o := new(gitobj.ObstacleError); !errors.As(errs[i], &o) || o.At != "d" {
				t.Errorf("%s: %v", found[i].Path, errs[i])
			}
		case found[i].IsDir():
			got = "dir"
		case found[i].Exists():
			got = "file"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", found[i].Path, got, want)
		}
	}
}

// slow is a server in memory that holds each fetch until it is let go.
type slow struct {
	*writertest.Memory
	arrived, let chan struct{}
}

func (s *slow) Fetch(ctx context.Context, req gitwire.Fetch, consume func(io.Reader) error) error {
	s.arrived <- struct{}{}
	<-s.let
	return s.Memory.Fetch(ctx, req, consume)
}

// Contents that are asked for while a fetch is under way come with the next fetch, all together,
// and a caller who gives up leaves it to the others.
func TestConcurrentReadersShareFetches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		files := map[string]string{}
		for i := range 20 {
			files[fmt.Sprintf("f%02d", i)] = fmt.Sprint("content ", i)
		}
		s := &slow{Memory: writertest.NewMemory(t, files), arrived: make(chan struct{}, 100), let: make(chan struct{}, 100)}
		b := named(t, reader(t, s, gitread.Options{}), "main")
		s.let <- struct{}{}
		if _, err := b.Head(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-s.arrived
		before := s.Fetches()
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				caller, gaveUp := t.Context(), i == 7
				if gaveUp {
					caller = ctx
				}
				got, err := b.ReadBlob(caller, writertest.BlobID(fmt.Sprint("content ", i)), 1<<20)
				if gaveUp != errors.Is(err, context.Canceled) || !gaveUp && string(got) != fmt.Sprint("content ", i) {
					t.Errorf("f%02d: %q, %v", i, got, err)
				}
			})
		}
		<-s.arrived // the first fetch; the others have joined the next
		synctest.Wait()
		cancel()
		s.let <- struct{}{}
		s.let <- struct{}{}
		wg.Wait()
		if n := s.Fetches() - before; n > 2 {
			t.Errorf("%d fetches for 20 contents, want 2", n)
		}
	})
}

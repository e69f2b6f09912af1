package gitwriter_test

import (
	"context"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
)

// shared stands for a store that outlives a process and keeps notes. It counts the questions.
type shared struct {
	objstore.Store
	gets atomic.Int32

	mu    sync.Mutex
	notes map[string][]byte
}

func newShared() *shared {
	return &shared{Store: objstore.NewMemory(objstore.MemoryOptions{}), notes: map[string][]byte{}}
}

func (s *shared) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	s.gets.Add(1)
	return s.Store.Get(ctx, ids)
}

func (s *shared) Note(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.notes[key], nil
}

func (s *shared) SetNote(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[key] = value
	return nil
}

// process opens the branch as a new process would that uses the store.
func process(t *testing.T, r *gittest.Repo, store objstore.Store, adjust ...func(*gitwriter.Options)) *gitwriter.Branch {
	t.Helper()
	remote, err := gitremote.Open(gitremote.Options{URL: r.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	o := gitwriter.Options{
		Stage: packstage.Options{Directory: t.TempDir()},
		Now:   func() time.Time { return time.Unix(1_700_000_000, 0) },
		Logf:  func(_ context.Context, format string, args ...any) { t.Logf(format, args...) },
	}
	for _, a := range adjust {
		a(&o)
	}
	repo, err := gitwriter.Open(objstore.NewContext(t.Context(), store), remote, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	b, err := repo.Branch(t.Context(), r.Branch)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hold puts a commit of a tree into the store.
func hold(t *testing.T, store objstore.Store, tree gitobj.ID) gitobj.ID {
	t.Helper()
	who := gitobj.Signature{Name: "x", Email: "x@example.com", When: time.Unix(1, 0)}
	raw := (&gitobj.Commit{Tree: tree, Author: who, Committer: who, Message: "forged\n"}).Append(nil)
	id := gitobj.Hash(gitobj.SHA1, gitobj.KindCommit, raw)
	if err := store.Put(t.Context(), []objstore.Object{{ID: id, Kind: gitobj.KindCommit, Data: raw}}); err != nil {
		t.Fatal(err)
	}
	return id
}

// copyObject puts an object of the repository into the store.
func copyObject(t *testing.T, r *gittest.Repo, store objstore.Store, rev string) {
	t.Helper()
	id, err := gitobj.ParseID(r.Git(t, "rev-parse", rev))
	if err != nil {
		t.Fatal(err)
	}
	kind := r.Git(t, "cat-file", "-t", id.String())
	cat := exec.Command("git", "cat-file", kind, id.String())
	cat.Dir, cat.Env = r.Dir, gittest.Env()
	raw, err := cat.Output() // byte for byte
	if err != nil {
		t.Fatal(err)
	}
	ob := objstore.Object{ID: id, Data: raw}
	for _, k := range []gitobj.Kind{gitobj.KindCommit, gitobj.KindTree, gitobj.KindBlob} {
		if k.String() == kind {
			ob.Kind = k
		}
	}
	if got := gitobj.Hash(gitobj.SHA1, ob.Kind, ob.Data); got != id {
		t.Fatalf("%s %s was read as %s", kind, id, got)
	}
	if err := store.Put(t.Context(), []objstore.Object{ob}); err != nil {
		t.Fatal(err)
	}
}

package writertest

import (
	"context"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Shared is an object store that outlives a process and keeps hint records. It counts the
// questions.
type Shared struct {
	objstore.Store
	Gets atomic.Int32

	mu sync.Mutex // guards the field below
	// Hints are the hint records by their keys.
	Hints map[string][]byte
}

var _ objstore.Hints = (*Shared)(nil)

// NewShared makes an empty store.
func NewShared() *Shared {
	return &Shared{Store: objstore.NewMemory(objstore.MemoryOptions{}), Hints: map[string][]byte{}}
}

// Get counts the question.
func (s *Shared) Get(ctx context.Context, ids []gitobj.ID) ([]objstore.Object, error) {
	s.Gets.Add(1)
	return s.Store.Get(ctx, ids)
}

// Hint returns a hint record.
func (s *Shared) Hint(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Hints[key], nil
}

// SetHint keeps a hint record.
func (s *Shared) SetHint(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Hints[key] = value
	return nil
}

// Hold puts a commit of a tree into the store.
func Hold(t testing.TB, store objstore.Store, tree gitobj.ID) gitobj.ID {
	t.Helper()
	who := gitobj.Signature{Name: "x", Email: "x@example.com", When: time.Unix(1, 0)}
	raw := (&gitobj.Commit{Tree: tree, Author: who, Committer: who, Message: "forged\n"}).Append(nil)
	id := gitobj.Hash(gitobj.SHA1, gitobj.KindCommit, raw)
	if err := store.Put(t.Context(), []objstore.Object{{ID: id, Kind: gitobj.KindCommit, Data: raw}}); err != nil {
		t.Fatal(err)
	}
	return id
}

// CopyObject puts an object of the repository into the store.
func CopyObject(t testing.TB, r *gittest.Repo, store objstore.Store, rev string) {
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

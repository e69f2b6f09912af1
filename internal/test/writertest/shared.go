package writertest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
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

// Copy puts an object of the repository into a store.
func (m *Memory) Copy(t testing.TB, store objstore.Store, id gitobj.ID) {
	t.Helper()
	m.mu.Lock()
	ob := m.objects[id]
	m.mu.Unlock()
	if err := store.Put(t.Context(), []objstore.Object{{ID: id, Kind: ob.kind, Data: ob.data}}); err != nil {
		t.Fatal(err)
	}
}

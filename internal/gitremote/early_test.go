package gitremote_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// guarded is a large pack that knows when it must not be read any more.
type guarded struct {
	over atomic.Bool
	late atomic.Bool
}

func (*guarded) Size() int64            { return 20 << 20 }
func (g *guarded) NewReader() io.Reader { return io.LimitReader(g, g.Size()) }

func (g *guarded) Read(p []byte) (int, error) {
	if g.over.Load() {
		g.late.Store(true)
	}
	clear(p)
	return len(p), nil
}

// A server that refuses a large push before it has read it: the answer is either understood or the
// outcome counts as unknown, and the pack is let go of.
func TestRefusedBeforeThePackWasSent(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not you", http.StatusForbidden)
	}))
	defer s.Close()
	new, err := gitobj.IDFromBytes(bytes.Repeat([]byte{1}, 20))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		r := open(t, s.URL+"/r.git")
		g := &guarded{}
		_, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", New: new}}}, g)
		g.over.Store(true)
		if !errors.Is(err, gitremote.ErrForbidden) && (!gitremote.Unknown(err) || !gitremote.Transient(err)) {
			t.Errorf("got %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if g.late.Load() {
			t.Error("the pack was read after Push had returned")
		}
	}
}

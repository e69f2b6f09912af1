package gitread_test

import (
	"context"
	"errors"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// slowHead is a remote whose answer about HEAD waits until it is let go.
type slowHead struct {
	forger
	asked, answer chan struct{}
}

func (r *slowHead) ListRefs(context.Context, ...string) ([]gitwire.Ref, error) {
	r.asked <- struct{}{}
	<-r.answer
	return []gitwire.Ref{{Name: "HEAD", Target: "refs/heads/trunk", ID: writertest.BlobID("a commit")}, {Name: "refs/heads/trunk", ID: writertest.BlobID("a commit")}}, nil
}

// While HEAD is asked for, a branch that has a name is there at once, and a caller may give up. The
// others share a request.
func TestNobodyWaitsForHeadInVain(t *testing.T) {
	t.Parallel()
	r := &slowHead{forger: forger{t: t, entries: map[gitobj.ID][]byte{}}, asked: make(chan struct{}, 8), answer: make(chan struct{})}
	repo := writertest.OpenRemote(t.Context(), t, r)
	names := make(chan string, 4)
	for range 4 {
		go func() {
			b, err := repo.Branch(context.WithoutCancel(t.Context()), "")
			if err != nil {
				names <- err.Error()
				return
			}
			names <- b.Name()
		}()
	}
	<-r.asked
	if b, err := repo.Branch(t.Context(), "other"); err != nil || b.Name() != "other" {
		t.Errorf("a branch by its name: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := repo.Branch(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gives up: got %v", err)
	}
	close(r.answer)
	for range 4 {
		if name := <-names; name != "trunk" {
			t.Errorf("HEAD names %s, want trunk", name)
		}
	}
	if n := len(r.asked); n != 0 {
		t.Errorf("%d further requests, want none", n)
	}
}

package gitread

import (
	"context"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Ref is a ref as the server lists it.
type Ref struct {
	Name   string    // full
	Object gitobj.ID // that the ref points at
	// Peeled is the object that an annotated tag finally leads to; zero of any other ref.
	Peeled gitobj.ID
}

// Refs lists the refs below directories, such as "refs/heads/", in the server's order. It asks the
// server each time.
func (r *Repo) Refs(ctx context.Context, dirs ...string) ([]Ref, error) {
	if r.Closed() {
		return nil, ErrClosed
	}
	listed, err := r.remote.Refs.ListRefs(ctx, dirs...)
	if err == nil {
		err = r.learnFormat(ctx, listed)
	}
	if err != nil {
		return nil, fmt.Errorf("list refs: %w", err)
	}
	refs := make([]Ref, len(listed))
	for i, l := range listed {
		refs[i] = Ref{Name: l.Name, Object: l.ID, Peeled: l.Peeled}
	}
	return refs, nil
}

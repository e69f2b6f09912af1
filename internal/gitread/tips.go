package gitread

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// Tip is a ref and the object that it points at.
type Tip struct {
	Ref    string // full name
	Object gitobj.ID
}

// Tips lists the refs whose full names begin with a prefix such as "refs/heads/", in the order of
// their names. It takes one request, and reads no object.
func (r *Repo) Tips(ctx context.Context, prefix string) ([]Tip, error) {
	if r.Closed() {
		return nil, ErrClosed
	}
	refs, err := r.remote.Refs.ListRefs(ctx, prefix)
	if err == nil {
		err = r.learnFormat(ctx, refs)
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", prefix, err)
	}
	var tips []Tip
	for _, ref := range refs {
		if strings.HasPrefix(ref.Name, prefix) && !ref.ID.IsZero() {
			tips = append(tips, Tip{ref.Name, ref.ID})
		}
	}
	slices.SortFunc(tips, func(x, y Tip) int { return strings.Compare(x.Ref, y.Ref) })
	return tips, nil
}

// Prefetch reads tags and commits in one request, so that Object and Peel find them without one. An
// object that the server does not send is no error here.
func (r *Repo) Prefetch(ctx context.Context, ids []gitobj.ID) error {
	_, missing := r.objects.local(ctx, ids)
	if len(missing) == 0 {
		return nil
	}
	_, err := r.objects.receive(ctx, reading{
		req:     gitwire.Fetch{Wants: missing, Filter: lone, Depth: 1, Format: r.objects.format()},
		noBlobs: true, budget: readAheadBudget,
		keep:  func(ob objstore.Object) bool { return ob.Kind == gitobj.KindCommit || ob.Kind == gitobj.KindTag },
		visit: func(objstore.Object) {},
	})
	if err != nil {
		return fmt.Errorf("read %d objects: %w", len(missing), err)
	}
	return nil
}

// Peel follows annotated tags from an object to a commit. An object that leads to none is an
// ErrNotCommit.
func (r *Repo) Peel(ctx context.Context, id gitobj.ID) (gitobj.ID, error) { return r.peel(ctx, id) }

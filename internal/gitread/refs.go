package gitread

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Ref is a ref as the server lists it.
type Ref struct {
	Name   string    // full
	Object gitobj.ID // that the ref points at
	// Peeled is the object that an annotated tag finally leads to; zero of any other ref.
	Peeled gitobj.ID
}

// keptRefs is the number of refs up to which ListRefs keeps those that a prefix without a slash at
// its end covers.
const keptRefs = 500

// Refs lists the refs whose full names begin with any of the prefixes, such as "refs/heads/" or
// "refs/tags/v1.", in the server's order. It asks the server each time. A list of more bytes than
// the remote reads is an error.
func (r *Repo) Refs(ctx context.Context, prefixes ...string) ([]Ref, error) {
	if r.Closed() {
		return nil, ErrClosed
	}
	listed, err := r.remote.Refs.ListRefs(ctx, prefixes...)
	if err == nil && len(listed) >= keptRefs {
		listed, err = r.listDirs(ctx, listed, prefixes)
	}
	if err == nil {
		err = r.learnFormat(ctx, listed)
	}
	if err != nil {
		return nil, fmt.Errorf("list refs: %w", err)
	}
	var refs []Ref
	for _, l := range listed {
		covered := slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(l.Name, p) })
		if covered && !l.ID.IsZero() {
			refs = append(refs, Ref{Name: l.Name, Object: l.ID, Peeled: l.Peeled})
		}
	}
	return refs, nil
}

// listDirs lists the whole directories that prefixes are in, if they are no directories themselves:
// the list may lack refs that they cover.
func (r *Repo) listDirs(ctx context.Context, listed []gitwire.Ref, prefixes []string) ([]gitwire.Ref, error) {
	dirs := make([]string, len(prefixes))
	for i, p := range prefixes {
		dirs[i] = p[:strings.LastIndexByte(p, '/')+1]
	}
	if slices.Equal(dirs, prefixes) || slices.Contains(dirs, "") {
		return listed, nil
	}
	return r.remote.Refs.ListRefs(ctx, dirs...)
}

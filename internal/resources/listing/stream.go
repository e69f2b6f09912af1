package listing

import (
	"context"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"golang.org/x/sync/errgroup"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
)

// atOnce is the number of items that are described concurrently, so that their contents share
// requests.
const atOnce = 64

// source gives the items of a list.
type source[T any] struct {
	items []T
	// ready is called with the items that are described next; nil for nothing to do.
	ready func(ctx context.Context, items []T) error
	// describe makes a resource of an item. It is called concurrently. A resource without an
	// identity is left out, with its warnings.
	describe func(ctx context.Context, item T) (resources.Listed, error)
	// report makes a diagnostic of an error.
	report func(error) diag.Diagnostics
	// last are warnings about the list as a whole.
	last diag.Diagnostics
}

// results streams the resources in the order of the items, up to the limit of the request.
func (s source[T]) results(ctx context.Context, req list.ListRequest) iter.Seq[list.ListResult] {
	return func(push func(list.ListResult) bool) {
		items := s.items
		if req.Limit > 0 && int64(len(items)) > req.Limit {
			items = items[:req.Limit]
		}
		for len(items) > 0 {
			some := items[:min(atOnce, len(items))]
			items = items[len(some):]
			listed, err := s.some(ctx, some)
			if err != nil {
				push(list.ListResult{Diagnostics: s.report(err)})
				return
			}
			for _, l := range listed {
				if !push(result(ctx, req, l)) {
					return
				}
			}
		}
		if len(s.last) > 0 {
			push(list.ListResult{Diagnostics: s.last})
		}
	}
}

// some describes items concurrently.
func (s source[T]) some(ctx context.Context, items []T) ([]resources.Listed, error) {
	if s.ready != nil {
		if err := s.ready(ctx, items); err != nil {
			return nil, err
		}
	}
	listed := make([]resources.Listed, len(items))
	var group errgroup.Group
	for i, item := range items {
		group.Go(func() (err error) {
			listed[i], err = s.describe(ctx, item)
			return err
		})
	}
	return listed, group.Wait()
}

// result is a resource as the framework sends it.
func result(ctx context.Context, req list.ListRequest, l resources.Listed) list.ListResult {
	if l.Identity == nil {
		return list.ListResult{Diagnostics: l.Warnings}
	}
	out := req.NewListResult(ctx)
	out.DisplayName = l.Name
	out.Diagnostics.Append(l.Warnings...)
	out.Diagnostics.Append(out.Identity.Set(ctx, l.Identity)...)
	if req.IncludeResource && l.State != nil {
		out.Diagnostics.Append(out.Resource.Set(ctx, l.State)...)
	}
	return out
}

package resources

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// hashItems finds the blob of each item whose content is known and no secret, reading as many at
// once as there are processors.
func hashItems(ctx context.Context, items []item, f gitobj.Format) error {
	return inParallel(ctx, len(items), func(i int) error {
		it := &items[i]
		if !it.known() || it.writeOnly {
			return nil
		}
		blob, err := it.content.blobID(ctx, f)
		if err != nil {
			return it.wrap(err)
		}
		it.blob = blob
		return nil
	})
}

// inParallel calls do for 0 to n-1, GOMAXPROCS at a time, and returns the error of the lowest
// number that has one. After an error, or once ctx ends, no further call begins.
func inParallel(ctx context.Context, n int, do func(int) error) error {
	var (
		next   atomic.Int64
		wg     sync.WaitGroup
		mu     sync.Mutex // guards lowest and first
		lowest = n
		first  error
	)
	failed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return first != nil
	}
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for !failed() && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					mu.Lock()
					if i < lowest {
						lowest, first = i, err
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if first == nil && int(next.Load()) < n {
		return context.Cause(ctx)
	}
	return first
}

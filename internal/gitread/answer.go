package gitread

import (
	"context"
	"errors"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// answer is the answer to a question that concurrent callers share, or the question that is under
// way.
type answer[V any] struct {
	done  chan struct{} // closed when the fields below are set
	value V
	err   error
}

// share answers a question by its key: from known if it was asked before, and otherwise by a call
// of ask, for which concurrent callers wait together. The call goes on for the others when a
// caller gives up. An error is kept if keep says so; a failure that may pass never is. mu guards
// known.
func share[K comparable, V any](ctx context.Context, mu *sync.Mutex, known map[K]*answer[V], key K, keep bool,
	ask func(context.Context) (V, error),
) (V, error) {
	mu.Lock()
	a := known[key]
	if a == nil {
		a = &answer[V]{done: make(chan struct{})}
		known[key] = a
		go func() {
			defer close(a.done)
			if a.value, a.err = ask(context.WithoutCancel(ctx)); a.err == nil || keep && !errors.Is(a.err, gitwire.ErrTransient) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if known[key] == a {
				delete(known, key)
			}
		}()
	}
	mu.Unlock()
	if err := await(ctx, a.done); err != nil {
		var none V
		return none, err
	}
	return a.value, a.err
}

package objstore

import "context"

type contextKey struct{}

// NewContext returns a context that carries the store to the constructor of a repository. The store
// stays the caller's to close.
func NewContext(ctx context.Context, s Store) context.Context {
	return context.WithValue(ctx, contextKey{}, s)
}

// FromContext returns the store that ctx carries. For a context without a store it returns a new
// Memory of the default size, so that callers never have to ask whether there is a store; that
// Memory needs no Close. FromContext is for constructors: asked twice, a context without a store
// gives two stores.
func FromContext(ctx context.Context) Store {
	if s, ok := ctx.Value(contextKey{}).(Store); ok && s != nil {
		return s
	}
	return NewMemory(MemoryOptions{MaxObjectSize: FrontSize})
}

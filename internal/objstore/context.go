package objstore

import "context"

type contextKey struct{}

// NewContext returns a context that carries the store to whoever opens a repository with it. The
// store stays the caller's to close.
func NewContext(ctx context.Context, s Store) context.Context {
	return context.WithValue(ctx, contextKey{}, s)
}

// FromContext returns the store that ctx carries. Without one it returns a new Memory with default
// bounds, so that callers never have to ask whether there is a store; it is garbage once its user
// is, and needs no Close. It is for constructors: asked twice, a context without a store gives two
// stores.
func FromContext(ctx context.Context) Store {
	if s, ok := ctx.Value(contextKey{}).(Store); ok && s != nil {
		return s
	}
	return NewMemory(MemoryOptions{})
}

package objstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// The bounds of a Guarded whose options leave them out.
const (
	DefaultReadTimeout  = 2 * time.Second
	DefaultWriteTimeout = 10 * time.Second
	DefaultCloseTimeout = time.Second
	DefaultRest         = 30 * time.Second
	DefaultMaxQueue     = 16 << 20
)

// GuardOptions are the bounds of a Guarded. The zero value gives the defaults.
type GuardOptions struct {
	// ReadTimeout is the time that a read may take; then it is a miss.
	ReadTimeout time.Duration
	// WriteTimeout is the time that a write in the background may take.
	WriteTimeout time.Duration
	// CloseTimeout is the time that Close waits for the objects that are not written yet.
	CloseTimeout time.Duration
	// Rest is the time for which a store that failed is left alone: meanwhile reads are misses and
	// writes are dropped.
	Rest time.Duration
	// MaxQueue bounds the objects that are not written yet, in bytes; further ones are dropped.
	MaxQueue int64
	// MaxObjectSize is the largest content that the store takes, in bytes; 0 is
	// DefaultMaxObjectSize.
	MaxObjectSize int64
	// Warn gets each failure of the store. It may be called concurrently, and from the
	// background.
	Warn func(context.Context, error)
	// Now is the clock for Rest; nil is time.Now.
	Now func() time.Time
}

// Guarded hides the failures of a store from its users. A store that fails, or is slow, is a store
// that misses; Warn gets the error. Objects are written in the background (write-behind): a put
// costs no time, and its objects are answered from memory until they are written. An object of the
// first put is written in the foreground, so that a store that takes nothing is found out while a
// warning can still be shown.
//
// Guarded itself fails only for mistakes of the caller and by its wish: a context that ended, an
// invalid object, use after Close.
type Guarded struct {
	store Store
	o     GuardOptions

	reads, writes breaker

	mu      sync.Mutex // guards the fields below
	closed  bool
	probed  bool
	waiting map[gitobj.ID]Object // put, and not written yet
	order   []gitobj.ID          // of waiting, without those being written
	hints   map[string][]byte    // hint records that are set and not written yet
	keys    []string             // of hint records, without those being written
	size    int64                // bytes in waiting and hint records
	dropped int64                // objects that found no room
	idle    chan struct{}        // closed when the writer ends; nil while none runs

	ctx    context.Context // of the writer, which no call's context ends
	cancel context.CancelFunc
}

// NewGuarded returns s under guard. Closing it closes s.
func NewGuarded(s Store, o GuardOptions) *Guarded {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&o.ReadTimeout, DefaultReadTimeout)
	set(&o.WriteTimeout, DefaultWriteTimeout)
	set(&o.CloseTimeout, DefaultCloseTimeout)
	set(&o.Rest, DefaultRest)
	if o.MaxQueue <= 0 {
		o.MaxQueue = DefaultMaxQueue
	}
	if o.MaxObjectSize <= 0 {
		o.MaxObjectSize = DefaultMaxObjectSize
	}
	if o.Warn == nil {
		o.Warn = func(context.Context, error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	g := &Guarded{store: s, o: o, waiting: make(map[gitobj.ID]Object), hints: make(map[string][]byte)}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

// breaker leaves a store alone for a while after it failed. Then a single call tries it, and all
// calls do if that succeeded.
type breaker struct {
	mu    sync.Mutex
	until time.Time
}

// lets reports whether the store may be asked.
func (b *breaker) lets(now time.Time, rest time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return true
	}
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(rest)
	return true
}

// ended records the outcome of a call.
func (b *breaker) ended(well bool, now time.Time, rest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = time.Time{}
	if !well {
		b.until = now.Add(rest)
	}
}

// check is the start of each call: it returns ErrClosed or the error of ctx.
func (g *Guarded) check(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	return ctx.Err()
}

// Get answers with the objects that wait to be written, and asks the store for the others.
func (g *Guarded) Get(ctx context.Context, ids []gitobj.ID) ([]Object, error) {
	objects := Missing(ids)
	if err := g.check(ctx); err != nil {
		return objects, err
	}
	missing, at := g.fromQueue(objects)
	if len(missing) == 0 || !g.reads.lets(g.o.Now(), g.o.Rest) {
		return objects, nil
	}
	found, err := bounded(ctx, g.o.ReadTimeout, func(ctx context.Context) ([]Object, error) { return g.store.Get(ctx, missing) })
	if len(found) == len(missing) {
		for i, o := range found {
			if o.ID = missing[i]; o.Held() {
				objects[at[i]] = o
			}
		}
	} else if err == nil {
		err = fmt.Errorf("object store answered %d ids with %d objects", len(missing), len(found))
	}
	return objects, g.settle(ctx, err, &g.reads, &g.writes)
}

// fromQueue fills in the objects that wait to be written, and returns the other ids with their
// indexes.
func (g *Guarded) fromQueue(objects []Object) (missing []gitobj.ID, at []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, o := range objects {
		if w, ok := g.waiting[o.ID]; ok {
			objects[i] = w
			continue
		}
		missing, at = append(missing, o.ID), append(at, i)
	}
	return missing, at
}

// Hint answers with a hint record that waits to be written, or asks the store.
func (g *Guarded) Hint(ctx context.Context, key string) ([]byte, error) {
	if err := g.check(ctx); err != nil {
		return nil, err
	}
	g.mu.Lock()
	value, ok := g.hints[key]
	g.mu.Unlock()
	if ok || !g.reads.lets(g.o.Now(), g.o.Rest) {
		return value, nil
	}
	value, err := bounded(ctx, g.o.ReadTimeout, func(ctx context.Context) ([]byte, error) { return Hint(ctx, g.store, key) })
	if err != nil {
		value = nil
	}
	return value, g.settle(ctx, err, &g.reads, &g.writes)
}

// settle records the outcome of a call, and returns the error for the caller: nil, unless the
// caller ended the call. b is the breaker of this kind of call; others are the breakers of calls
// that would fail as well. (A store that cannot be written to may still be readable.)
func (g *Guarded) settle(ctx context.Context, err error, b *breaker, others ...*breaker) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, ErrClosed) && g.check(ctx) != nil {
		return ErrClosed
	}
	// The store answers although a value is spoiled.
	now, well := g.o.Now(), err == nil || errors.Is(err, ErrCorrupt)
	b.ended(well, now, g.o.Rest)
	if !well {
		for _, other := range others {
			other.ended(false, now, g.o.Rest)
		}
	}
	if err != nil {
		g.o.Warn(ctx, err)
	}
	return nil
}

// bounded returns after a time whether do has ended or not: a file system that hangs ignores its
// context.
func bounded[T any](ctx context.Context, limit time.Duration, do func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	inner, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s: %w", limit, context.DeadlineExceeded))
	defer cancel()
	done := make(chan answer, 1)
	go func() {
		v, err := do(inner)
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		if a.err != nil && inner.Err() != nil {
			a.err = context.Cause(inner)
		}
		return a.value, a.err
	case <-inner.Done():
		var none T
		return none, context.Cause(inner)
	}
}

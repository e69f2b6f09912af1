package objstore

import (
	"context"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// The most that a write in the background takes: enough for a round trip to be worth it, little
// enough to stay within WriteTimeout.
const (
	writeObjects = 1000
	writeBytes   = 4 << 20
	maxHints     = 1000 // that wait
)

// Put queues the objects. Without room in the queue, or while the store is left alone, they are
// forgotten.
func (g *Guarded) Put(ctx context.Context, objects []Object) error {
	if err := g.check(ctx); err != nil {
		return err
	}
	if err := Validate(objects); err != nil {
		return err
	}
	objects = g.probe(ctx, objects)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	for _, o := range objects {
		if _, ok := g.waiting[o.ID]; ok || int64(len(o.Data)) > g.o.MaxObjectSize {
			continue
		}
		n := cost(len(o.Data))
		if g.size+n > g.o.MaxQueue {
			g.dropped++
			continue
		}
		g.waiting[o.ID] = o
		g.order = append(g.order, o.ID)
		g.size += n
	}
	g.writeLocked()
	return nil
}

// probe writes the first object that is ever put and waits for that, and returns the other objects.
func (g *Guarded) probe(ctx context.Context, objects []Object) []Object {
	g.mu.Lock()
	first := !g.probed && len(objects) > 0
	g.probed = g.probed || first
	g.mu.Unlock()
	if !first || !g.writes.lets(g.o.Now(), g.o.Rest) {
		return objects
	}
	_, err := bounded(ctx, g.o.ReadTimeout, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, g.store.Put(ctx, slices.Clone(objects[:1]))
	})
	if g.settle(ctx, err, &g.writes) != nil || err != nil {
		return objects // in case the store takes them later
	}
	return objects[1:]
}

// SetHint queues a hint record, which replaces an older value under its key.
func (g *Guarded) SetHint(ctx context.Context, key string, value []byte) error {
	if err := g.check(ctx); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	if _, ok := g.hints[key]; !ok && len(g.hints) >= maxHints {
		g.dropped++
		return nil
	}
	if !slices.Contains(g.keys, key) {
		g.keys = append(g.keys, key)
	}
	g.hints[key] = slices.Clone(value)
	g.writeLocked()
	return nil
}

// writeLocked starts the writer, unless it runs or there is nothing for it to do.
func (g *Guarded) writeLocked() {
	if g.idle != nil || len(g.order)+len(g.keys) == 0 {
		return
	}
	idle := make(chan struct{})
	g.idle = idle
	go func() {
		for g.writeSome() {
		}
		close(idle)
	}()
}

// writeSome writes a part of the queue. It returns false when nothing is left, and then the writer
// has ended.
func (g *Guarded) writeSome() bool {
	g.mu.Lock()
	var objects []Object
	var size int64
	for len(objects) < min(len(g.order), writeObjects) && size < writeBytes {
		o := g.waiting[g.order[len(objects)]]
		objects, size = append(objects, o), size+int64(len(o.Data))
	}
	g.order = g.order[len(objects):]
	keys := g.keys
	g.keys = nil
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = g.hints[key]
	}
	if len(objects)+len(keys) == 0 {
		g.idle = nil
		g.mu.Unlock()
		return false
	}
	g.mu.Unlock()

	if g.writes.lets(g.o.Now(), g.o.Rest) && g.ctx.Err() == nil {
		_, err := bounded(g.ctx, g.o.WriteTimeout, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, g.write(ctx, slices.Clone(objects), keys, values)
		})
		_ = g.settle(g.ctx, err, &g.writes) // no caller waits for the end of the writer's context
	}

	g.mu.Lock()
	defer g.mu.Unlock()
	for _, o := range objects {
		delete(g.waiting, o.ID)
		g.size -= cost(len(o.Data))
	}
	for _, key := range keys {
		if !slices.Contains(g.keys, key) { // else it was set again meanwhile
			delete(g.hints, key)
		}
	}
	return true
}

func (g *Guarded) write(ctx context.Context, objects []Object, keys []string, values [][]byte) error {
	if len(objects) > 0 {
		if err := g.store.Put(ctx, objects); err != nil {
			return err
		}
	}
	for i, key := range keys {
		if err := SetHint(ctx, g.store, key, values[i]); err != nil {
			return err
		}
	}
	return nil
}

// Dropped returns the number of objects and hint records that found no room in the queue.
func (g *Guarded) Dropped() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dropped
}

// Drain waits until the queue is written, or ctx ends. It may be called after Close.
func (g *Guarded) Drain(ctx context.Context) error {
	g.mu.Lock()
	idle := g.idle
	g.mu.Unlock()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close waits until the queue is written, for CloseTimeout at most, gives up the rest, and closes
// the store, within the same time again.
func (g *Guarded) Close() error {
	g.mu.Lock()
	closed := g.closed
	g.closed = true
	g.mu.Unlock()
	if closed {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.o.CloseTimeout)
	defer cancel()
	_ = g.Drain(ctx) // objects that are not written are not cached
	g.cancel()
	_, err := bounded(context.Background(), g.o.CloseTimeout, func(context.Context) (struct{}, error) { return struct{}{}, g.store.Close() })
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting, g.order, g.hints, g.keys = map[gitobj.ID]Object{}, nil, map[string][]byte{}, nil
	return err
}

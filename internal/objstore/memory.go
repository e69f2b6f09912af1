package objstore

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// The bounds of a Memory whose options leave them out, in bytes.
const (
	DefaultMaxSize       = 64 << 20
	DefaultMaxObjectSize = 4 << 20
)

// FrontSize is the least that a process keeps in memory of the objects that it read and pushed
// last, in bytes, and the size up to which it keeps an object there.
const FrontSize = 32 << 20

// MemoryOptions are the bounds of a Memory. The zero value gives the defaults.
type MemoryOptions struct {
	// MaxSize is the most heap that the store takes, in bytes, its own bookkeeping included; 0 is
	// DefaultMaxSize.
	MaxSize int64
	// MaxObjectSize is the largest content that is kept, in bytes; larger objects are passed over.
	// 0 is DefaultMaxObjectSize.
	MaxObjectSize int64
	// TTL is the time for which an object is answered after it was put; 0 is without end.
	TTL time.Duration
	// Now is the clock for TTL; nil is time.Now.
	Now func() time.Time
}

// Memory keeps objects in the process, and forgets the least recently used ones first when MaxSize
// is reached. It starts empty and grows with the objects that are put. It has no goroutine, so that
// a Memory that is no longer referenced needs no Close.
type Memory struct {
	maxSize, maxObject int64
	ttl                time.Duration
	now                func() time.Time

	mu    sync.Mutex
	held  *simplelru.LRU[gitobj.ID, kept] // nil once closed
	size  int64                           // sum of cost over held
	epoch time.Time                       // the zero of kept.expires
}

// kept is an object as it lies in memory; its id is the key.
type kept struct {
	data    []byte
	expires time.Duration // since Memory.epoch; 0 is never
	kind    gitobj.Kind
}

// NewMemory returns an empty store.
func NewMemory(o MemoryOptions) *Memory {
	m := &Memory{maxSize: o.MaxSize, maxObject: o.MaxObjectSize, ttl: o.TTL, now: o.Now}
	if m.maxSize == 0 {
		m.maxSize = DefaultMaxSize
	}
	if m.maxObject == 0 {
		m.maxObject = DefaultMaxObjectSize
	}
	if m.now == nil {
		m.now = time.Now
	}
	m.epoch = m.now()
	// Bytes bound the store, not the number of objects; the only error is a bound below 1.
	m.held, _ = simplelru.NewLRU(math.MaxInt, func(_ gitobj.ID, k kept) { m.size -= cost(cap(k.data)) })
	return m
}

// Front returns the memory that stands in front of s: s itself if it is a Memory of at least
// FrontSize, measured or not, so that no object is kept twice; else a new Memory of FrontSize.
func Front(s Store) *Memory {
	if m, ok := s.(*Metered); ok {
		s = m.store
	}
	if m, ok := s.(*Memory); ok && m.maxSize >= FrontSize && m.maxObject >= FrontSize {
		return m
	}
	return NewMemory(MemoryOptions{MaxSize: FrontSize, MaxObjectSize: FrontSize})
}

// entryOverhead is the heap that an object takes in addition to its data, in bytes: the list entry
// (a 144-byte size class) and its share of the map: 49 bytes a slot, with down to three slots in
// ten in use where entries come and go.
const entryOverhead = 144 + 176

// cost is the heap that an object with a data slice of n bytes takes, rounded up as Go's allocator
// does: size classes waste up to 15 bytes below 128 bytes and up to an eighth above; slices over
// 32 KiB take whole pages of 8 KiB.
func cost(n int) int64 {
	const page, largest = 8 << 10, 32 << 10
	c := int64(n)
	switch {
	case n == 0:
	case n > largest:
		c = (c + page - 1) &^ (page - 1)
	default:
		c += max(15, c/8)
	}
	return c + entryOverhead
}

// Get answers from memory; the objects that it returns count as used.
func (m *Memory) Get(ctx context.Context, ids []gitobj.ID) ([]Object, error) {
	objects := Missing(ids)
	if err := ctx.Err(); err != nil {
		return objects, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil {
		return objects, ErrClosed
	}
	now := m.sinceEpochLocked()
	for i, id := range ids {
		k, ok := m.held.Get(id)
		if ok && k.expires != 0 && k.expires <= now {
			m.held.Remove(id)
			ok = false
		}
		if ok {
			objects[i].Kind, objects[i].Data = k.kind, k.data
		}
	}
	return objects, nil
}

// Put keeps the objects, without copying their data unless a good part of the slice behind it is
// unused, and makes room by forgetting the least recently used ones.
func (m *Memory) Put(ctx context.Context, objects []Object) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := Validate(objects); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil {
		return ErrClosed
	}
	now := m.sinceEpochLocked()
	for _, o := range objects {
		m.putLocked(o, now)
	}
	return nil
}

func (m *Memory) putLocked(o Object, now time.Duration) {
	if int64(len(o.Data)) > m.maxObject {
		return
	}
	if k, ok := m.held.Get(o.ID); ok {
		if k.expires == 0 || k.expires > now {
			return
		}
		m.held.Remove(o.ID)
	}
	data := trim(o.Data)
	c := cost(cap(data))
	if c > m.maxSize {
		return
	}
	for m.size+c > m.maxSize {
		m.held.RemoveOldest()
	}
	k := kept{data: data, kind: o.Kind}
	if m.ttl > 0 {
		k.expires = now + m.ttl
	}
	m.held.Add(o.ID, k)
	m.size += c
}

// trim returns data with little unused capacity behind it, so that the store counts the heap that
// it takes.
func trim(data []byte) []byte {
	if slack := cap(data) - len(data); slack <= 64 || slack <= len(data)/8 {
		return data
	}
	t := make([]byte, len(data))
	copy(t, data)
	return t
}

// sinceEpochLocked returns the time on the scale of kept.expires; without a TTL it does not ask the
// clock.
func (m *Memory) sinceEpochLocked() time.Duration {
	if m.ttl <= 0 {
		return 0
	}
	return m.now().Sub(m.epoch)
}

// MemoryStats says how full a Memory is.
type MemoryStats struct {
	Objects int   // held, including expired ones that nobody asked for
	Size    int64 // bytes of heap they take, as MaxSize counts them
}

// Stats returns how full the store is.
func (m *Memory) Stats() MemoryStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil {
		return MemoryStats{}
	}
	return MemoryStats{Objects: m.held.Len(), Size: m.size}
}

// Close lets go of everything held. It never fails.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held, m.size = nil, 0
	return nil
}

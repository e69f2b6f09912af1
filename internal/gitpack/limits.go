package gitpack

import (
	"cmp"
	"errors"
)

// The faults of packs. Errors of the source are returned as they are; a source that ends too early
// is io.ErrUnexpectedEOF.
var (
	// ErrCorrupt says that the bytes are no pack, or that the hash at its end is of another pack.
	ErrCorrupt = errors.New("pack is corrupt")
	// ErrTooLarge says that the pack exceeds a limit.
	ErrTooLarge = errors.New("pack is beyond a limit")
)

// Limits bound the cost of reading a pack. A zero field has its default.
type Limits struct {
	// MaxObjectSize is the size in bytes of the largest object, 256 MiB. It bounds the time for an
	// object.
	MaxObjectSize int64
	// MaxObjects is the number of entries in a pack, 10 million.
	MaxObjects uint32
	// MaxDepth is the number of deltas on the way to a whole object, 4095: git pack-objects makes
	// no longer chains.
	MaxDepth int
	// MaxRetained is the number of bytes of objects that are kept as bases for later deltas, 32
	// MiB, bookkeeping included. Beyond it the oldest are dropped, and deltas against them are
	// Unresolved.
	MaxRetained int64
	// MaxInFlight is the number of bytes that are held at a time, 32 MiB: the retained bases, the
	// object being read and, for a delta, its base and its instructions. A larger object is Large,
	// without its content, and a delta that takes more is Unresolved. Bases are dropped to make
	// room.
	MaxInFlight int64
	// MaxTotal is the number of bytes in all objects of the pack together, 16 GiB. It bounds the
	// time that a small pack of large deltas may take.
	MaxTotal int64
}

// The defaults of Limits.
const (
	defaultMaxObjectSize = 256 << 20
	defaultMaxObjects    = 10_000_000
	defaultMaxDepth      = 4095
	defaultMaxRetained   = 32 << 20
	defaultMaxInFlight   = 32 << 20
	defaultMaxTotal      = 16 << 30
)

// withDefaults fills the zero fields.
func (l Limits) withDefaults() Limits {
	return Limits{
		MaxObjectSize: cmp.Or(l.MaxObjectSize, defaultMaxObjectSize),
		MaxObjects:    cmp.Or(l.MaxObjects, defaultMaxObjects),
		MaxDepth:      cmp.Or(l.MaxDepth, defaultMaxDepth),
		MaxRetained:   cmp.Or(l.MaxRetained, defaultMaxRetained),
		MaxInFlight:   cmp.Or(l.MaxInFlight, defaultMaxInFlight),
		MaxTotal:      cmp.Or(l.MaxTotal, defaultMaxTotal),
	}
}

package gitpack

import (
	"cmp"
	"errors"
)

// Sentinels for what is wrong with a pack. Errors of the source are passed on as they are; a source
// that ends too early is io.ErrUnexpectedEOF.
var (
	// ErrCorrupt says that the bytes are no pack, or not the one whose hash stands at its end.
	ErrCorrupt = errors.New("pack is corrupt")
	// ErrTooLarge says that a limit was met.
	ErrTooLarge = errors.New("pack is beyond a limit")
)

// Limits bound what reading a pack costs. A zero field is its default.
type Limits struct {
	// MaxObjectSize is the size in bytes of the largest object, 256 MiB. It bounds the time that
	// one object takes.
	MaxObjectSize int64
	// MaxObjects is the number of entries in a pack, 10 million.
	MaxObjects uint32
	// MaxDepth is the number of deltas on the way to a whole object, 4095: the most that git
	// pack-objects makes.
	MaxDepth int
	// MaxRetained is how many bytes of objects are kept as bases for deltas to come, 32 MiB,
	// bookkeeping included. Beyond it the oldest go, and deltas upon them come out Unresolved.
	MaxRetained int64
	// MaxInFlight is how many bytes are held at a time, 32 MiB: the bases that are kept, the object
	// that is read and, for a delta, its base and its instructions. A larger object comes out
	// Large, without its content, and a delta that takes more comes out Unresolved; bases are
	// dropped to make room for others.
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

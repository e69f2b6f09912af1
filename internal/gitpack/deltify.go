package gitpack

import (
	"encoding/binary"
	"math/bits"
)

// The sizes that a Deltifier works with, in bytes.
const (
	// blockSize is the shortest common run for which a copy can be found. A copy takes at most
	// seven bytes.
	blockSize = 16
	// maxCopy is the longest copy of an instruction. Three bytes of size would hold more, but git
	// writes no longer copies.
	maxCopy = 0x10000
	// maxInsert is the longest insertion of an instruction.
	maxInsert = 0x7f
	// MaxDeltaSource bounds the size of bases and targets of deltas, and with it the memory of a
	// Deltifier: an index takes half as much as the base.
	MaxDeltaSource = 16 << 20
)

// Deltifier makes deltas, in the format that nextInstruction reads. It may be used for any number
// of deltas, by a single goroutine at a time.
//
//	base     ┌──── same ────┬─ indexed by blocks of 16 bytes ─┬──── same ────┐
//	target   └──── copy ────┴ copied where a block is found,  ┴──── copy ────┘
//	                          inserted elsewhere
type Deltifier struct {
	index []uint32 // by hash of a block: its offset in the base, plus 1
}

// Append appends to dst the delta that makes target from base. It reports false, and returns dst
// unchanged, if the delta takes more than limit bytes, or if base or target is larger than
// MaxDeltaSource.
func (d *Deltifier) Append(dst, base, target []byte, limit int) ([]byte, bool) {
	if len(base) > MaxDeltaSource || len(target) > MaxDeltaSource {
		return dst, false
	}
	w := deltaWriter{out: dst, limit: len(dst) + limit}
	w.out = appendDeltaSize(appendDeltaSize(w.out, len(base)), len(target))
	most := min(len(base), len(target))
	head := samePrefix(base[:most], target[:most])
	tail := sameSuffix(base[head:], target[head:])
	w.copy(0, head)
	w.middle(d, base[:len(base)-tail], target[:len(target)-tail], head)
	w.copy(len(base)-tail, tail)
	if len(w.out) > w.limit {
		return dst, false
	}
	return w.out, true
}

// deltaWriter writes instructions. Beyond its limit their content no longer matters, but it must
// not take long.
type deltaWriter struct {
	out   []byte
	limit int
}

// middle writes the instructions for target without its first from bytes, which base begins with
// too.
func (w *deltaWriter) middle(d *Deltifier, base, target []byte, from int) {
	done := from // of target
	if len(base)-from >= blockSize && len(target)-from >= blockSize {
		shift := d.fill(base, from)
		for at := from; at+blockSize <= len(target) && len(w.out)+at-done <= w.limit; {
			offset := int(d.index[blockHash(target[at:])>>shift]) - 1
			if offset < 0 || string(base[offset:offset+blockSize]) != string(target[at:at+blockSize]) {
				at++
				continue
			}
			back := sameSuffix(base[from:offset], target[done:at])
			n := back + blockSize + samePrefix(base[offset+blockSize:], target[at+blockSize:])
			w.insert(target[done : at-back])
			w.copy(offset-back, n)
			if len(w.out) > w.limit {
				return
			}
			at += n - back
			done = at
		}
	}
	w.insert(target[done:])
}

// fill indexes the blocks of base from offset from on; of equal blocks, the first. shift turns a
// hash into an index.
func (d *Deltifier) fill(base []byte, from int) (shift int) {
	width := bits.Len(uint((len(base) - from) / blockSize * 2))
	if n := 1 << width; n > cap(d.index) {
		d.index = make([]uint32, n)
	} else {
		d.index = d.index[:n]
		clear(d.index)
	}
	shift = 64 - width
	for at := from; at+blockSize <= len(base); at += blockSize {
		if slot := &d.index[blockHash(base[at:])>>shift]; *slot == 0 {
			*slot = uint32(at) + 1
		}
	}
	return shift
}

// blockHash hashes the first block of b; its upper bits are mixed better than the lower.
func blockHash(b []byte) uint64 {
	const odd1, odd2 = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f
	h := binary.LittleEndian.Uint64(b)*odd1 ^ bits.RotateLeft64(binary.LittleEndian.Uint64(b[8:])*odd2, 31)
	return h * odd1
}

// insert writes instructions that hold the bytes themselves.
func (w *deltaWriter) insert(data []byte) {
	for len(data) > 0 && len(w.out) <= w.limit {
		n := min(len(data), maxInsert)
		w.out = append(append(w.out, byte(n)), data[:n]...)
		data = data[n:]
	}
}

// copy writes instructions that copy from the base. Zero bytes of offset and size are left out.
func (w *deltaWriter) copy(offset, n int) {
	for n > 0 && len(w.out) <= w.limit {
		part := min(n, maxCopy)
		op := len(w.out)
		w.out = append(w.out, 0x80)
		for i := range 4 {
			if b := byte(offset >> (8 * i)); b != 0 {
				w.out[op] |= 1 << i
				w.out = append(w.out, b)
			}
		}
		if part < maxCopy { // maxCopy is written as no size at all
			for i := range 2 {
				if b := byte(part >> (8 * i)); b != 0 {
					w.out[op] |= 0x10 << i
					w.out = append(w.out, b)
				}
			}
		}
		offset, n = offset+part, n-part
	}
}

// appendDeltaSize appends a size in the format that deltaSize reads.
func appendDeltaSize(b []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// samePrefix returns the number of bytes with which both a and b begin.
func samePrefix(a, b []byte) int {
	n, most := 0, min(len(a), len(b))
	for n+8 <= most {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < most && a[n] == b[n] {
		n++
	}
	return n
}

// sameSuffix returns the number of bytes with which both a and b end.
func sameSuffix(a, b []byte) int {
	n, most := 0, min(len(a), len(b))
	for n+8 <= most {
		x := binary.LittleEndian.Uint64(a[len(a)-n-8:]) ^ binary.LittleEndian.Uint64(b[len(b)-n-8:])
		if x != 0 {
			return n + bits.LeadingZeros64(x)/8
		}
		n += 8
	}
	for n < most && a[len(a)-n-1] == b[len(b)-n-1] {
		n++
	}
	return n
}

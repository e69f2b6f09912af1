package gitpack

import "fmt"

// A delta makes an object from another object, its base (gitformat-pack, "Deltified
// representation"):
//
//	size of the base      little-endian groups of 7 bits, the last with bit 7 clear
//	size of the result    the same
//	instructions          1ooossss + up to 4 offset and 3 size bytes   copy from the base
//	                      0nnnnnnn + n bytes                            insert them
//	                      00000000                                      reserved
//
// In a copy, a set bit says that the byte is there, lowest first; size 0 means 64 KiB.

// deltaSizes reads the two sizes at a delta's beginning and returns the instructions after them.
func deltaSizes(delta []byte) (base, result int64, instructions []byte, err error) {
	base, delta, ok := deltaSize(delta)
	if !ok {
		return 0, 0, nil, fmt.Errorf("%w: the delta's base size cannot be read", ErrCorrupt)
	}
	result, delta, ok = deltaSize(delta)
	if !ok {
		return 0, 0, nil, fmt.Errorf("%w: the delta's result size cannot be read", ErrCorrupt)
	}
	return base, result, delta, nil
}

// deltaSize reads a size of at most 63 bits.
func deltaSize(b []byte) (size int64, rest []byte, ok bool) {
	for shift := 0; shift < 63 && len(b) > 0; shift += 7 {
		c := b[0]
		b = b[1:]
		size |= int64(c&0x7f) << shift
		if c < 0x80 {
			return size, b, true
		}
	}
	return 0, nil, false
}

// instruction is a step of a delta: n bytes, copied from the base at offset, or inserted when data
// is not nil.
type instruction struct {
	offset, n int64
	data      []byte
}

// nextInstruction splits the first instruction off b, which is not empty.
func nextInstruction(b []byte) (in instruction, rest []byte, ok bool) {
	op := b[0]
	b = b[1:]
	if op < 0x80 {
		n := int(op)
		if n == 0 || n > len(b) {
			return in, nil, false
		}
		return instruction{n: int64(n), data: b[:n]}, b[n:], true
	}
	for shift := range 7 {
		if op&(1<<shift) == 0 {
			continue
		}
		if len(b) == 0 {
			return in, nil, false
		}
		if shift < 4 {
			in.offset |= int64(b[0]) << (8 * shift)
		} else {
			in.n |= int64(b[0]) << (8 * (shift - 4))
		}
		b = b[1:]
	}
	if in.n == 0 {
		in.n = 0x10000
	}
	return in, b, true
}

// checkDelta makes sure that the instructions stay inside the base and give exactly the result's
// size, before anything is allocated for it.
func checkDelta(instructions []byte, base, result int64) error {
	var total int64
	for b := instructions; len(b) > 0; {
		in, rest, ok := nextInstruction(b)
		switch {
		case !ok:
			return fmt.Errorf("%w: the delta has a broken instruction", ErrCorrupt)
		case in.data == nil && (in.offset > base || in.n > base-in.offset):
			return fmt.Errorf("%w: the delta copies from beyond its base", ErrCorrupt)
		case in.n > result-total:
			return fmt.Errorf("%w: the delta makes more than it says", ErrCorrupt)
		}
		total += in.n
		b = rest
	}
	if total != result {
		return fmt.Errorf("%w: the delta makes less than it says", ErrCorrupt)
	}
	return nil
}

// applyDelta executes instructions that checkDelta accepted.
func applyDelta(dst, base, instructions []byte) []byte {
	for b := instructions; len(b) > 0; {
		in, rest, _ := nextInstruction(b)
		if in.data != nil {
			dst = append(dst, in.data...)
		} else {
			dst = append(dst, base[in.offset:in.offset+in.n]...)
		}
		b = rest
	}
	return dst
}

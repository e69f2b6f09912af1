package gitpack

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Entry types in addition to the kinds of object, whose numbers gitobj.Kind has. 0 is invalid and 5
// reserved.
const (
	typeOfsDelta = 6
	typeRefDelta = 7
)

const (
	packSignature  = "PACK"
	packVersion    = 2 // version 3 differs in deltas that no program writes; git index-pack reads both
	packHeaderSize = 12
)

// AppendPackHeader writes the twelve bytes before that many entries.
func AppendPackHeader(dst []byte, objects uint32) []byte {
	dst = append(dst, packSignature...)
	dst = binary.BigEndian.AppendUint32(dst, packVersion)
	return binary.BigEndian.AppendUint32(dst, objects)
}

// appendEntryHeader writes an entry's type and inflated size: four bits of the size in the first
// byte, seven in each further byte, lowest first; bit 7 says that another byte follows.
//
//	byte 0   1tttssss
//	byte n   1sssssss
func appendEntryHeader(dst []byte, k gitobj.Kind, size int64) []byte {
	c := byte(k)<<4 | byte(size&0x0f)
	for size >>= 4; size > 0; size >>= 7 {
		dst = append(dst, c|0x80)
		c = byte(size & 0x7f)
	}
	return append(dst, c)
}

// readEntryHeader reads the format of appendEntryHeader. ok is false for a size that no int64
// holds.
func readEntryHeader(r io.ByteReader) (typ byte, size int64, ok bool, err error) {
	c, err := r.ReadByte()
	if err != nil {
		return 0, 0, false, err
	}
	typ = c >> 4 & 7
	size = int64(c & 0x0f)
	for shift := 4; c >= 0x80; shift += 7 {
		if c, err = r.ReadByte(); err != nil {
			return 0, 0, false, err
		}
		if shift > 62 || int64(c&0x7f) > math.MaxInt64>>shift {
			return 0, 0, false, nil
		}
		size |= int64(c&0x7f) << shift
	}
	return typ, size, true, nil
}

// readBaseDistance reads the number of bytes from the beginning of an OFS_DELTA back to that of its
// base: groups of seven bits, highest first, where each group but the last counts 1 more than its
// value, so that no distance has two forms. ok is false for a distance that no int64 holds.
func readBaseDistance(r io.ByteReader) (distance int64, ok bool, err error) {
	c, err := r.ReadByte()
	if err != nil {
		return 0, false, err
	}
	distance = int64(c & 0x7f)
	for c >= 0x80 {
		if c, err = r.ReadByte(); err != nil {
			return 0, false, err
		}
		if distance >= math.MaxInt64>>7 {
			return 0, false, nil
		}
		distance = (distance+1)<<7 | int64(c&0x7f)
	}
	return distance, true, nil
}

package gitobj

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
)

// Format is the object format of a repository: the hash that names its objects
// (gitformat-signature and hash-function-transition; `git rev-parse --show-object-format`).
// The zero value is no format.
type Format uint8

// The two object formats that Git knows.
const (
	SHA1   Format = 1
	SHA256 Format = 2
)

// ParseFormat reads the name that servers use in the object-format capability: "sha1" or "sha256".
func ParseFormat(name string) (Format, error) {
	switch name {
	case "sha1":
		return SHA1, nil
	case "sha256":
		return SHA256, nil
	}
	return 0, fmt.Errorf("object format %q is neither sha1 nor sha256", name)
}

// String is the name used in the object-format capability.
func (f Format) String() string {
	switch f {
	case SHA1:
		return "sha1"
	case SHA256:
		return "sha256"
	}
	return "unknown"
}

// Size is the length of a binary object id in bytes: 20 or 32; 0 for no format.
func (f Format) Size() int {
	switch f {
	case SHA1:
		return sha1.Size
	case SHA256:
		return sha256.Size
	}
	return 0
}

// HexSize is the length of an object id in hexadecimal digits: 40 or 64; 0 for no format.
func (f Format) HexSize() int { return 2 * f.Size() }

// New returns the hash that names objects in this format. It panics on the zero Format,
// which no parsed value ever is.
func (f Format) New() hash.Hash {
	switch f {
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	}
	panic("gitobj: no object format")
}

// Zero is the id of all zero bytes, which the push protocol uses for "no object"
// (gitprotocol-pack: create and delete commands).
func (f Format) Zero() ID { return ID{size: uint8(f.Size())} }

// ID is the name of an object: the hash of its header and content. It is comparable and may be a
// map key. The zero value is no id at all and belongs to no format.
type ID struct {
	sum  [sha256.Size]byte
	size uint8
}

// ParseID reads 40 or 64 hexadecimal digits. Upper-case digits are refused, as Git never writes
// them.
func ParseID(s string) (ID, error) {
	var id ID
	switch len(s) {
	case SHA1.HexSize(), SHA256.HexSize():
	default:
		return id, fmt.Errorf("object id %.80q: want 40 or 64 hexadecimal digits, got %d characters", s, len(s))
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return id, fmt.Errorf("object id %q: %q is not a lower-case hexadecimal digit", s, c)
		}
	}
	n, err := hex.Decode(id.sum[:], []byte(s))
	if err != nil {
		return ID{}, fmt.Errorf("object id %q: %w", s, err)
	}
	id.size = uint8(n)
	return id, nil
}

// IDFromBytes reads a binary id of 20 or 32 bytes.
func IDFromBytes(b []byte) (ID, error) {
	var id ID
	if len(b) != SHA1.Size() && len(b) != SHA256.Size() {
		return id, fmt.Errorf("binary object id: want 20 or 32 bytes, got %d", len(b))
	}
	id.size = uint8(copy(id.sum[:], b))
	return id, nil
}

// Format is the object format that the id belongs to; 0 for the zero ID.
func (id ID) Format() Format {
	switch id.size {
	case sha1.Size:
		return SHA1
	case sha256.Size:
		return SHA256
	}
	return 0
}

// IsZero reports whether the id names no object: the zero ID, or an id of zero bytes only.
func (id ID) IsZero() bool { return id.sum == [sha256.Size]byte{} }

// Compare orders ids by their bytes: negative when id comes before other.
func (id ID) Compare(other ID) int {
	return cmp.Or(bytes.Compare(id.sum[:], other.sum[:]), cmp.Compare(id.size, other.size))
}

// Append appends the binary form, 20 or 32 bytes, as tree entries hold it.
func (id ID) Append(dst []byte) []byte { return append(dst, id.sum[:id.size]...) }

// AppendHex appends the hexadecimal form, as commits, tags and the wire hold it.
func (id ID) AppendHex(dst []byte) []byte { return hex.AppendEncode(dst, id.sum[:id.size]) }

// String is the hexadecimal form; empty for the zero ID.
func (id ID) String() string { return hex.EncodeToString(id.sum[:id.size]) }

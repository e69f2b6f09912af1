package gitobj

import (
	"fmt"
	"hash"
	"strconv"
)

// Kind is the type of an object. The values are those of a pack entry's type field
// (gitformat-pack).
type Kind uint8

// The four kinds of object. The zero value is no kind.
const (
	KindCommit Kind = 1
	KindTree   Kind = 2
	KindBlob   Kind = 3
	KindTag    Kind = 4
)

// String is the name of the kind in an object's header; "unknown" for an invalid kind.
func (k Kind) String() string {
	switch k {
	case KindCommit:
		return "commit"
	case KindTree:
		return "tree"
	case KindBlob:
		return "blob"
	case KindTag:
		return "tag"
	}
	return "unknown"
}

// Valid reports whether k is a kind of object.
func (k Kind) Valid() bool { return k >= KindCommit && k <= KindTag }

// AppendHeader appends the header that precedes an object's content in its hash: "blob 12\x00".
func AppendHeader(dst []byte, k Kind, size int64) []byte {
	dst = append(dst, k.String()...)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, size, 10)
	return append(dst, 0)
}

// Hasher computes an object's id from content that is written to it. It is an io.Writer that never
// fails. A Hasher serves a single object at a time, from Reset to Sum.
type Hasher struct {
	h       hash.Hash
	scratch [64]byte
}

// NewHasher returns a hasher for ids of format f. Reset must be called before the first Write.
func NewHasher(f Format) *Hasher { return &Hasher{h: f.New()} }

// Reset starts an object of this kind and size in bytes.
func (h *Hasher) Reset(k Kind, size int64) {
	h.h.Reset()
	h.h.Write(AppendHeader(h.scratch[:0], k, size))
}

// Write adds content.
func (h *Hasher) Write(p []byte) (int, error) { return h.h.Write(p) }

// Sum is the id of the object written since Reset. The caller has written exactly the announced
// size.
func (h *Hasher) Sum() ID {
	return idOf(h.h.Sum(h.scratch[:0])) // into scratch, since an array here would be allocated
}

// Hash is the id of an object whose content is in memory.
func Hash(f Format, k Kind, content []byte) ID {
	h := NewHasher(f)
	h.Reset(k, int64(len(content)))
	h.h.Write(content)
	return h.Sum()
}

// Mode is the mode of a tree entry: the type and permission bits that Git keeps (git ls-tree).
type Mode uint32

// The modes that Git writes today.
const (
	ModeTree      Mode = 0o040000
	ModeFile      Mode = 0o100644
	ModeExec      Mode = 0o100755
	ModeSymlink   Mode = 0o120000
	ModeSubmodule Mode = 0o160000
)

// ParseMode reads octal digits as a tree entry or a configuration holds them: "100644", "40000",
// "040000".
func ParseMode(s string) (Mode, error) {
	if len(s) == 0 || len(s) > 7 {
		return 0, fmt.Errorf("mode %.20q: want up to seven octal digits", s)
	}
	n, err := strconv.ParseUint(s, 8, 32)
	if err != nil {
		return 0, fmt.Errorf("mode %q: want octal digits: %w", s, err)
	}
	return Mode(n), nil
}

// String is the six-digit form that git ls-tree prints: "100644", "040000".
func (m Mode) String() string { return fmt.Sprintf("%06o", uint32(m)) }

// IsTree reports whether the entry is a directory. As Git does, only the type bits count.
func (m Mode) IsTree() bool { return m&0o170000 == ModeTree }

// IsFile reports whether the entry is a regular file, of any permissions.
func (m Mode) IsFile() bool { return m&0o170000 == 0o100000 }

// IsSymlink reports whether the entry is a symbolic link.
func (m Mode) IsSymlink() bool { return m&0o170000 == ModeSymlink }

// IsSubmodule reports whether the entry is a commit of another repository.
func (m Mode) IsSubmodule() bool { return m&0o170000 == ModeSubmodule }

// Describe names the kind of entry that has the mode, with an article, for messages.
func (m Mode) Describe() string {
	switch {
	case m.IsTree():
		return "a directory"
	case m.IsSymlink():
		return "a symbolic link"
	case m.IsSubmodule():
		return "a submodule"
	case m == ModeExec:
		return "an executable file"
	}
	return "a file"
}

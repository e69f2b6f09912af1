package gitobj

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
)

// ErrMalformed is wrapped by every error of a parser in this package: the bytes are not an object
// of that kind.
var ErrMalformed = errors.New("malformed object")

// TreeEntry is an entry of a directory.
type TreeEntry struct {
	Mode Mode
	Name string // a path segment
	ID   ID
}

// RawEntry is a TreeEntry that still points into the tree it was read from.
type RawEntry struct {
	Mode Mode
	Name []byte // valid as long as the tree's bytes are
	ID   ID
}

// span holds the offsets of an entry's parts: "<octal mode> <name>\x00<binary id>". Git pads no
// mode with zeros, but fsck only warns about it (zeroPaddedFilemode), and old programs did.
type span struct {
	mode       Mode
	name, null int // where the name begins and ends
	size       int // bytes of the entry
}

// scan finds the parts of the first entry of tree, which is not empty. idSize is 20 or 32.
func scan(tree []byte, idSize int) (span, error) {
	s := span{}
	switch { // these two are nearly all that there are
	case len(tree) > 7 && string(tree[:7]) == "100644 ":
		s.mode, s.name = ModeFile, 7
	case len(tree) > 6 && string(tree[:6]) == "40000 ":
		s.mode, s.name = ModeTree, 6
	default:
		if s.mode, s.name = scanMode(tree); s.name == 0 {
			return span{}, errTreeMode
		}
	}
	n := bytes.IndexByte(tree[s.name:], 0)
	if n <= 0 {
		return span{}, errTreeName
	}
	s.null = s.name + n
	s.size = s.null + 1 + idSize
	if s.size > len(tree) {
		return span{}, errTreeID
	}
	return s, nil
}

var (
	errTreeMode = fmt.Errorf("%w: tree entry without an octal mode", ErrMalformed)
	errTreeName = fmt.Errorf("%w: tree entry without a name", ErrMalformed)
	errTreeID   = fmt.Errorf("%w: tree entry is cut short in its id", ErrMalformed)
)

// scanMode reads a mode of any length and returns where the name after it begins; 0 when there is
// no mode.
func scanMode(tree []byte) (m Mode, name int) {
	for i, c := range tree {
		switch {
		case c == ' ' && i > 0:
			return m, i + 1
		case c < '0' || c > '7' || m > 0o777777:
			return 0, 0
		}
		m = m<<3 | Mode(c-'0')
	}
	return 0, 0
}

// idOf wraps bytes that are known to be an id's length.
func idOf(b []byte) ID {
	var id ID
	id.size = uint8(copy(id.sum[:], b))
	return id
}

// Entries walks a raw tree in the order in which it is stored, without allocating. A malformed
// entry ends the walk with an error that wraps ErrMalformed.
func Entries(f Format, tree []byte) iter.Seq2[RawEntry, error] {
	idSize := f.Size()
	return func(yield func(RawEntry, error) bool) {
		for rest := tree; len(rest) > 0; {
			s, err := scan(rest, idSize)
			if err != nil {
				yield(RawEntry{}, err)
				return
			}
			if !yield(RawEntry{Mode: s.mode, Name: rest[s.name:s.null], ID: idOf(rest[s.null+1 : s.size])}, nil) {
				return
			}
			rest = rest[s.size:]
		}
	}
}

// FindEntry returns the first entry of that name, of any mode. It scans the raw bytes and allocates
// nothing. It does not rely on the order of entries, which a foreign program may have got wrong. It
// ignores the bytes after the entry it finds.
func FindEntry(f Format, tree []byte, name string) (e TreeEntry, ok bool, err error) {
	idSize := f.Size()
	for rest := tree; len(rest) > 0; {
		s, err := scan(rest, idSize)
		if err != nil {
			return TreeEntry{}, false, err
		}
		if string(rest[s.name:s.null]) == name {
			return TreeEntry{Mode: s.mode, Name: name, ID: idOf(rest[s.null+1 : s.size])}, true, nil
		}
		rest = rest[s.size:]
	}
	return TreeEntry{}, false, nil
}

// ParseTree decodes all entries in the order in which they are stored.
func ParseTree(f Format, tree []byte) ([]TreeEntry, error) {
	var entries []TreeEntry
	if len(tree) > 0 {
		// The shortest entry that real trees hold is some thirty bytes; a guess, not a limit.
		entries = make([]TreeEntry, 0, len(tree)/(f.Size()+16)+1)
	}
	for e, err := range Entries(f, tree) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, TreeEntry{Mode: e.Mode, Name: string(e.Name), ID: e.ID})
	}
	return entries, nil
}

// AppendTree encodes entries in the order given, which must be Git's (see SortEntries).
func AppendTree(dst []byte, entries []TreeEntry) []byte {
	for i := range entries {
		dst = appendEntry(dst, entries[i].Mode, entries[i].Name, entries[i].ID)
	}
	return dst
}

func appendEntry[S string | []byte](dst []byte, mode Mode, name S, id ID) []byte {
	dst = strconv.AppendUint(dst, uint64(mode), 8) // "40000", never "040000"
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, 0)
	return id.Append(dst)
}

// SortEntries puts entries into Git's order.
func SortEntries(entries []TreeEntry) {
	slices.SortStableFunc(entries, func(a, b TreeEntry) int {
		return compareNames(a.Name, a.Mode.IsTree(), b.Name, b.Mode.IsTree())
	})
}

// compareNames is Git's order of entries (base_name_compare in tree.c): by bytes, where a
// directory's name is followed by '/' and any other by NUL. So "a.c" stands before the directory
// "a", and the file "a" before both.
func compareNames[A, B string | []byte](a A, aTree bool, b B, bTree bool) int {
	n := min(len(a), len(b))
	switch { // comparing allocates no string
	case string(a[:n]) < string(b[:n]):
		return -1
	case string(a[:n]) != string(b[:n]):
		return +1
	}
	return int(byteAfter(a, aTree, n)) - int(byteAfter(b, bTree, n))
}

// byteAfter returns the byte at index n of a name for the order of entries: behind its end, '/' or
// NUL.
func byteAfter[S string | []byte](name S, tree bool, n int) byte {
	switch {
	case n < len(name):
		return name[n]
	case tree:
		return '/'
	}
	return 0
}

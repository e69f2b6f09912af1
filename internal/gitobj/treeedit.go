package gitobj

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// TreeEdit is a change to a directory: an entry that replaces any entry of that name, or a name to
// remove.
type TreeEdit struct {
	Mode   Mode
	Name   string // a path segment
	ID     ID
	Remove bool // Mode and ID are ignored
}

// EditTree appends to dst the raw tree with the edits made, and returns it with the number of
// entries of the result. tree may be nil for a new directory. Neither tree nor edits are changed;
// edits may be in any order. Removing an absent name is no error.
//
//	tree    100664 a   040000 b   100644 c            edits: put "b.txt", remove "c"
//	result  100664 a   100644 b.txt   040000 b
//
// Entries that no edit names are kept bit for bit: odd and zero-padded modes, unknown types, even a
// wrong order. An edit that puts an entry which the tree already holds leaves that entry's bytes
// alone too, so an edit without effect gives the same bytes. New entries go where Git's order wants
// them; a name that turns from a file into a directory, or back, moves. The cost is linear in the
// tree and nothing is allocated per untouched entry.
//
// Errors: a tree that does not parse (ErrMalformed); an edit whose name is empty or holds '/' or
// NUL, that puts mode 0, the zero id or an id of another format, or that has the same name as
// another edit.
func EditTree(f Format, dst, tree []byte, edits []TreeEdit) (out []byte, entries int, err error) {
	marks, grow, err := makeMarks(f, edits)
	if err != nil {
		return dst, 0, err
	}
	s := splicer{out: slices.Grow(dst, len(tree)+grow), tree: tree, marks: marks}
	idSize := f.Size()
	for pos := 0; pos < len(tree); {
		at, err := scan(tree[pos:], idSize)
		if err != nil {
			return dst, 0, err
		}
		s.entry(pos, rawEntry{
			mode: at.mode,
			name: tree[pos+at.name : pos+at.null],
			id:   tree[pos+at.null+1 : pos+at.size],
			size: at.size,
		})
		pos += at.size
	}
	s.copyTo(len(tree))
	for s.next < len(marks) {
		s.apply()
	}
	return s.out, s.entries, nil
}

// mark is a position in Git's order at which an edit matters. Every edit has two marks, since a
// name has different positions as a file and as a directory. The edit's entry is inserted at one of
// the two, or at neither.
type mark struct {
	edit *TreeEdit
	tree bool // the position of the name as a directory
}

// rawEntry is an entry that still points into its tree.
type rawEntry struct {
	mode Mode
	name []byte
	id   []byte
	size int // bytes of the whole entry
}

// compare is negative, zero or positive when the mark stands before, at or after e.
func (m mark) compare(e rawEntry) int {
	return compareNames(m.edit.Name, m.tree, e.name, e.mode.IsTree())
}

// names reports whether the edit names e, given that e stands at the mark's position. A file "0/",
// which Git does not write, stands where the directory "0" does.
func (m mark) names(e rawEntry) bool { return m.edit.Name == string(e.name) }

// inserts reports whether the edit's entry is inserted at this mark.
func (m mark) inserts() bool { return !m.edit.Remove && m.edit.Mode.IsTree() == m.tree }

// holds reports whether e equals the entry that the mark would insert.
func (m mark) holds(e rawEntry) bool {
	return m.inserts() && m.edit.Mode == e.mode && bytes.Equal(m.edit.ID.sum[:m.edit.ID.size], e.id)
}

// makeMarks checks the edits and returns their marks in Git's order, and an upper bound of the
// bytes that they add.
func makeMarks(f Format, edits []TreeEdit) (marks []mark, grow int, err error) {
	marks = make([]mark, 0, 2*len(edits))
	for i := range edits {
		e := &edits[i]
		if err := e.check(f); err != nil {
			return nil, 0, err
		}
		marks = append(marks, mark{e, false}, mark{e, true})
		if !e.Remove {
			grow += len(e.Name) + f.Size() + len("100644 \x00")
		}
	}
	slices.SortFunc(marks, func(a, b mark) int {
		return compareNames(a.edit.Name, a.tree, b.edit.Name, b.tree)
	})
	for i := 1; i < len(marks); i++ {
		if marks[i].tree == marks[i-1].tree && marks[i].edit.Name == marks[i-1].edit.Name {
			return nil, 0, fmt.Errorf("tree edit %q: the name is edited twice", marks[i].edit.Name)
		}
	}
	return marks, grow, nil
}

// check refuses edits that would make a tree that Git cannot read.
func (e *TreeEdit) check(f Format) error {
	switch {
	case e.Name == "":
		return fmt.Errorf("tree edit without a name")
	case strings.ContainsAny(e.Name, "/\x00"):
		return fmt.Errorf("tree edit %q: the name is not one path segment", e.Name)
	case e.Remove:
		return nil
	case e.Mode == 0:
		return fmt.Errorf("tree edit %q: no mode", e.Name)
	case e.ID.IsZero() || e.ID.Format() != f:
		return fmt.Errorf("tree edit %q: id %q is no %s object id", e.Name, e.ID, f)
	}
	return nil
}

// splicer merges the marks with the entries of a tree.
type splicer struct {
	out     []byte
	entries int
	tree    []byte
	copied  int // bytes of tree that are copied or dropped
	marks   []mark
	next    int // marks before it are done
}

// entry copies, replaces or removes the entry e at pos, after the marks before it.
func (s *splicer) entry(pos int, e rawEntry) {
	at := 1 // the next mark's position relative to e
	for s.next < len(s.marks) {
		if at = s.marks[s.next].compare(e); at >= 0 {
			break
		}
		s.copyTo(pos)
		s.apply()
		at = 1
	}
	named := at == 0 && s.marks[s.next].names(e)
	switch {
	case named && s.marks[s.next].holds(e):
		s.next++
		s.entries++
	case named:
		s.copyTo(pos)
		s.apply()
		s.copied = pos + e.size
	case s.isDone(e):
		s.copyTo(pos)
		s.copied = pos + e.size
	default:
		s.entries++
	}
}

// isDone reports whether an edit that is done already names e. In a tree in Git's order without
// duplicates, all done marks stand before e, which a single comparison shows.
func (s *splicer) isDone(e rawEntry) bool {
	if s.next == 0 || s.marks[s.next-1].compare(e) < 0 {
		return false
	}
	i, found := slices.BinarySearchFunc(s.marks[:s.next], e, mark.compare)
	return found && s.marks[i].names(e)
}

// copyTo copies the part of the tree before pos that is kept.
func (s *splicer) copyTo(pos int) {
	s.out = append(s.out, s.tree[s.copied:pos]...)
	s.copied = pos
}

// apply makes the next mark's edit, and goes on to the mark after it.
func (s *splicer) apply() {
	if m := s.marks[s.next]; m.inserts() {
		s.out = appendEntry(s.out, m.edit.Mode, m.edit.Name, m.edit.ID)
		s.entries++
	}
	s.next++
}

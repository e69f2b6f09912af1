package gitobj

import (
	"bytes"
	"fmt"
	"slices"
)

// DuplicateError says that a directory has several entries of one name that are not the same. Git
// cannot write one like that, and any of them may be the one that somebody needs.
type DuplicateError struct{ Name string }

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("two different entries are named %q", e.Name)
}

// Canonical returns a raw tree as Git writes it (git mktree): entries in Git's order, modes without
// zeros in front, equal entries once. Some programs got that wrong, and a server that checks
// objects (receive.fsckObjects) refuses such a tree from whoever sends it: treeNotSorted,
// zeroPaddedFilemode, duplicateEntries. Other odd modes stay. A tree that is in order is returned
// as it is. Different entries of one name are a *DuplicateError.
func Canonical(f Format, tree []byte) ([]byte, error) {
	ordered, err := inOrder(f, tree)
	if err != nil || ordered {
		return tree, err
	}
	entries, err := ParseTree(f, tree)
	if err != nil {
		return nil, err
	}
	SortEntries(entries)
	entries = slices.Compact(entries)
	names := make(map[string]bool, len(entries))
	for _, e := range entries { // a file and a directory of one name are not beside each other
		if names[e.Name] {
			return nil, &DuplicateError{Name: e.Name}
		}
		names[e.Name] = true
	}
	return AppendTree(make([]byte, 0, len(tree)), entries), nil
}

// inOrder reports whether nothing about a tree has to be changed. It allocates nothing.
func inOrder(f Format, tree []byte) (bool, error) {
	var last RawEntry
	for rest := tree; len(rest) > 0; {
		s, err := scan(rest, f.Size())
		if err != nil {
			return false, err
		}
		e := RawEntry{Mode: s.mode, Name: rest[s.name:s.null]}
		if rest[0] == '0' && s.name > 2 || last.Name != nil && (bytes.Equal(last.Name, e.Name) ||
			compareNames(last.Name, last.Mode.IsTree(), e.Name, e.Mode.IsTree()) >= 0) {
			return false, nil
		}
		last, rest = e, rest[s.size:]
	}
	return true, nil
}

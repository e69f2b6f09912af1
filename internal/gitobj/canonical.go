package gitobj

import (
	"bytes"
	"fmt"
	"slices"
)

// DuplicateError says that a directory has several different entries of the same name. Git cannot
// write such a directory, and any of the entries may be the needed entry.
type DuplicateError struct{ Name string }

// Error names the entries.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("two different entries are named %q", e.Name)
}

// Canonical returns a raw tree as Git writes it (git mktree): entries in Git's order, modes without
// leading zeros, equal entries once. Some programs write trees otherwise, and a server that checks
// objects (receive.fsckObjects) refuses a push with such a tree, even if an older commit made it:
// treeNotSorted, zeroPaddedFilemode, duplicateEntries. Other odd modes stay. A tree in order is
// returned as it is. Different entries of the same name are a *DuplicateError.
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
	for _, e := range entries { // a file and a directory of the same name are not adjacent
		if names[e.Name] {
			return nil, &DuplicateError{Name: e.Name}
		}
		names[e.Name] = true
	}
	return AppendTree(make([]byte, 0, len(tree)), entries), nil
}

// inOrder reports whether Canonical has nothing to change in a tree. It allocates nothing.
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

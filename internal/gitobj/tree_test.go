package gitobj

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rawTree writes entries given as "<mode> <name>", all with the id of ones.
func rawTree(f Format, lines ...string) []byte {
	var b []byte
	for _, l := range lines {
		b = append(b, l...)
		b = append(b, 0)
		b = testID(f, 1).Append(b)
	}
	return b
}

// lines is the inverse of rawTree, with the mode's digits as they are stored.
func lines(t testing.TB, f Format, tree []byte) []string {
	t.Helper()
	var out []string
	for len(tree) > 0 {
		e, err := scan(tree, f.Size())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(tree[:e.size-f.Size()-1]))
		tree = tree[e.size:]
	}
	return out
}

func TestSortEntriesIsGitsOrder(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{SHA1, SHA256} {
		r := newGitRepo(t, f)
		blob, empty := r.write(t, KindBlob, nil), r.write(t, KindTree, nil)
		elsewhere := testID(f, 9) // a submodule's commit is not in the repository
		entries := []TreeEntry{
			{ModeTree, "a", empty},
			{ModeFile, "a.c", blob},
			{ModeFile, "a0", blob},
			{ModeFile, "a-", blob},
			{ModeTree, "ab", empty},
			{ModeFile, "A", blob},
			{ModeFile, "é", blob},
			{ModeExec, "zz", blob},
			{ModeSymlink, "z", blob},
			{ModeSubmodule, "m", elsewhere},
			{ModeFile, "m.x", blob},
			{ModeTree, "m-n", empty},
		}
		var input strings.Builder
		for _, e := range entries {
			kind := "blob"
			switch {
			case e.Mode.IsTree():
				kind = "tree"
			case e.Mode.IsSubmodule():
				kind = "commit"
			}
			fmt.Fprintf(&input, "%s %s %s\t%s\x00", e.Mode, kind, e.ID, e.Name)
		}
		want := r.git(t, input.String(), "mktree", "-z", "--missing")
		SortEntries(entries)
		tree := AppendTree(nil, entries)
		if got := Hash(f, KindTree, tree); got.String() != want {
			t.Errorf("%s: the tree is %s, git makes %s", f, got, want)
		}
		back, err := ParseTree(f, r.read(t, KindTree, want))
		if err != nil || !slices.Equal(back, entries) {
			t.Errorf("%s: read back %v, %v; want %v", f, back, err, entries)
		}
	}
}

func TestFindEntry(t *testing.T) {
	tree := rawTree(SHA1, "100644 z", "040000 a", "100755 ab", "100644 same", "40000 same")
	for name, want := range map[string]Mode{
		"z": ModeFile, "a": ModeTree, "ab": ModeExec, "same": ModeFile, "b": 0, "": 0, "abc": 0, "A": 0,
	} {
		e, ok, err := FindEntry(SHA1, tree, name)
		if err != nil || ok != (want != 0) || e.Mode != want {
			t.Errorf("FindEntry(%q) = %v, %v, %v; want mode %s", name, e, ok, err, want)
		}
		if ok && (e.Name != name || e.ID != testID(SHA1, 1)) {
			t.Errorf("FindEntry(%q) = %v", name, e)
		}
	}
	if n := testing.AllocsPerRun(100, func() { _, _, _ = FindEntry(SHA1, tree, "absent") }); n != 0 {
		t.Errorf("it takes %v allocations, want none", n)
	}
}

func TestMalformedTreesAreErrors(t *testing.T) {
	t.Parallel()
	good := rawTree(SHA1, "100644 a")
	for name, tree := range map[string][]byte{
		"cut in the id":          good[:len(good)-1],
		"cut in the name":        good[:8],
		"cut in the mode":        good[:3],
		"no mode":                rawTree(SHA1, " a"),
		"a mode that is decimal": rawTree(SHA1, "100684 a"),
		"a mode without end":     rawTree(SHA1, strings.Repeat("7", 40)+" a"),
		"no name":                rawTree(SHA1, "100644 "),
		"an id of sha256":        append(rawTree(SHA256, "100644 a"), rawTree(SHA256, "100644 b")...),
		"bytes after the end":    append(bytes.Clone(good), '1'),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseTree(SHA1, tree); !errors.Is(err, ErrMalformed) {
				t.Errorf("ParseTree: %v, want ErrMalformed", err)
			}
			if _, _, err := FindEntry(SHA1, tree, "absent"); !errors.Is(err, ErrMalformed) {
				t.Errorf("FindEntry: %v, want ErrMalformed", err)
			}
			out, _, err := EditTree(SHA1, []byte("kept"), tree, nil)
			if !errors.Is(err, ErrMalformed) || string(out) != "kept" {
				t.Errorf("EditTree: %q, %v, want ErrMalformed and the slice given", out, err)
			}
		})
	}
}

func TestEntriesCanBeLeftEarly(t *testing.T) {
	t.Parallel()
	tree := rawTree(SHA1, "100644 a", "100644 b", "100644 c")
	var names []string
	for e, err := range Entries(SHA1, tree) {
		if err != nil {
			t.Fatal(err)
		}
		if names = append(names, string(e.Name)); string(e.Name) == "b" {
			break
		}
	}
	if want := []string{"a", "b"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func FuzzTree(f *testing.F) {
	f.Add(rawTree(SHA1, "100644 a", "040000 b", "100755 b"), "b")
	f.Add(rawTree(SHA1, "40000 z", "100664 a", "0 x"), "m")
	f.Add([]byte("100644 a\x00short"), "a")
	f.Add([]byte{}, "new")
	f.Add(rawTree(SHA1, "0 0/"), "0") // a name that no tree may have, where the directory "0" belongs
	f.Add(rawTree(SHA1, "100644 0/", "40000 0", "100644 0/"), "0")
	f.Fuzz(func(t *testing.T, tree []byte, name string) {
		entries, err := ParseTree(SHA1, tree)
		_, found, findErr := FindEntry(SHA1, tree, name)
		if err != nil {
			return
		}
		if findErr != nil {
			t.Fatalf("ParseTree accepts what FindEntry refuses: %v", findErr)
		}
		named := func(e TreeEntry) bool { return e.Name == name }
		if found != slices.ContainsFunc(entries, named) {
			t.Fatalf("FindEntry(%q) = %v", name, found)
		}
		out, n, err := EditTree(SHA1, nil, tree, []TreeEdit{{Name: "never\xffthere", Remove: true}})
		if err != nil || n != len(entries) || !bytes.Equal(out, tree) {
			t.Fatalf("an edit without effect changes the tree: %d entries, %v", n, err)
		}
		if name == "" || strings.ContainsAny(name, "/\x00") {
			return
		}
		put := []TreeEdit{{Mode: ModeExec, Name: name, ID: testID(SHA1, 7)}}
		out, n, err = EditTree(SHA1, nil, tree, put)
		if err != nil {
			t.Fatal(err)
		}
		after, err := ParseTree(SHA1, out)
		if err != nil || len(after) != n {
			t.Fatalf("the edited tree has %d entries, not %d: %v", len(after), n, err)
		}
		rest := slices.DeleteFunc(after, named)
		if len(rest) != n-1 || !slices.Equal(rest, slices.DeleteFunc(entries, named)) {
			t.Fatalf("an edit of %q changed other entries", name)
		}
	})
}

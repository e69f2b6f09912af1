package gitobj

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// put and del are the edits that the cases below make; put gives the id of twos.
func put(mode Mode, name string) TreeEdit {
	return TreeEdit{Mode: mode, Name: name, ID: testID(SHA1, 2)}
}

func del(name string) TreeEdit { return TreeEdit{Name: name, Remove: true} }

func TestEditTree(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tree  []string
		edits []TreeEdit
		want  []string
	}{
		"a new directory begins without a tree": {
			nil, []TreeEdit{put(ModeFile, "b"), put(ModeFile, "a")}, []string{"100644 a", "100644 b"},
		},
		"a new file goes before, between and after": {
			[]string{"100644 b", "100644 d"},
			[]TreeEdit{put(ModeFile, "e"), put(ModeFile, "a"), put(ModeFile, "c")},
			[]string{"100644 a", "100644 b", "100644 c", "100644 d", "100644 e"},
		},
		"a directory stands as if its name ended in a slash": {
			[]string{"100644 a", "100644 a.c", "100644 a0"},
			[]TreeEdit{del("a"), put(ModeTree, "a")},
			nil, // twice the same name: refused
		},
		"a file that becomes a directory moves": {
			[]string{"100644 a", "100644 a.c", "100644 a0"},
			[]TreeEdit{put(ModeTree, "a")},
			[]string{"100644 a.c", "40000 a", "100644 a0"},
		},
		"a directory that becomes a file moves back": {
			[]string{"100644 a.c", "40000 a", "100644 a0"},
			[]TreeEdit{put(ModeSymlink, "a")},
			[]string{"120000 a", "100644 a.c", "100644 a0"},
		},
		"a submodule stands where a file would": {
			[]string{"100644 a.c", "100644 a0"},
			[]TreeEdit{put(ModeSubmodule, "a")},
			[]string{"160000 a", "100644 a.c", "100644 a0"},
		},
		"a name is removed, whether file or directory": {
			[]string{"100644 a", "40000 b", "160000 c", "120000 d"},
			[]TreeEdit{del("b"), del("c")},
			[]string{"100644 a", "120000 d"},
		},
		"removing what is absent changes nothing": {
			[]string{"100644 a", "40000 b"}, []TreeEdit{del("0"), del("aa"), del("z")}, []string{"100644 a", "40000 b"},
		},
		"the last entry may go": {
			[]string{"100644 a"}, []TreeEdit{del("a")}, []string{},
		},
		"odd, padded and unknown modes survive": {
			[]string{"100664 a", "040000 b", "0100644 c", "100640 d", "140000 e", "0 f"},
			[]TreeEdit{put(ModeExec, "c.x")},
			[]string{"100664 a", "040000 b", "0100644 c", "100755 c.x", "100640 d", "140000 e", "0 f"},
		},
		"what is edited gets its mode as it is given": {
			[]string{"040000 b", "100664 c"}, []TreeEdit{put(ModeTree, "b"), put(0o100664, "c")}, []string{"40000 b", "100664 c"},
		},
		"a wrong order survives, and its entries are found": {
			[]string{"100644 z", "100644 a", "100644 m", "100644 b"},
			[]TreeEdit{del("a"), put(ModeExec, "b"), put(ModeFile, "zz")},
			[]string{"100755 b", "100644 z", "100644 m", "100644 zz"},
		},
		"all entries of a name that is there twice are replaced": {
			[]string{"100644 a", "100644 a", "100644 b", "40000 a"}, []TreeEdit{put(ModeExec, "a")}, []string{"100755 a", "100644 b"},
		},
		"bytes compare unsigned": {
			[]string{"100644 a", "100644 ü"},
			[]TreeEdit{put(ModeFile, "z"), put(ModeFile, "\u2713")},
			[]string{"100644 a", "100644 z", "100644 ü", "100644 \u2713"},
		},
		"an empty name is refused":         {nil, []TreeEdit{put(ModeFile, "")}, nil},
		"a path is refused":                {nil, []TreeEdit{put(ModeFile, "a/b")}, nil},
		"a NUL is refused":                 {nil, []TreeEdit{del("a\x00b")}, nil},
		"mode 0 is refused":                {nil, []TreeEdit{put(0, "a")}, nil},
		"the zero id is refused":           {nil, []TreeEdit{{Mode: ModeFile, Name: "a", ID: SHA1.Zero()}}, nil},
		"no id is refused":                 {nil, []TreeEdit{{Mode: ModeFile, Name: "a"}}, nil},
		"an id of another format, too":     {nil, []TreeEdit{{Mode: ModeFile, Name: "a", ID: testID(SHA256, 2)}}, nil},
		"a name that is put twice as well": {nil, []TreeEdit{put(ModeFile, "a"), put(ModeTree, "a")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := rawTree(SHA1, tc.tree...)
			before, order := bytes.Clone(tree), slices.Clone(tc.edits)
			out, n, err := EditTree(SHA1, []byte("dst"), tree, tc.edits)
			if tc.want == nil {
				if err == nil {
					t.Fatalf("no error, but %v", lines(t, SHA1, out[3:]))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(out, []byte("dst")) {
				t.Errorf("what was in dst is gone: %q", out)
			}
			got := lines(t, SHA1, out[3:])
			if !slices.Equal(got, tc.want) && len(got)+len(tc.want) > 0 {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			if n != len(tc.want) {
				t.Errorf("it counts %d entries, want %d", n, len(tc.want))
			}
			if !bytes.Equal(tree, before) || !slices.Equal(tc.edits, order) {
				t.Error("the arguments were changed")
			}
		})
	}
}

func TestEditWithoutEffectKeepsTheBytes(t *testing.T) {
	t.Parallel()
	tree := rawTree(SHA1, "100664 a", "040000 b", "0100644 c")
	same := []TreeEdit{
		{Mode: 0o100664, Name: "a", ID: testID(SHA1, 1)},
		{Mode: ModeTree, Name: "b", ID: testID(SHA1, 1)},
		{Mode: ModeFile, Name: "c", ID: testID(SHA1, 1)},
	}
	out, n, err := EditTree(SHA1, nil, tree, same)
	if err != nil || n != 3 || !bytes.Equal(out, tree) {
		t.Errorf("got %q with %d entries, %v; want %q", out, n, err, tree)
	}
}

// TestEditTreeIsDecodeChangeEncode compares the splice with the plain way, on random trees in Git's
// order.
func TestEditTreeIsDecodeChangeEncode(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	modes := []Mode{ModeFile, ModeExec, ModeSymlink, ModeSubmodule, ModeTree, ModeTree}
	const alphabet = "ab.-0/"
	name := func() string {
		b := make([]byte, 1+rng.IntN(3))
		for i := range b {
			b[i] = alphabet[rng.IntN(len(alphabet)-1)]
		}
		return string(b)
	}
	for _, f := range []Format{SHA1, SHA256} {
		for range 500 {
			want := map[string]TreeEntry{}
			for range rng.IntN(20) {
				n := name()
				want[n] = TreeEntry{modes[rng.IntN(len(modes))], n, testID(f, byte(1+rng.IntN(3)))}
			}
			tree := encodeMap(want)
			edits := map[string]TreeEdit{}
			for range rng.IntN(10) {
				n := name()
				edits[n] = TreeEdit{modes[rng.IntN(len(modes))], n, testID(f, byte(1+rng.IntN(3))), rng.IntN(3) == 0}
			}
			var list []TreeEdit
			for n, e := range edits {
				if list = append(list, e); e.Remove {
					delete(want, n)
				} else {
					want[n] = TreeEntry{e.Mode, n, e.ID}
				}
			}
			out, n, err := EditTree(f, nil, tree, list)
			if err != nil || n != len(want) || !bytes.Equal(out, encodeMap(want)) {
				t.Fatalf("tree %v, edits %v: got %v with %d entries, %v; want %v",
					lines(t, f, tree), list, lines(t, f, out), n, err, lines(t, f, encodeMap(want)))
			}
		}
	}
}

func encodeMap(m map[string]TreeEntry) []byte {
	var entries []TreeEntry
	for _, e := range m {
		entries = append(entries, e)
	}
	SortEntries(entries)
	return AppendTree(nil, entries)
}

func TestEditedTreesPassFsck(t *testing.T) {
	t.Parallel()
	r := newGitRepo(t, SHA256)
	blob, empty := r.write(t, KindBlob, nil), r.write(t, KindTree, nil)
	var edits []TreeEdit
	for i, name := range strings.Fields("a a- a.b a0 b b-c b.c b0c lib lib-x lib.c lib0") {
		e := TreeEdit{Mode: ModeFile, Name: name, ID: blob}
		if i%2 == 0 {
			e.Mode, e.ID = ModeTree, empty
		}
		edits = append(edits, e)
	}
	var tree []byte
	for i := range edits { // each by itself, and turned into the other kind and back
		for _, e := range []TreeEdit{edits[i], {Mode: ModeExec, Name: edits[i].Name, ID: blob}, {Mode: ModeTree, Name: edits[i].Name, ID: empty}, edits[i]} {
			var err error
			if tree, _, err = EditTree(SHA256, nil, tree, []TreeEdit{e}); err != nil {
				t.Fatal(err)
			}
			r.write(t, KindTree, tree)
		}
	}
	if out, err := r.try("", "fsck", "--strict", "--no-dangling"); err != nil || strings.Contains(out, "error") || strings.Contains(out, "warning") {
		t.Errorf("git fsck: %v\n%s", err, out)
	}
}

func TestEditTreeDoesNotAllocatePerEntry(t *testing.T) {
	tree := rawTree(SHA1, wideTree(5000)...)
	dst := make([]byte, 0, 2*len(tree))
	edits := []TreeEdit{put(ModeFile, "file-02500.tf"), del("file-00001.tf")}
	n := testing.AllocsPerRun(20, func() {
		if _, _, err := EditTree(SHA1, dst, tree, edits); err != nil {
			t.Fatal(err)
		}
	})
	if n > 4 {
		t.Errorf("two edits of 5,000 entries take %v allocations, want at most 4", n)
	}
}

func wideTree(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("100644 file-%05d.tf", i))
	}
	return names
}

func BenchmarkEditTree(b *testing.B) {
	tree := rawTree(SHA1, wideTree(5000)...)
	dst := make([]byte, 0, 2*len(tree))
	edits := []TreeEdit{put(ModeFile, "file-02500.tf"), del("file-00001.tf")}
	b.SetBytes(int64(len(tree)))
	for b.Loop() {
		if _, _, err := EditTree(SHA1, dst, tree, edits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFindEntry(b *testing.B) {
	tree := rawTree(SHA1, wideTree(5000)...)
	b.SetBytes(int64(len(tree)))
	for b.Loop() {
		if _, ok, err := FindEntry(SHA1, tree, "file-04999.tf"); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

package gitobj

import (
	"fmt"
	"sync"
	"testing"
)

// treeOf is a tree of n files.
func treeOf(n int) []byte {
	var raw []byte
	for i := range n {
		name := fmt.Sprintf("service-%06d.yaml", i)
		raw = AppendTree(raw, []TreeEntry{{Mode: ModeFile, Name: name, ID: Hash(SHA1, KindBlob, []byte(name))}})
	}
	return raw
}

// TestFinder asks often enough for an index, for names that are there, that are not, and that are
// there twice.
func TestFinder(t *testing.T) {
	t.Parallel()
	tree := treeOf(300)
	first := Hash(SHA1, KindBlob, []byte("first"))
	tree = AppendTree(tree, []TreeEntry{
		{Mode: ModeTree, Name: "twice", ID: first}, {Mode: ModeFile, Name: "twice", ID: Hash(SHA1, KindBlob, []byte("second"))},
	})
	for name, raw := range map[string][]byte{"sound": tree, "cut short": tree[:len(tree)-3], "small": treeOf(3), "none": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := NewFinder(SHA1, raw)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for i := range 320 {
						for _, name := range []string{fmt.Sprintf("service-%06d.yaml", i), "twice", ""} {
							got, ok, err := x.Find(name)
							want, wantOK, wantErr := FindEntry(SHA1, raw, name)
							if got != want || ok != wantOK || (err == nil) != (wantErr == nil) {
								t.Errorf("%q: %v, %v, %v; want %v, %v, %v", name, got, ok, err, want, wantOK, wantErr)
							}
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// BenchmarkFind looks every file of a directory of 10,000 up, by scans and by a finder.
func BenchmarkFind(b *testing.B) {
	const files = 10_000
	tree := treeOf(files)
	names := make([]string, files)
	for i := range names {
		names[i] = fmt.Sprintf("service-%06d.yaml", i)
	}
	b.Run("scans", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, name := range names {
				if _, ok, err := FindEntry(SHA1, tree, name); !ok || err != nil {
					b.Fatal(name, err)
				}
			}
		}
	})
	b.Run("finder", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x := NewFinder(SHA1, tree)
			for _, name := range names {
				if _, ok, err := x.Find(name); !ok || err != nil {
					b.Fatal(name, err)
				}
			}
		}
	})
}

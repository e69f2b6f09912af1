package gitpack

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// remake applies a delta as a reader does.
func remake(t testing.TB, base, delta []byte) []byte {
	t.Helper()
	from, size, instructions, err := deltaSizes(delta)
	if err == nil {
		err = checkDelta(instructions, from, size)
	}
	if err != nil || from != int64(len(base)) {
		t.Fatalf("a delta for a base of %d bytes, not %d: %v", from, len(base), err)
	}
	return applyDelta(make([]byte, 0, size), base, instructions)
}

// directory is a tree of n files with random ids.
func directory(n int) []gitobj.TreeEntry {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	entries := make([]gitobj.TreeEntry, n)
	for i := range entries {
		entries[i] = gitobj.TreeEntry{Mode: gitobj.ModeFile, Name: fmt.Sprintf("file-%05d.yaml", i), ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, fmt.Append(nil, random.Uint64()))}
	}
	return entries
}

// changed is the directory with another content in the file at each of the indices.
func changed(entries []gitobj.TreeEntry, at ...int) []gitobj.TreeEntry {
	entries = slices.Clone(entries)
	for _, i := range at {
		entries[i].ID = gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, fmt.Append(nil, "changed ", i))
	}
	return entries
}

func TestADeltaIsAsLargeAsTheChange(t *testing.T) {
	t.Parallel()
	dir := directory(5_000)
	tree := func(e []gitobj.TreeEntry) []byte { return gitobj.AppendTree(nil, e) }
	added := slices.Insert(slices.Clone(dir), 2_500, gitobj.TreeEntry{Mode: gitobj.ModeFile, Name: "file-02499a.yaml", ID: dir[0].ID})
	text := benchText(1 << 20)
	edited := slices.Replace(slices.Clone(text), 500_000, 500_020, []byte("something that is of another length")...)
	moved := append(slices.Clone(text[600_000:]), text[:600_000]...)
	random := make([]byte, 100_000)
	for i, rng := 0, rand.New(rand.NewPCG(5, 6)); i < len(random); i++ {
		random[i] = byte(rng.Uint32())
	}
	for _, c := range []struct {
		name         string
		base, target []byte
		most         int
	}{
		{"nothing changed", text, text, 120},
		{"one file of a wide directory", tree(dir), tree(changed(dir, 1_234)), 60},
		{"the first and the last of them", tree(dir), tree(changed(dir, 0, 4_999)), 120},
		{"ten of them", tree(dir), tree(changed(dir, 1, 500, 501, 999, 1_000, 2_000, 3_000, 4_000, 4_001, 4_500)), 500},
		{"one more", tree(dir), tree(added), 90},
		{"one less", tree(added), tree(dir), 50},
		{"a line of a file", text, edited, 160},
		{"two parts in another order", text, moved, 200},
		{"something else", text[:100_000], random, 102_000},
		{"of nothing", nil, text[:1_000], 1_020},
		{"nothing", text[:1_000], nil, 5},
		{"nothing of nothing", nil, nil, 2},
		{"zeros", make([]byte, 300_000), make([]byte, 200_001), 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var d Deltifier
			before := []byte("before")
			delta, ok := d.Append(bytes.Clone(before), c.base, c.target, 1<<20)
			if !ok || !bytes.HasPrefix(delta, before) {
				t.Fatalf("no delta: %v, %.10q", ok, delta)
			}
			delta = delta[len(before):]
			if got := remake(t, c.base, delta); !bytes.Equal(got, c.target) {
				t.Fatalf("it makes %d bytes of other content, want %d", len(got), len(c.target))
			}
			t.Logf("%d bytes", len(delta))
			if len(delta) > c.most {
				t.Errorf("%d bytes, want at most %d", len(delta), c.most)
			}
			if got, ok := d.Append(before, c.base, c.target, len(delta)-1); ok || !bytes.Equal(got, before) {
				t.Errorf("a byte less is allowed, and it gives %d", len(got))
			}
			if _, ok := d.Append(nil, c.base, c.target, len(delta)); !ok {
				t.Error("just as much is allowed, and it gives nothing")
			}
		})
	}
	var d Deltifier
	if _, ok := d.Append(nil, make([]byte, MaxDeltaSource+1), nil, 100); ok {
		t.Error("a base beyond the limit was taken")
	}
}

func FuzzDeltify(f *testing.F) {
	f.Add([]byte("hello, world, this is a base"), []byte("hello, world, this was a base"), 100)
	f.Add(bytes.Repeat([]byte("abcdefghijklmnopq"), 9), bytes.Repeat([]byte("qabcdefghijklmnop"), 9), 1000)
	f.Add([]byte(strings.Repeat("\x00", 100)), []byte(strings.Repeat("\x00", 99)), 10)
	f.Fuzz(func(t *testing.T, base, target []byte, limit int) {
		limit = max(limit%(1<<20), 0)
		d := Deltifier{index: []uint32{1, 2, 3, 4}}
		delta, ok := d.Append(nil, base, target, limit)
		if ok && (len(delta) > limit || !bytes.Equal(remake(t, base, delta), target)) {
			t.Fatalf("a delta of %d bytes of at most %d makes something else", len(delta), limit)
		}
		if !ok && limit > 2*len(target)+100 {
			t.Fatalf("no delta within %d bytes", limit)
		}
	})
}

// TestGitCompletesAThinPack has git index a pack of deltas against objects of its repository.
func TestGitCompletesAThinPack(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		r := newGitRepo(t, f)
		commit := r.seed(t, 3)[2]
		find := func(rev string) (gitobj.ID, []byte) {
			id, err := gitobj.ParseID(strings.TrimSpace(string(r.git(t, nil, "rev-parse", rev))))
			if err != nil {
				t.Fatal(err)
			}
			return id, r.git(t, nil, "cat-file", strings.TrimSpace(string(r.git(t, nil, "cat-file", "-t", rev))), rev)
		}
		e, err := NewEncoder(f, 1)
		if err != nil {
			t.Fatal(err)
		}
		pack := bytes.NewBuffer(AppendPackHeader(nil, 2))
		var d Deltifier
		var ids []gitobj.ID
		add := func(k gitobj.Kind, base gitobj.ID, from, target []byte) {
			delta, ok := d.Append(nil, from, target, len(target))
			if !ok {
				t.Fatal("no delta")
			}
			at := pack.Len()
			n, err := e.EncodeDelta(pack, base, delta)
			if err != nil || n != int64(pack.Len()-at) {
				t.Fatalf("%d bytes of %d, %v", n, pack.Len()-at, err)
			}
			ids = append(ids, gitobj.Hash(f, k, target))
		}
		fileID, file := find(commit + ":dir/03.txt")
		treeID, tree := find(commit + ":dir")
		text := append(bytes.Clone(file), "one more line\n"...)
		add(gitobj.KindBlob, fileID, file, text)
		edited, _, err := gitobj.EditTree(f, nil, tree, []gitobj.TreeEdit{{Mode: gitobj.ModeFile, Name: "03.txt", ID: ids[0]}})
		if err != nil {
			t.Fatal(err)
		}
		add(gitobj.KindTree, treeID, tree, edited)
		h := f.New()
		h.Write(pack.Bytes())
		raw := h.Sum(pack.Bytes())
		r.git(t, raw, "index-pack", "--stdin", "--fix-thin", "--strict")
		for i, want := range [][]byte{text, edited} {
			if got := r.git(t, nil, "cat-file", []string{"blob", "tree"}[i], ids[i].String()); !bytes.Equal(got, want) {
				t.Errorf("%s: git made %d bytes of it, want %d", ids[i], len(got), len(want))
			}
		}
		// Our own reader makes the same of it.
		objects, err := readAll(NewReader(bytes.NewReader(raw), f, Limits{}, func(id gitobj.ID) (gitobj.Kind, []byte, bool) {
			if id == fileID {
				return gitobj.KindBlob, file, true
			}
			return gitobj.KindTree, tree, id == treeID
		}))
		if err != nil || len(objects) != 2 || objects[0].ID != ids[0] || objects[1].ID != ids[1] {
			t.Errorf("read back %v, %v, want %v", objects, err, ids)
		}
	}
}

// BenchmarkThin compares a whole object with a delta against its former version: the bytes of its
// entry, and the time.
func BenchmarkThin(b *testing.B) {
	text := benchText(1 << 20)
	edited := slices.Replace(slices.Clone(text), 500_000, 500_020, []byte("something that is of another length")...)
	random := make([]byte, 1<<20)
	for i, rng := 0, rand.New(rand.NewPCG(5, 6)); i < len(random); i++ {
		random[i] = byte(rng.Uint32())
	}
	type change struct {
		name         string
		base, target []byte
	}
	cases := []change{
		{"file of 1 MiB, a line changed", text, edited},
		{"file of 1 MiB, all changed", text, random},
		{"file of 4 KiB, a line changed", text[:4<<10], append(slices.Clone(text[:2<<10]), text[2<<10+20:4<<10]...)},
	}
	for _, n := range []int{5, 10, 50, 500, 5_000} {
		dir := directory(n)
		cases = append(cases, change{fmt.Sprintf("directory of %d, one changed", n), gitobj.AppendTree(nil, dir), gitobj.AppendTree(nil, changed(dir, n/2))})
	}
	e, err := NewEncoder(gitobj.SHA1, 1)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range cases {
		b.Run(c.name+"/whole", func(b *testing.B) {
			var n int64
			for b.Loop() {
				if _, n, err = e.EncodeBytes(io.Discard, gitobj.KindTree, c.target); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n), "entry-B")
		})
		b.Run(c.name+"/delta", func(b *testing.B) {
			var d Deltifier
			var n int64
			id := gitobj.Hash(gitobj.SHA1, gitobj.KindTree, c.base)
			for b.Loop() {
				delta, ok := d.Append(nil, c.base, c.target, len(c.target)/2)
				if !ok {
					n = 0
					continue
				}
				if n, err = e.EncodeDelta(io.Discard, id, delta); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n), "entry-B")
		})
	}
}

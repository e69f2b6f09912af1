package gitpack

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zlib"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// benchText is text that deflates to about a third, as configuration files do.
func benchText(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for len(b) < n {
		b = fmt.Appendf(b, "setting_%d = \"value %x\"\n", rng.IntN(200), rng.Uint32())
	}
	return b[:n]
}

func BenchmarkEncode(b *testing.B) {
	content := benchText(2 << 10)
	b.Run("bytes", func(b *testing.B) {
		e, err := NewEncoder(gitobj.SHA1, 1)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(content)))
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := e.EncodeBytes(io.Discard, gitobj.KindBlob, content); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reader", func(b *testing.B) {
		e, err := NewEncoder(gitobj.SHA1, 1)
		if err != nil {
			b.Fatal(err)
		}
		r := bytes.NewReader(content)
		b.SetBytes(int64(len(content)))
		b.ReportAllocs()
		for b.Loop() {
			r.Reset(content)
			if _, _, err := e.Encode(io.Discard, gitobj.KindBlob, int64(len(content)), r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor: bare sha1 and zlib", func(b *testing.B) {
		h := sha1.New()
		z, err := zlib.NewWriterLevel(io.Discard, 1)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(content)))
		b.ReportAllocs()
		for b.Loop() {
			h.Reset()
			h.Write(content)
			z.Reset(io.Discard)
			if _, err := z.Write(content); err != nil {
				b.Fatal(err)
			}
			if err := z.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkNewEncoder(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewEncoder(gitobj.SHA1, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// benchPack is a pack of trees as a repository of 50,000 files has them: 2,000 directories of 25
// entries.
func benchPack(b *testing.B) []byte {
	const trees = 2000
	rng := rand.New(rand.NewPCG(3, 4))
	var p packWriter
	p.header(trees)
	for range trees {
		var entries []gitobj.TreeEntry
		for i := range 25 {
			var raw [20]byte
			for j := range raw {
				raw[j] = byte(rng.Uint32())
			}
			id, err := gitobj.IDFromBytes(raw[:])
			if err != nil {
				b.Fatal(err)
			}
			entries = append(entries, gitobj.TreeEntry{Mode: gitobj.ModeFile, Name: fmt.Sprintf("file-%02d.txt", i), ID: id})
		}
		p.object(gitobj.KindTree, gitobj.AppendTree(nil, entries))
	}
	return p.finish(gitobj.SHA1)
}

func BenchmarkReader(b *testing.B) {
	pack := benchPack(b)
	b.SetBytes(int64(len(pack)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(bytes.NewReader(pack), gitobj.SHA1, Limits{}, nil)
		for {
			_, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

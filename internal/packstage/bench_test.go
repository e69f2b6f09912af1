package packstage

import (
	"bytes"
	"compress/flate"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zlib"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// heapInUse is the heap that is reachable, in bytes.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// benchmarkContents is 10,000 files of 2 KB that look like configuration.
func benchmarkContents() [][]byte {
	contents := make([][]byte, 10_000)
	for i := range contents {
		var b strings.Builder
		for j := 0; b.Len() < 2000; j++ {
			fmt.Fprintf(&b, "setting_%d_%d = \"%x\"\n", i, j, uint64(i*j)*0x9e3779b97f4a7c15)
		}
		contents[i] = []byte(b.String()[:2000])
	}
	return contents
}

// BenchmarkStage stages 10,000 files of 2 KB and streams their pack. The floor is what cannot be saved: hash, deflate,
// and the hash of the pack, by one goroutine with no spool at all.
func BenchmarkStage(b *testing.B) {
	contents := benchmarkContents()
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		z, err := zlib.NewWriterLevel(io.Discard, flate.BestSpeed)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			var entry bytes.Buffer
			trailer := sha1.New()
			for _, c := range contents {
				gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, c)
				entry.Reset()
				z.Reset(&entry)
				_, err := z.Write(c)
				if err := errors.Join(err, z.Close()); err != nil {
					b.Fatal(err)
				}
				trailer.Write(entry.Bytes())
			}
		}
	})
	for _, mode := range modes {
		b.Run(mode.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, err := New(Options{Mode: mode, Directory: b.TempDir()})
				if err != nil {
					b.Fatal(err)
				}
				ids := make([]gitobj.ID, len(contents))
				for i, c := range contents {
					ids[i], err = s.PutBytes(b.Context(), gitobj.KindBlob, c)
					if err != nil {
						b.Fatal(err)
					}
				}
				p, err := s.Pack(ids)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, p.NewReader()); err != nil {
					b.Fatal(err)
				}
				p.Close()
				s.Release(ids...)
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHeapPerObject weighs a stage that holds 10,000 files of 2 KB.
func BenchmarkHeapPerObject(b *testing.B) {
	contents := benchmarkContents()
	for _, mode := range modes {
		b.Run(mode.String(), func(b *testing.B) {
			var took int64
			for b.Loop() {
				before := heapInUse()
				s := newStage(b, Options{Mode: mode, Directory: b.TempDir()})
				for _, c := range contents {
					putBytes(b, s, c)
				}
				took = int64(heapInUse()) - int64(before)
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(took)/float64(len(contents)), "heap-B/object")
		})
	}
}

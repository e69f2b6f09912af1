package packstage

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// heapInUse returns the bytes of the reachable heap.
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

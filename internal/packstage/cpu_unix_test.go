//go:build unix

package packstage

import (
	"bytes"
	"compress/flate"
	"io"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zlib"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// cpu returns the processor time of this process so far, user and system.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkModes compares the CPU time of the modes, for 10,000 files of 2 KB staged and their pack
// streamed, with the floor: hash and deflate of the same bytes with the same library. They take
// turns, so that whatever else the machine does falls on all of them; each figure is a median.
//
//	floor-ms, memory-ms…   CPU time
//	disk/best…             a mode's CPU time as a multiple of that of the best mode
//	best/floor             that of the best mode as a multiple of the floor
func BenchmarkModes(b *testing.B) {
	contents := benchmarkContents()
	z, err := zlib.NewWriterLevel(io.Discard, flate.BestSpeed)
	if err != nil {
		b.Fatal(err)
	}
	runs := map[string][]float64{}
	take := func(name string, run func()) {
		runtime.GC()
		begin := cpu(b)
		run()
		runs[name] = append(runs[name], float64((cpu(b)-begin).Microseconds())/1000)
	}
	for b.Loop() {
		take("floor", func() { floor(b, z, contents) })
		for _, mode := range modes {
			take(mode.String(), func() { stageAndStream(b, mode, contents) })
		}
	}
	median := func(name string) float64 {
		slices.Sort(runs[name])
		return runs[name][len(runs[name])/2]
	}
	best := median(modes[0].String())
	for _, mode := range modes {
		best = min(best, median(mode.String()))
	}
	b.ReportMetric(median("floor"), "floor-ms")
	for _, mode := range modes {
		b.ReportMetric(median(mode.String()), mode.String()+"-ms")
		b.ReportMetric(median(mode.String())/best, mode.String()+"/best")
	}
	b.ReportMetric(best/median("floor"), "best/floor")
}

// floor hashes and deflates.
func floor(b *testing.B, z *zlib.Writer, contents [][]byte) {
	var entry bytes.Buffer
	for _, c := range contents {
		gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, c)
		entry.Reset()
		z.Reset(&entry)
		if _, err := z.Write(c); err != nil {
			b.Fatal(err)
		}
		if err := z.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// stageAndStream uses a stage as a push does.
func stageAndStream(b *testing.B, mode Mode, contents [][]byte) {
	s, err := New(Options{Mode: mode, Directory: b.TempDir(), Format: gitobj.SHA1})
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]gitobj.ID, len(contents))
	for i, c := range contents {
		if ids[i], err = s.PutBytes(b.Context(), gitobj.KindBlob, c); err != nil {
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

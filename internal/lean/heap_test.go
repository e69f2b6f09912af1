package lean

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestHowMuchTheHeapMayGrow(t *testing.T) {
	for _, c := range []struct {
		live        uint64
		quiet, busy int
	}{
		{0, 50, 50},
		{1 << 20, 50, 1500},
		{4 << 20, 50, 300},
		{8 << 20, 50, 100},
		{12 << 20, 33, 33},
		{16 << 20, 25, 25},
		{32 << 20, 12, 12},
		{40 << 20, 10, 10},
		{1 << 40, 10, 10},
	} {
		if got := percentFor(c.live, false); got != c.quiet {
			t.Errorf("with %d bytes in use: %d %%, want %d", c.live, got, c.quiet)
		}
		if got := percentFor(c.live, true); got != c.busy {
			t.Errorf("in a busy process with %d bytes in use: %d %%, want %d", c.live, got, c.busy)
		}
	}
}

func TestALargeHeapIsCollectedMoreOften(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	Heap()
	if got := debug.SetGCPercent(gcPercent); got != gcPercent {
		t.Errorf("to begin with: %d %%, want %d", got, gcPercent)
	}
	held := make([]byte, 64<<20)
	for range 100 { // finalizers run some time after their collection
		runtime.GC()
		runtime.Gosched()
		if got := debug.SetGCPercent(gcPercentMin); got == gcPercentMin {
			runtime.KeepAlive(held)
			return
		}
		debug.SetGCPercent(gcPercent)
	}
	t.Errorf("with %d bytes in use the heap may still grow as before", len(held))
}

package lean

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestHowMuchTheHeapMayGrow(t *testing.T) {
	for live, want := range map[uint64]int{0: 50, 1 << 20: 50, 8 << 20: 50, 16 << 20: 25, 32 << 20: 12, 40 << 20: 10, 1 << 40: 10} {
		if got := percentFor(live); got != want {
			t.Errorf("with %d bytes in use: %d %%, want %d", live, got, want)
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

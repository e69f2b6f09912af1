package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTheMemoryGoalIsGivenUpOnceItCannotBeReached(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
	collect := func() {
		t.Helper()
		seen := make(chan struct{})
		afterCollections(func() bool { close(seen); return false })
		runtime.GC()
		<-seen
		runtime.GC() // the finalizers of the collection before have run by the end of the next one's
		again := make(chan struct{})
		afterCollections(func() bool { close(again); return false })
		runtime.GC()
		<-again
	}
	spareMemory()
	collect()
	if got := debug.SetMemoryLimit(-1); got != memoryGoal {
		t.Errorf("with little in use the limit is %d, want %d", got, memoryGoal)
	}
	held := make([]byte, memoryGoal+1)
	collect()
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("with %d bytes in use the limit is %d, want none", len(held), got)
	}
	runtime.KeepAlive(held)
}

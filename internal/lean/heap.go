// Package lean keeps a process small that runs beside others, on machines that are small.
//
//	Heap   how much garbage may wait for its collection
//	Pages  what only the start of the program needed
//
// Both are called by main functions, and change what is in memory, never results.
package lean

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much the heap may grow between two collections. Terraform runs the provider beside others on
// machines that are small; most of what it allocates, while states of thousands of files pass
// through, is garbage at once. So the heap may grow by half while it is small, and by a fixed
// amount when it is not, which keeps the provider's memory near what is in use. GOGC overrides all
// of it.
const (
	gcPercent    = 50      // at most, in percent of what is in use
	gcPercentMin = 10      // and at least: less would take more time than it saves memory
	headroom     = 4 << 20 // bytes, between the two
)

// Heap applies these limits to the garbage collector. It is called once.
func Heap() {
	if os.Getenv("GOGC") != "" {
		return
	}
	percent := gcPercent
	debug.SetGCPercent(percent)
	afterCollections(func() (again bool) {
		if p := percentFor(liveHeap()); p != percent {
			percent = p
			debug.SetGCPercent(percent)
		}
		return true
	})
}

// percentFor is how much a heap with so many bytes in use may grow, in percent.
func percentFor(live uint64) int {
	if live == 0 {
		return gcPercent
	}
	return int(min(max(headroom*100/live, gcPercentMin), gcPercent))
}

// liveHeap is what the last collection found in use, in bytes.
func liveHeap() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

// afterCollections calls do after a collection, and after further ones for as long as it returns
// true.
func afterCollections(do func() (again bool)) {
	runtime.SetFinalizer(new([64]byte), func(*[64]byte) {
		if do() {
			afterCollections(do)
		}
	})
}

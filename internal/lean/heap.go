// Package lean keeps the provider's memory small: Terraform runs it next to other providers, on
// machines that are small.
//
//	main ──► Heap   ──► the garbage collector: how much garbage may wait for its collection
//	     ──► Pages  ──► the kernel: takes back the pages that only the program's start needed
//
// Both are called by main functions. They change the memory in use, never results.
package lean

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The limits of the heap's growth between two collections. Terraform runs the provider next to
// others on machines that are small. While states of thousands of files pass through it, most of
// the memory that it allocates is garbage at once. So the heap may grow by half while it is small,
// and by a fixed amount once it is large, which keeps the process near the memory in use. GOGC
// overrides all of these.
const (
	gcPercent    = 50      // the upper limit, in percent of the memory in use
	gcPercentMin = 10      // the lower limit: less would take more time than it saves memory
	headroom     = 4 << 20 // bytes; applies where it lies between the two limits
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

// percentFor returns the growth in percent that a heap with so many bytes in use may have.
func percentFor(live uint64) int {
	if live == 0 {
		return gcPercent
	}
	return int(min(max(headroom*100/live, gcPercentMin), gcPercent))
}

// liveHeap returns the number of bytes that the last collection found in use.
func liveHeap() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

// afterCollections calls do after the next collection, and after further collections for as long as
// do returns true.
func afterCollections(do func() (again bool)) {
	runtime.SetFinalizer(new([64]byte), func(*[64]byte) {
		if do() {
			afterCollections(do)
		}
	})
}

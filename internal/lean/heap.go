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
// others on machines that are small, and most of the memory that it allocates is garbage at once.
// So the heap may grow by half while it is small, and by a fixed amount once it is large, which
// keeps the process near the memory in use.
//
// A process that works for long may fill a heap of busyHeap before a collection, however little of
// it is in use: with a thousand resources passing through, 4 MiB are in use, and a collection for
// every 2 MiB of garbage took half of the processor's time (BenchmarkPace). GOGC overrides all of
// these.
const (
	gcPercent    = 50       // the upper limit, in percent of the memory in use
	gcPercentMin = 10       // the lower limit: less would take more time than it saves memory
	headroom     = 4 << 20  // bytes; applies where it lies between the two limits
	busyHeap     = 16 << 20 // bytes; a process that works for long may have a heap of this size
	busyAfter    = 24       // the number of collections after which a process works for long
)

// Heap applies these limits to the garbage collector. It is called once.
func Heap() {
	if os.Getenv("GOGC") != "" {
		return
	}
	percent, collections := gcPercent, 0
	debug.SetGCPercent(percent)
	afterCollections(func() (again bool) {
		collections++
		if p := percentFor(liveHeap(), collections > busyAfter); p != percent {
			percent = p
			debug.SetGCPercent(percent)
		}
		return true
	})
}

// percentFor returns the growth in percent that a heap with so many bytes in use may have.
func percentFor(live uint64, busy bool) int {
	if live == 0 {
		return gcPercent
	}
	percent := min(max(headroom*100/live, gcPercentMin), gcPercent)
	if busy && live < busyHeap {
		percent = max(percent, (busyHeap-live)*100/live)
	}
	return int(percent)
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

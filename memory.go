package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// gcPercent is how much the heap may grow between two collections, in percent. Terraform runs the provider beside others on
// machines that are small; most of what it allocates, while states of thousands of files pass through, is garbage at
// once. GOGC overrides it.
const gcPercent = 50

// memoryGoal is the memory of the Go runtime, in bytes, from which on collections come more often than that, as long as they
// help: what ten thousand files and the commit that names them take. GOMEMLIMIT overrides it.
const memoryGoal = 40 << 20

// spareMemory sets both.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
		afterCollections(func() (again bool) {
			if liveHeap() < memoryGoal {
				return true
			}
			// No collection can reach the goal any more: trying would take half of the processor's time.
			debug.SetMemoryLimit(math.MaxInt64)
			return false
		})
	}
}

// liveHeap is what the last collection found in use, in bytes.
func liveHeap() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

// afterCollections calls do after a collection, and after further ones for as long as it returns true.
func afterCollections(do func() (again bool)) {
	runtime.SetFinalizer(new([64]byte), func(*[64]byte) {
		if do() {
			afterCollections(do)
		}
	})
}

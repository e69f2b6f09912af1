package main

import (
	"os"
	"time"
)

// orphanCheck is how often the provider looks whether the engine that started it is still there.
const orphanCheck = 500 * time.Millisecond

// orphaned is closed when the process that started this one is gone: killed, for one that ends in order ends its
// plugins first. A Unix process then has another parent; elsewhere it is never closed.
func orphaned() <-chan struct{} {
	gone := make(chan struct{})
	parent := os.Getppid()
	go func() {
		for os.Getppid() == parent {
			time.Sleep(orphanCheck)
		}
		close(gone)
	}()
	return gone
}

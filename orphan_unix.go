//go:build unix

package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// orphanCheck is the time between two looks at whether the engine that started this process is
// still there.
const orphanCheck = 500 * time.Millisecond

// orphaned returns a channel that is closed when the engine that started this process was killed;
// an engine that ends in order ends its plugins first. There are two signs. Another process has
// become the parent. Or the pipe that is standard output has no reader any more: engines read it to
// its end. The second sign also shows that an engine was killed before this process could look up
// its parent.
func orphaned(stdout uintptr) <-chan struct{} {
	gone := make(chan struct{})
	parent := os.Getppid()
	go func() {
		for os.Getppid() == parent && !unread(stdout, orphanCheck) {
		}
		close(gone)
	}()
	return gone
}

// unread waits for so long, or until the pipe has no reader any more, and reports whether it has
// none. A descriptor that is no pipe is never unread.
func unread(pipe uintptr, wait time.Duration) bool {
	fds := []unix.PollFd{{Fd: int32(pipe)}} //nolint:gosec // descriptors are small
	// Without events asked for, poll(2) reports errors and hang-ups alone.
	n, err := unix.Poll(fds, int(wait.Milliseconds()))
	if err != nil {
		time.Sleep(wait) // interrupted, or no memory: look again
		return false
	}
	return n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}

package main

import (
	"os"
	"strconv"
	"strings"
)

// peak is the most resident memory that this program had, in bytes. The kernel's count for a process (getrusage(2), ru_maxrss)
// begins with what the one that forked it held; that of its memory (proc_pid_status(5), VmHWM) does not.
func peak() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

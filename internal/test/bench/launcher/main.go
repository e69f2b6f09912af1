//go:build unix

// Command launcher runs the command in its arguments and prints its cost, as JSON.
//
// It stands between a benchmark and a client because Linux counts the resident memory of the
// process that forks as that of its child (getrusage(2), ru_maxrss, survives execve): forked from
// here, a client is charged at most with the little memory of a launcher, and not with the
// benchmark's repositories or the benchmark's binary.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// cost is the time and memory of a process.
type cost struct {
	CPU  time.Duration // user and system
	Wall time.Duration
	Peak int64 // bytes of resident memory
}

func main() {
	if err := launch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func launch(args []string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	c := cost{Wall: time.Since(begin), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return fmt.Errorf("no resource usage of %s", args[0])
	}
	c.Peak = int64(usage.Maxrss) //nolint:unconvert // it is an int32 on some systems
	if runtime.GOOS != "darwin" {
		c.Peak <<= 10 // KiB everywhere else
	}
	return json.NewEncoder(os.Stdout).Encode(c)
}

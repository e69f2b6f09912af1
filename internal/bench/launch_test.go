//go:build unix

package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/acctest"
)

// launchVariable makes this test binary a launcher: it runs the command in its arguments and prints a cost.
const launchVariable = "NANOGIT_BENCH_LAUNCH"

// cost is what a process used.
type cost struct {
	CPU  time.Duration // user and system
	Wall time.Duration
	Peak int64 // bytes of resident memory
}

func TestMain(m *testing.M) {
	if os.Getenv(launchVariable) == "" {
		os.Exit(acctest.Main(m))
	}
	if err := launch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// launch is the launcher. It stands between benchmark and client because Linux counts the resident memory of the process that
// forks as that of its child (getrusage(2), ru_maxrss, survives execve): forked from here, a client is charged with
// the little that a launcher holds at most, not with the benchmark's repositories.
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

// measure runs a command and returns what it used.
func measure(b *testing.B, args ...string) cost {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), self, args...)
	cmd.Env = append(os.Environ(), launchVariable+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("run %q: %v", args, err)
	}
	var c cost
	if err := json.Unmarshal(out, &c); err != nil {
		b.Fatalf("read the launcher's answer %q: %v", out, err)
	}
	return c
}

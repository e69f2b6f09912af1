// Package peak measures the peak memory of a function.
//
//	test ──► Growth ──► the test's program, started for this test alone ──► do ──► VmHWM less before
//
// It needs a process of its own: memory of other tests in the same process would count as well.
// Under the race detector, which multiplies the memory of a program, that program is built again
// without it.
package peak

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/lean"
)

// resultFile names, to the process that runs do, the file for the result.
const resultFile = "NANOGIT_PEAK_RESULT"

// Growth runs do and returns how far the process's resident memory rose above its start, in bytes.
// The garbage collector works as in the provider. The test runs to this call in both processes, and
// must not call Growth twice.
func Growth(t *testing.T, do func()) int64 {
	t.Helper()
	if _, err := os.Stat("/proc/self/clear_refs"); err != nil {
		t.Skip("only Linux tells how much memory a process took at most")
	}
	if name := os.Getenv(resultFile); name != "" {
		measure(t, name, do)
		t.SkipNow() // the parent process judges the result
	}
	name := filepath.Join(t.TempDir(), "peak")
	program, err := program(t)
	if err != nil {
		t.Fatal(err)
	}
	// #nosec G204 -- the test's own program
	cmd := exec.CommandContext(t.Context(), program, "-test.run="+pattern(t.Name()), "-test.timeout=5m")
	cmd.Env = append(os.Environ(), resultFile+"="+name)
	out, err := cmd.CombinedOutput()
	raw, readErr := os.ReadFile(name) // #nosec G304 -- our own file
	if err := errors.Join(err, readErr); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// pattern selects a single test, with each level of its name.
func pattern(name string) string {
	var levels []string
	for level := range strings.SplitSeq(name, "/") {
		levels = append(levels, "^"+regexp.QuoteMeta(level)+"$")
	}
	return strings.Join(levels, "/")
}

func measure(t *testing.T, name string, do func()) {
	t.Helper()
	if os.Getenv("GOGC") == "" {
		lean.Heap()
	}
	debug.FreeOSMemory()
	// 5 sets the high-water mark to the resident size (proc(5), "/proc/pid/clear_refs").
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
	before := Resident(t, os.Getpid())
	do()
	if t.Failed() {
		return
	}
	growth := strconv.FormatInt(Resident(t, os.Getpid())-before, 10)
	if err := os.WriteFile(name, []byte(growth), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Resident returns the peak of a process's resident memory, in bytes (VmHWM of proc(5)).
func Resident(t testing.TB, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	t.Fatalf("no VmHWM in %s", status)
	return 0
}

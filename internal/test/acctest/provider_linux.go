package acctest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// KillProvider ends the provider's processes that a run of the engine has started, as kill -9 does,
// and leaves the engine alone. A run without such processes fails the test.
func (p *Process) KillProvider(t testing.TB) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, dir := range processes {
		exe, err := os.Readlink(filepath.Join(dir, "exe"))
		if err != nil || filepath.Dir(exe) != binaryDir || parent(dir) != p.cmd.Process.Pid {
			continue // it ended meanwhile, or is somebody else's
		}
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		killed++
	}
	if killed == 0 {
		t.Fatal("the run has no provider to kill")
	}
}

// parent returns the id of the parent of the process that a directory of proc(5) describes; 0 when
// the process is gone.
func parent(dir string) int {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return 0
	}
	// "pid (name) state ppid …", where a name may hold anything.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	pid, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return pid
}

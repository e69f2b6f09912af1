package acctest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/peak"
)

// Attached is a process of the built provider that serves every run of a workspace's engine.
// Otherwise an engine starts four processes of its own for each run.
type Attached struct{ cmd *exec.Cmd }

// Attach starts the provider for the workspace. It ends with the test.
func (w *Workspace) Attach(t testing.TB) *Attached {
	t.Helper()
	dir, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	a := &Attached{cmd: exec.Command(filepath.Join(dir, "terraform-provider-nanogit"), "-debug")}
	a.cmd.Dir, a.cmd.Env = w.Dir, w.env
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if err := a.cmd.Wait(); err != nil {
			t.Errorf("the provider ended: %v", err)
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if setting := strings.TrimSpace(lines.Text()); strings.HasPrefix(setting, "TF_REATTACH_PROVIDERS=") {
			w.env = append(w.env, strings.ReplaceAll(setting, "'", ""))
			go io.Copy(io.Discard, out) //nolint:errcheck // ends when the provider does
			return a
		}
	}
	t.Fatal("the provider does not say how to reach it")
	return nil
}

// PeakMemory is the most memory that the process ever had resident, in bytes (VmHWM of proc(5)).
func (a *Attached) PeakMemory(t testing.TB) int64 {
	t.Helper()
	return peak.Resident(t, a.cmd.Process.Pid)
}

// OpenFiles are the names of the files below dir that the process has open, as proc(5) has them: "
// (deleted)" follows the name of a file that has none any more.
func (a *Attached) OpenFiles(t testing.TB, dir string) []string {
	t.Helper()
	fds := fmt.Sprintf("/proc/%d/fd", a.cmd.Process.Pid)
	entries, err := os.ReadDir(fds)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		// A file that was closed after the listing is not open: its link is gone.
		if name, err := os.Readlink(filepath.Join(fds, e.Name())); err == nil && strings.HasPrefix(name, dir+string(filepath.Separator)) {
			files = append(files, name)
		}
	}
	return files
}

// LimitFiles lets the process make no file longer than this, in bytes (RLIMIT_FSIZE of
// setrlimit(2)); the limit may be raised again.
func (a *Attached) LimitFiles(t testing.TB, size uint64) {
	t.Helper()
	if err := unix.Prlimit(a.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}, nil); err != nil {
		t.Fatal(err)
	}
}

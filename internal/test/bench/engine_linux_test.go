package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// peers are the providers beside which plans and applies are measured, by their names and modules:
// local_file writes a file, time_static is a value. Both are on the same framework as this
// provider.
var peers = map[string]string{
	"local": "github.com/terraform-providers/terraform-provider-local@v1.4.1-0.20260513075820-3561e410f9fe",
	"time":  "github.com/hashicorp/terraform-provider-time@v0.14.2",
}

// sampleEvery is the interval at which the processes of a run are looked at.
const sampleEvery = 5 * time.Millisecond

// engine runs Terraform with the built provider and its peers.
type engine struct {
	path string
	w    *acctest.Workspace
	env  []string
}

// newEngine makes an engine with a workspace. peerDir is the directory of the peers, or empty.
func newEngine(b *testing.B, peerDir string) *engine {
	b.Helper()
	w := acctest.NewWorkspace(b)
	e := &engine{path: acctest.Engine(b), w: w}
	for _, v := range w.Environment() {
		file, ok := strings.CutPrefix(v, "TF_CLI_CONFIG_FILE=")
		if !ok {
			e.env = append(e.env, v)
			continue
		}
		rc, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		overrides := "dev_overrides {\n"
		for name := range peers {
			if peerDir == "" {
				break
			}
			overrides += fmt.Sprintf("  \"hashicorp/%s\" = %q\n", name, peerDir)
		}
		all := bytes.Replace(rc, []byte("dev_overrides {"), []byte(overrides), 1)
		if err := os.WriteFile(file, all, 0o600); err != nil {
			b.Fatal(err)
		}
		e.env = append(e.env, v)
	}
	return e
}

// buildPeers builds the peers from their Go modules.
func buildPeers(b *testing.B) (dir string) {
	b.Helper()
	dir = b.TempDir()
	for _, module := range peers {
		cmd := exec.CommandContext(b.Context(), "go", "install", "-trimpath", "-ldflags=-s -w", module)
		cmd.Env = append(os.Environ(), "GOBIN="+dir, "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("go install %s: %v\n%s", module, err, out)
		}
	}
	return dir
}

// usage is the cost of a run of the engine.
type usage struct {
	wall             time.Duration
	engine, provider time.Duration // CPU
	peak             int64         // of the largest provider process, in bytes
}

// run runs the engine, which must succeed.
func (e *engine) run(b *testing.B, args ...string) usage {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.path, args...)
	cmd.Dir, cmd.Env = e.w.Dir, e.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	end, seen := make(chan struct{}), make(chan sample)
	go func() { seen <- watch(cmd.Process.Pid, end) }()
	err := cmd.Wait()
	c := usage{wall: time.Since(begin)}
	close(end)
	s := <-seen
	if err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage) // as documented, on Linux
	total := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	c.engine, c.provider, c.peak = s.engine, total-s.engine, s.peak
	return c
}

// sample is the observation of an engine and of the processes that it started.
type sample struct {
	engine time.Duration // CPU of the engine alone
	peak   int64         // of the largest other process
}

// watch observes a process and its children until end. The CPU of children is in the usage of the
// engine, which waits for them; the peak of a process only grows, so that the last look counts.
func watch(pid int, end <-chan struct{}) (s sample) {
	program := func(pid string) string { p, _ := os.Readlink("/proc/" + pid + "/exe"); return p }
	self := program(strconv.Itoa(pid))
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		if d, ok := cpuOf(pid); ok {
			s.engine = d
		}
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // a well-formed pattern
		for _, list := range lists {
			children, _ := os.ReadFile(list)
			for child := range strings.FieldsSeq(string(children)) {
				if program(child) == self {
					continue // forked, and not yet another program: its memory is the engine's
				}
				s.peak = max(s.peak, peakOf(child))
			}
		}
		select {
		case <-end:
			return s
		case <-tick.C:
		}
	}
}

// ticks is the number of clock ticks in a second, the unit of proc_pid_stat(5).
const ticks = 100

// cpuOf returns the CPU time of a process, without that of its children.
func cpuOf(pid int) (time.Duration, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 || fields[0] == "Z" {
		return 0, false
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticks, err == nil && err2 == nil
}

// peakOf returns the largest resident memory that a process had, in bytes; 0 when it is gone.
func peakOf(pid string) int64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64) // 0 for none
	return n << 10
}

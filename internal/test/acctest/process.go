//go:build unix

package acctest

import (
	"bytes"
	"os/exec"
	"syscall"
	"testing"
)

// Process is a run of the engine that a test is in the middle of.
type Process struct {
	cmd    *exec.Cmd
	output bytes.Buffer
	done   bool
}

// Start starts the engine in a process group of its own, which ends with the test at the latest.
func (w *Workspace) Start(t testing.TB, args ...string) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(w.engine, args...)}
	p.cmd.Dir, p.cmd.Env = w.Dir, w.env
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.done {
			p.Kill(t)
		}
	})
	return p
}

// Kill ends the engine and its providers as kill -9 does.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	p.Wait(t)
}

// Interrupt is Ctrl-C: every process of the terminal gets it.
func (p *Process) Interrupt(t testing.TB) {
	t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Error(err)
	}
}

// Wait waits for the end and returns the output.
func (p *Process) Wait(t testing.TB) string {
	t.Helper()
	p.done = true
	if err := p.cmd.Wait(); err != nil && p.cmd.ProcessState == nil {
		t.Error(err)
	}
	return p.output.String()
}

// KillEngine ends the engine alone, as kill -9 does: its providers live on as long as they do.
func (p *Process) KillEngine(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
}

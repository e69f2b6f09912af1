package cachetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to be ready, on a machine that is busy.
const patience = 60 * time.Second

// process is one server. It belongs to one test, whose subtests may share it.
type process struct {
	t       testing.TB
	name    string
	command func() *exec.Cmd
	ready   func(context.Context) error
	quit    syscall.Signal // ends it, and all its children, without anything being saved

	mu      sync.Mutex // guards what follows
	running *running
}

// running is a process that was started and not yet waited for.
type running struct {
	cmd    *exec.Cmd
	log    bytes.Buffer // to be read once ended
	ended  chan struct{}
	result error
}

// start starts the server, and stops it when the test ends.
func (p *process) start() {
	p.t.Helper()
	p.t.Cleanup(p.Kill)
	p.Restart()
}

// Restart starts the server again where it was, after Kill, and waits until it is ready.
func (p *process) Restart() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		p.t.Fatalf("%s is running already", p.name)
	}
	r := &running{cmd: p.command(), ended: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = &r.log, &r.log
	if r.cmd.SysProcAttr == nil {
		r.cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	dieWithParent(r.cmd.SysProcAttr, p.quit)
	started := make(chan error)
	go func() {
		// The death of the thread that started a process counts as that of its parent: this one
		// waits.
		runtime.LockOSThread()
		err := r.cmd.Start()
		started <- err
		if err == nil {
			r.result = r.cmd.Wait()
		}
		close(r.ended)
	}()
	if err := <-started; err != nil {
		p.t.Fatalf("start %s: %v", p.name, err)
	}
	p.running = r
	if err := p.await(r); err != nil {
		p.killLocked()
		p.t.Fatalf("start %s: %v\n%s", p.name, err, r.log.String())
	}
}

func (p *process) await(r *running) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-r.ended:
			return fmt.Errorf("it ended: %w", r.result)
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s: %w", patience, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Kill ends the server at once, as a crash would. What it has not written to its files is lost. A
// server that is not running is left alone.
func (p *process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killLocked()
}

func (p *process) killLocked() {
	if p.running == nil {
		return
	}
	if err := p.running.cmd.Process.Signal(p.quit); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("stop %s: %v", p.name, err)
	}
	<-p.running.ended
	p.running = nil
}

// freePort returns a port that nobody uses right now.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// directory makes a temporary directory that is removed when the test ends. Unlike those of
// testing.TB it can be given to another user whole.
func directory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cachetest-") //nolint:usetesting // TempDir's parent stays closed to the user that PostgreSQL runs as
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// absent ends a test whose server cannot be started.
func absent(t testing.TB, what, install string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s: %s", what, install)
	}
	t.Skipf("%s: %s", what, install)
}

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

// hung is the time after which a server that neither listens nor ends counts as hanging.
const hung = 5 * time.Minute

// process is a server. It belongs to a test, whose subtests may share it.
type process struct {
	t       testing.TB
	name    string
	command func() *exec.Cmd
	listens string                      // words of its log that say that it listens; "" for a server that does not say it
	ping    func(context.Context) error // asks the server for an answer
	quit    syscall.Signal              // ends it, and all its children, without anything being saved

	mu      sync.Mutex // guards the fields below
	running *running
}

// running is a process that was started and not yet waited for.
type running struct {
	cmd    *exec.Cmd
	log    journal
	ended  chan struct{}
	result error
}

// journal keeps the output of a server until it has the words, and then closes found. The output is
// read once the server has ended.
type journal struct {
	words string
	found chan struct{}
	text  []byte
	done  bool // found is closed
}

// Write takes output of the server.
func (j *journal) Write(p []byte) (int, error) {
	if j.done {
		return len(p), nil
	}
	if j.text = append(j.text, p...); j.words != "" && bytes.Contains(j.text, []byte(j.words)) {
		j.done = true
		close(j.found)
	}
	return len(p), nil
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
	r := &running{cmd: p.command(), log: journal{words: p.listens, found: make(chan struct{})}, ended: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = &r.log, &r.log
	if r.cmd.SysProcAttr == nil {
		r.cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	dieWithParent(r.cmd.SysProcAttr, p.quit)
	started := make(chan error)
	go func() {
		// The kernel takes the death of the thread that started a process for the death of the
		// parent, so this thread waits.
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
		p.t.Fatalf("start %s: %v\n%s", p.name, err, r.log.text)
	}
}

// await waits until the server listens, and for an answer.
func (p *process) await(r *running) error {
	ctx, cancel := context.WithTimeout(context.Background(), hung)
	defer cancel()
	if p.listens == "" {
		return p.askUntilReady(ctx, r)
	}
	select {
	case <-r.log.found:
		return p.ping(ctx)
	case <-r.ended:
		return fmt.Errorf("it ended: %w", r.result)
	case <-ctx.Done():
		return fmt.Errorf("its log does not say %q", p.listens)
	}
}

// askUntilReady asks a server again and again: nothing else tells that it listens.
func (p *process) askUntilReady(ctx context.Context, r *running) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := p.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-r.ended:
			return fmt.Errorf("it ended: %w", r.result)
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		}
	}
}

// Kill ends the server at once, as a crash would. Data that it has not written to its files is
// lost. A server that is not running is left alone.
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

// freePort returns a port that no process uses right now.
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

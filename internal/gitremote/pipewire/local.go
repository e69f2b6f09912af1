package pipewire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// NewLocal returns a transport to a repository in a directory of this machine, which git itself
// serves.
func NewLocal(target *exchange.Target, directory string) *Transport {
	return &Transport{target: target, dialer: local{directory: directory}}
}

// local starts git's own services in a repository on this machine.
type local struct{ directory string }

func (l local) dial(ctx context.Context, service string, v2 bool) (pipe, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, &exchange.Error{
			Kind: exchange.ErrURL, Err: fmt.Errorf("a repository on this machine is served by git, which cannot be started: %w", err),
			Hint: "install git, or name the repository by the URL of a server",
		}
	}
	if info, err := os.Stat(l.directory); err != nil || !info.IsDir() {
		if err == nil {
			err = fmt.Errorf("%s is no directory", l.directory)
		}
		return nil, &exchange.Error{Kind: exchange.ErrNotFound, Err: err, Hint: "check the path of the repository"}
	}
	// With filters a file is written without reading the repository; they are allowed here, since
	// this process starts both ends.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), git, "-c", "uploadpack.allowFilter=true", strings.TrimPrefix(service, "git-"), l.directory)
	cmd.Env = environment(os.Environ(), v2)
	return startProcess(cmd)
}

// environment returns the environment of a service: env without the variables that name a
// repository, which this process may have been started for.
func environment(env []string, v2 bool) []string {
	out := make([]string, 0, len(env)+1)
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
			"GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_PROTOCOL", "GIT_TRACE", "GIT_TRACE_PACKET":
			continue
		}
		out = append(out, e)
	}
	if v2 {
		out = append(out, "GIT_PROTOCOL=version=2")
	}
	return out
}

// process is a service as a child of this process.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	said   bounded
	exited chan struct{}
	failed bool // to be read once exited
	once   sync.Once
}

// startProcess starts a service whose streams are pipes to this process.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, exited: make(chan struct{})}
	cmd.Stderr = &p.said
	cmd.WaitDelay = time.Second // a grandchild that keeps stderr open must not hold this process up
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, &exchange.Error{Kind: exchange.ErrTransient, Err: err}
	}
	// Not StdoutPipe: Wait would close it under the reader.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, &exchange.Error{Kind: exchange.ErrTransient, Err: errors.Join(err, p.stdin.Close())}
	}
	cmd.Stdout, p.stdout = w, r
	err = cmd.Start()
	_ = w.Close() // the child has its own
	if err != nil {
		return nil, &exchange.Error{Kind: exchange.ErrTransient, Err: errors.Join(fmt.Errorf("start %s: %w", cmd.Path, err), p.stdin.Close(), r.Close())}
	}
	go func() {
		_ = cmd.Wait() // the reason of a failure is in its words
		code := cmd.ProcessState.ExitCode()
		p.failed = code > 0 && code <= 128
		close(p.exited)
	}()
	return p, nil
}

func (p *process) Read(b []byte) (int, error)  { return p.stdout.Read(b) }
func (p *process) Write(b []byte) (int, error) { return p.stdin.Write(b) }
func (p *process) closeWrite() error           { return p.stdin.Close() }

// close ends the input, which ends a service that waits for it, and the output. A service in the
// middle of its work is left to end by itself: receive-pack must not be killed while it moves a
// reference.
func (p *process) close() {
	p.once.Do(func() {
		_ = p.stdin.Close()
		_ = p.stdout.Close()
	})
}

// end waits a moment for the process to end: its output has ended.
func (p *process) end() ending {
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-p.exited:
		return ending{p.said.String(), p.failed}
	case <-t.C:
		return ending{words: p.said.String()}
	}
}

// bounded keeps the end of the text that is written to it: there a program says why it gives up.
type bounded struct {
	mu  sync.Mutex
	buf []byte
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf = append(b.buf, p...)
	b.buf = b.buf[max(0, len(b.buf)-4*gitwire.MaxText):]
	return len(p), nil
}

func (b *bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.buf)
}

package gitcred

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// call runs git credential.
func (h *Helper) call(ctx context.Context, verb string, fields []field) ([]byte, error) {
	in, err := encode(fields)
	if err != nil {
		return nil, err
	}
	trace := newTrace()
	defer trace.close()
	// core.askPass, GIT_ASKPASS and SSH_ASKPASS are programs that prompt a person; an empty name is
	// no program, and keeps git from the next of the three (git-credential(1), gitcredentials(7)).
	out, status, err := h.git(ctx, &conversation{in: in, trace: trace}, "-c", "core.askPass=", "-c", "credential.interactive=false", "credential", verb)
	switch {
	case errors.Is(err, errLate):
		return nil, fmt.Errorf("git credential %s: %w", verb, err)
	case err != nil:
		return nil, err
	case status != 0:
		return nil, trace.explain(verb, status)
	}
	return out, nil
}

// conversation has the input of a call of git, and the trace that it writes.
type conversation struct {
	in    []byte
	trace *trace
}

var (
	errNoGit = errors.New("there is no git to ask for its credential helpers")
	errLate  = errors.New("no answer within")
)

// git runs git and returns its output and exit status. It drops git's error output: a helper may
// have printed it, and it may hold a secret.
func (h *Helper) git(ctx context.Context, c *conversation, args ...string) (out []byte, status int, err error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, 0, errNoGit
	}
	limit := h.Timeout
	if limit <= 0 {
		limit = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, git, args...)
	cmd.Env = quiet(h.environ())
	if c != nil {
		cmd.Stdin = bytes.NewReader(c.in)
		c.trace.of(cmd)
	}
	var answer limited
	cmd.Stdout = &answer
	cmd.WaitDelay = time.Second // a helper that keeps the pipes open, such as a cache's daemon
	alone(cmd)
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, 0, fmt.Errorf("%w %v", errLate, limit)
	case ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case errors.As(err, &exit):
		return nil, exit.ExitCode(), nil
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return nil, 0, fmt.Errorf("start git: %w", err)
	}
	return answer.buf.Bytes(), 0, nil
}

func (h *Helper) environ() []string {
	if h.Environ != nil {
		return h.Environ()
	}
	return os.Environ()
}

// quiet returns an environment in which neither git nor its helpers prompt a person, nor trace the
// data that they get.
func quiet(env []string) []string {
	out := slices.DeleteFunc(slices.Clone(env), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "GIT_ASKPASS", "SSH_ASKPASS", "GIT_TERMINAL_PROMPT", "GCM_INTERACTIVE", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX":
			return true
		}
		return strings.HasPrefix(name, "GIT_TRACE") || strings.HasPrefix(name, "GCM_TRACE")
	})
	return append(out, "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "GCM_INTERACTIVE=never")
}

// limited keeps the beginning of the written data: maxAnswer bytes, and a byte that shows that
// there are more.
type limited struct{ buf bytes.Buffer }

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	l.buf.Write(p[:min(len(p), maxAnswer+1-l.buf.Len())])
	return len(p), nil
}

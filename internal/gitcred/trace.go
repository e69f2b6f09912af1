package gitcred

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// trace is git's record of the programs that it starts and of its own errors (Git's "trace2 API",
// the event target, since 2.22). It names the helper that failed, without any of a helper's output.
// Where git cannot write it, on Windows or in an older version, it stays empty.
type trace struct {
	read, write *os.File
	done        chan struct{} // closed when everything that git wrote was read
	end         sync.Once

	failed []string // helpers that failed, and how each ended
	said   []string // git's own errors
	quit   bool     // a helper told git to ask no further
}

// event is a line of the trace. The session id of a git that a helper starts has a slash in it.
type event struct {
	Event   string   `json:"event"`
	Session string   `json:"sid"`
	Child   int      `json:"child_id"`
	Args    []string `json:"argv"`
	Code    int      `json:"code"`
	Message string   `json:"msg"`
	Format  string   `json:"fmt"`
}

// last is the line that is written after git has ended. A daemon that a helper starts may keep the
// pipe open, so that the pipe's end is no sign.
const last = `{"event":"last"}`

// maxTrace bounds the trace, in bytes.
const maxTrace = 1 << 20

func newTrace() *trace {
	t := &trace{done: make(chan struct{})}
	var err error
	if t.read, t.write, err = os.Pipe(); err != nil {
		t.read, t.write = nil, nil
		close(t.done)
		return t
	}
	go t.follow()
	return t
}

// of makes a command write the trace.
func (t *trace) of(cmd *exec.Cmd) {
	if t.write == nil || !inheritsFiles {
		return
	}
	cmd.ExtraFiles = []*os.File{t.write}
	cmd.Env = append(cmd.Env, "GIT_TRACE2_EVENT=3") // the number of the first extra file
}

// follow reads events up to the line last. Events beyond the limit are read and dropped.
func (t *trace) follow() {
	defer close(t.done)
	started := map[int]string{}
	total := 0
	lines := bufio.NewReaderSize(t.read, 4<<10)
	for {
		line, err := lines.ReadString('\n')
		if err != nil || strings.TrimSpace(line) == last {
			return
		}
		var e event
		if total += len(line); total > maxTrace || json.Unmarshal([]byte(line), &e) != nil || strings.Contains(e.Session, "/") {
			continue
		}
		switch {
		case e.Event == "child_start":
			started[e.Child] = nameOfHelper(e.Args)
		case e.Event == "child_exit" && e.Code != 0:
			t.failed = append(t.failed, fmt.Sprintf("%s ended with status %d", started[e.Child], e.Code))
		case e.Event == "error" && strings.HasPrefix(e.Format, "bad "):
			t.said = append(t.said, e.Message) // a line of the configuration that cannot be read
		case e.Event == "error" && strings.HasPrefix(e.Format, "credential helper"):
			t.quit = true
		}
	}
}

// nameOfHelper returns the program at the beginning of a helper's command line. Its arguments, and
// the commands of a shell, are the user's and may hold a secret.
func nameOfHelper(args []string) string {
	words := strings.Fields(strings.Join(args, " "))
	switch {
	case len(words) > 1 && words[0] == "git" && strings.HasPrefix(words[1], "credential-"):
		return "the helper " + strings.TrimPrefix(words[1], "credential-")
	case len(words) > 0 && strings.HasPrefix(words[0], "/") && !strings.ContainsAny(words[0], "=;&|$`'\"(){}<>"):
		return "the helper " + words[0]
	}
	return "a helper that is a shell command"
}

// finish waits until everything that git wrote was read.
func (t *trace) finish() {
	t.end.Do(func() {
		if t.write != nil {
			_, _ = io.WriteString(t.write, "\n"+last+"\n") // the reader is our own
			_ = t.write.Close()
		}
		<-t.done
	})
}

func (t *trace) close() {
	t.finish()
	if t.read != nil {
		_ = t.read.Close()
	}
}

// explain makes an error of a call that failed: without helpers, or when none knows the host, git
// wants to prompt and may not.
func (t *trace) explain(verb string, status int) error {
	t.finish()
	switch {
	case len(t.said) > 0:
		return fmt.Errorf("git credential %s ended with status %d: %s", verb, status, strings.Join(t.said, "; "))
	case t.quit:
		return &noneError{": a credential helper told git to ask no further" + t.helpers()}
	}
	return &noneError{t.helpers()}
}

// helpers lists the helpers that failed and how they ended.
func (t *trace) helpers() string {
	if len(t.failed) == 0 {
		return ""
	}
	return ": " + strings.Join(t.failed[:min(len(t.failed), 3)], ", ") + "; what it says shows: git credential fill"
}

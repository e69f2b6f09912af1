package intent

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// memfdName is the name of the file in memory by which processes find each other's messages, in
// /proc/PID/fd (proc_pid_fd(5)).
const memfdName = "nanogit-intents"

// siblings is a Link between the processes that the same engine started. Each writes its messages
// to a file in memory, without a name in any directory: a process that is killed leaves nothing
// behind, and only processes of the same user can read it.
type siblings struct {
	parent int
	self   string // the program, by /proc/self/exe

	mu     sync.Mutex // guards the fields below
	looked time.Time  // for other processes
	own    *os.File
	others map[int]*sibling
	none   map[int]bool // processes that have no messages, and never will
}

// sibling is another process, with the position in its messages.
type sibling struct {
	messages *os.File
	offset   int64
	busy     bool
	gone     bool // the process has ended
}

// Siblings returns the link of this process with the others that the same engine started, or nil
// where there can be none.
func Siblings() Link {
	fd, err := unix.MemfdCreate(memfdName, unix.MFD_CLOEXEC)
	if err != nil {
		return nil
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		_ = unix.Close(fd)
		return nil
	}
	return &siblings{
		parent: os.Getppid(), self: self, own: os.NewFile(uintptr(fd), memfdName),
		others: make(map[int]*sibling), none: make(map[int]bool),
	}
}

// Post implements Link. A message is a line; others read a write of some lines as a whole or in
// part, never out of order.
func (s *siblings) Post(messages []Message) {
	var b bytes.Buffer
	for _, m := range messages {
		fmt.Fprintf(&b, "%c %q %q %q %q %q\n", m.Kind, m.Branch.Repository, m.Branch.Name, m.Path, m.Blob, m.Token)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.own.Write(b.Bytes()) // a message that is lost is as if it had never been said
}

// Receive implements Link.
func (s *siblings) Receive() (messages []Message, busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.looked) >= lookEvery {
		s.looked = now
		s.look()
	}
	for pid, o := range s.others {
		messages = append(messages, o.read()...)
		if o.gone {
			_ = o.messages.Close()
			delete(s.others, pid)
			continue
		}
		busy = busy || o.busy
	}
	return messages, busy
}

// Alone implements Link.
func (s *siblings) Alone() bool {
	for _, pid := range s.children() {
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err == nil && exe == s.self && pid != os.Getpid() {
			return false
		}
	}
	return true
}

// lookEvery is the interval at which to look for other processes.
const lookEvery = 10 * time.Millisecond

// look finds the processes that have started, and marks those that have ended.
func (s *siblings) look() {
	for _, o := range s.others {
		o.gone = true
	}
	for _, pid := range s.children() {
		if o := s.others[pid]; o != nil {
			o.gone = false
		} else if !s.none[pid] && pid != os.Getpid() {
			s.meet(pid)
		}
	}
}

// children returns the processes that this process's parent started, by any of its threads
// (proc_pid_children(5)).
func (s *siblings) children() (pids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.parent)) // its pattern is well-formed
	for _, name := range lists {
		list, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		for text := range strings.FieldsSeq(string(list)) {
			if pid, err := strconv.Atoi(text); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// meet opens the messages of another process. A process of another program has none; a process that
// has none yet is asked again.
func (s *siblings) meet(pid int) {
	if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && exe != s.self {
		s.none[pid] = true
		return
	}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, name := range fds {
		if target, err := os.Readlink(name); err != nil || !strings.HasPrefix(target, "/memfd:"+memfdName) {
			continue
		}
		if f, err := os.Open(name); err == nil {
			s.others[pid] = &sibling{messages: f}
			return
		}
	}
}

// read returns the messages since the last call. An incomplete line waits for the next call.
func (o *sibling) read() (messages []Message) {
	info, err := o.messages.Stat()
	if err != nil || info.Size() <= o.offset {
		return nil
	}
	raw := make([]byte, info.Size()-o.offset)
	n, _ := o.messages.ReadAt(raw, o.offset)
	for line := range bytes.Lines(raw[:n]) {
		if line[len(line)-1] != '\n' {
			break
		}
		o.offset += int64(len(line))
		var m Message
		if _, err := fmt.Sscanf(string(line), "%c %q %q %q %q %q\n", &m.Kind, &m.Branch.Repository, &m.Branch.Name, &m.Path, &m.Blob, &m.Token); err != nil {
			continue
		}
		switch m.Kind {
		case begun:
			o.busy = true
		case idle:
			o.busy = false
		default:
			messages = append(messages, m)
		}
	}
	return messages
}

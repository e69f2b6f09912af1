package sshclient

import (
	"sync"
	"time"
)

// End is how the command ended, once its output has ended. It does not wait for long. Of a command
// that goes on, and of one whose connection was lost, nothing is told: what they said explains
// nothing.
func (s *Session) End() End {
	t := time.NewTimer(s.client.limits.Farewell)
	defer t.Stop()
	select {
	case <-s.exited:
	case <-t.C:
		return End{Status: Untold}
	}
	if s.status == Untold && !s.alive(t.C) {
		return End{Status: Untold}
	}
	return End{Status: s.status, Words: s.said.String()}
}

// alive reports whether the connection still serves, so that it is the server who ended the
// session.
func (s *Session) alive(late <-chan time.Time) bool {
	answered := make(chan bool, 1)
	go func() {
		_, _, err := s.conn.ssh.SendRequest(keepAlive, true, nil)
		answered <- err == nil
	}()
	select {
	case ok := <-answered:
		return ok
	case <-late:
		return false
	}
}

// words keeps the end of what is written to it: that is where a program says why it gives up.
type words struct {
	mu  sync.Mutex
	buf []byte
}

// maxSaid is how many bytes are kept. The buffer may hold twice as many, so that each is moved
// once.
const maxSaid = 4 * maxWords

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p[max(0, len(p)-maxSaid):]...)
	if over := len(w.buf) - maxSaid; over > maxSaid {
		w.buf = append(w.buf[:0], w.buf[over:]...)
	}
	return len(p), nil
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.buf[max(0, len(w.buf)-maxSaid):])
}

package sshclient

import (
	"sync"
	"time"
)

// End returns how the command ended, once its output has ended. It does not wait for long. The
// status is Untold, without words, for a command that goes on, and for a command whose connection
// was lost: its words would explain nothing.
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

// alive reports whether the connection still works, so that it was the server that ended the
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

// words keeps the end of the written text, where a program says why it gives up.
type words struct {
	mu  sync.Mutex
	buf []byte
}

// maxSaid is the number of bytes that are kept. The buffer may hold twice as many, so that each
// byte is moved at most once.
const maxSaid = 4 * maxWords

// Write implements io.Writer.
func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p[max(0, len(p)-maxSaid):]...)
	if over := len(w.buf) - maxSaid; over > maxSaid {
		w.buf = append(w.buf[:0], w.buf[over:]...)
	}
	return len(p), nil
}

// String returns the end of the text.
func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.buf[max(0, len(w.buf)-maxSaid):])
}

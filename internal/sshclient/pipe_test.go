package sshclient

import (
	"bytes"
	"io"
	"net"
	"sync"
)

// stream is a direction of a connection in memory. Unlike net.Pipe it has a buffer: both ends of
// SSH begin by writing.
type stream struct {
	mu     sync.Mutex
	more   sync.Cond
	buf    bytes.Buffer
	closed bool
	broken bool // written bytes are lost, as when a cable was pulled out
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	if s.broken {
		return len(p), nil
	}
	s.more.Broadcast()
	return s.buf.Write(p)
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.buf.Len() == 0 && !s.closed {
		s.more.Wait()
	}
	if s.buf.Len() == 0 { // bytes sent before the end arrive, as over TCP
		return 0, io.EOF
	}
	return s.buf.Read(p)
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.more.Broadcast()
}

// end is an end of a connection in memory.
type end struct {
	net.Conn // for methods that are not used
	in, out  *stream
}

func (e *end) Read(p []byte) (int, error)  { return e.in.Read(p) }
func (e *end) Write(p []byte) (int, error) { return e.out.Write(p) }

func (e *end) Close() error {
	e.in.close()
	e.out.close()
	return nil
}

func (e *end) RemoteAddr() net.Addr { return &net.TCPAddr{} }
func (e *end) LocalAddr() net.Addr  { return &net.TCPAddr{} }

func connection() (ours, theirs net.Conn) {
	a, b := &stream{}, &stream{}
	a.more.L, b.more.L = &a.mu, &b.mu
	return &end{in: a, out: b}, &end{in: b, out: a}
}

package sshclient

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Session is a command that runs on the server: Read reads its standard output, Write writes to its
// standard input. Both may be called concurrently.
type Session struct {
	client  *Client
	conn    *conn
	channel ssh.Channel
	said    words
	exited  chan struct{} // closed when the session is over on both sides
	closing sync.Once

	status int // of the command's end, if the server sent it; to be read once exited

	resting uint64 // since when the session rests, in turns; 0: it is at work. Guarded by the Client's mutex
}

// ended is the value of resting for a session that was ended to make room.
const ended = ^uint64(0)

// maxWords bounds the part of a server's words that is kept, in bytes.
const maxWords = 4 << 10

// Values of End.Status that are no exit status.
const (
	Untold = -1 // the server sent none, which is allowed
	Killed = -2 // a signal ended the command
)

// End is the outcome of a command.
type End struct {
	// Status is the exit status, Untold or Killed.
	Status int
	// Words is the command's error output, or its end if it is long; uncleaned.
	Words string
}

// errCommand: the server does not run the command.
var errCommand = errors.New("the server refuses to run the command")

// open opens a session on a connection, in the room that was taken there, and starts a command in
// it.
func (c *Client) open(ctx context.Context, cn *conn, command string, env map[string]string) (*Session, error) {
	type opened struct {
		s   *Session
		err error
	}
	result := make(chan opened, 1)
	go func() {
		s, err := c.openNow(cn, command, env)
		result <- opened{s, err}
	}()
	select {
	case o := <-result:
		return o.s, o.err
	case <-ctx.Done():
		go func() {
			if o := <-result; o.s != nil {
				o.s.Close()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// openNow is open without a context: it opens the session, sends the environment and starts the
// command.
func (c *Client) openNow(cn *conn, command string, env map[string]string) (*Session, error) {
	channel, requests, err := cn.ssh.OpenChannel("session", nil)
	s := &Session{client: c, conn: cn, channel: channel, exited: make(chan struct{}), status: Untold}
	c.mu.Lock()
	cn.starting--
	if err != nil {
		c.changedLocked()
		c.mu.Unlock()
		return nil, err
	}
	cn.sessions[s], cn.served = struct{}{}, true
	c.mu.Unlock()
	go s.follow(requests)
	for name, value := range env {
		// RFC 4254, 6.4. No response is wanted: it would cost a round trip, and the command also
		// works without the variable.
		payload := ssh.Marshal(struct{ Name, Value string }{name, value})
		if _, err := channel.SendRequest("env", false, payload); err != nil {
			s.Close()
			return nil, err
		}
	}
	ok, err := channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{command})) // RFC 4254, 6.5
	if err != nil {
		// The server ended the session, or the connection is lost, which any other request shows.
		if _, _, lost := cn.ssh.SendRequest(keepAlive, true, nil); lost == nil {
			err = errCommand
		}
	} else if !ok {
		err = errCommand
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// follow gathers the command's error output, and its exit status.
func (s *Session) follow(requests <-chan *ssh.Request) {
	said := make(chan struct{})
	go func() {
		defer close(said)
		_, _ = io.Copy(&s.said, s.channel.Stderr()) // it ends with the session
	}()
	for r := range requests {
		switch r.Type { // RFC 4254, 6.10
		case "exit-status":
			var m struct{ Status uint32 }
			if ssh.Unmarshal(r.Payload, &m) == nil {
				s.status = int(m.Status & 0xff)
			}
		case "exit-signal":
			s.status = Killed
		}
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
	<-said
	close(s.exited)
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(s.conn.sessions, s)
	c.changedLocked()
}

// Read reads the command's standard output.
func (s *Session) Read(p []byte) (int, error) { return s.channel.Read(p) }

// Write writes to the command's standard input.
func (s *Session) Write(p []byte) (int, error) { return s.channel.Write(p) }

// CloseWrite tells the command that no more input comes.
func (s *Session) CloseWrite() error { return s.channel.CloseWrite() }

// Close ends the session, in the background; reads and writes end with it. The connection to a
// server that does not confirm it is closed. It may be called twice.
func (s *Session) Close() {
	s.closing.Do(func() {
		late := time.AfterFunc(s.client.limits.Farewell, s.conn.close)
		go func() {
			_ = s.channel.Close() // io.EOF when the server ended it first
			<-s.exited
			late.Stop()
		}()
	})
}

// Rest says that the command is not needed for now, so that the session may be ended to make room
// for another; Work says that it is needed again, and returns false if it was ended.
func (s *Session) Rest() {
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parked++
	s.resting = c.parked
	c.changedLocked()
}

// Work ends the rest that Rest began.
func (s *Session) Work() bool {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if s.resting == ended {
		return false
	}
	s.resting = 0
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

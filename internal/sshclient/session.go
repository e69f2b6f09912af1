package sshclient

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Session is a command that runs on the server: reading is its standard output, writing its
// standard input. Reading and writing may happen at once.
type Session struct {
	client  *Client
	conn    *conn
	channel ssh.Channel
	said    words
	exited  chan struct{} // closed when the session is over on both sides
	closing sync.Once

	status int // of the command's end, if the server told one; to be read once exited

	resting uint64 // since when nothing is asked of it, in turns; 0: it is at work. Guarded by the Client's mutex
}

// ended is the resting of a session that was ended to make room.
const ended = ^uint64(0)

// maxWords is how much of what a server says in words is kept, in bytes.
const maxWords = 4 << 10

// What an End has for a status when it is none.
const (
	Untold = -1 // the server told none, which it need not
	Killed = -2 // a signal ended the command
)

// End is how a command ended.
type End struct {
	// Status is the exit status, Untold or Killed.
	Status int
	// Words is what the command printed as errors, the end of it if it was much; uncleaned.
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
		// RFC 4254, 6.4. No reply is wanted: it would cost a round trip, and without the variable
		// things go on.
		payload := ssh.Marshal(struct{ Name, Value string }{name, value})
		if _, err := channel.SendRequest("env", false, payload); err != nil {
			s.Close()
			return nil, err
		}
	}
	ok, err := channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{command})) // RFC 4254, 6.5
	if err != nil {
		// The server ended the session, or the connection is lost, which any other request tells.
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

// follow gathers what the command says as errors, and how it ends.
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

// Close ends the session, in the background; reads and writes end with it. A server that does not
// confirm that is cut off. It may be called twice.
func (s *Session) Close() {
	s.closing.Do(func() {
		late := time.AfterFunc(s.client.limits.Farewell, s.conn.close)
		go func() {
			_ = s.channel.Close() // io.EOF when the server was first
			<-s.exited
			late.Stop()
		}()
	})
}

// Rest says that nothing is asked of the command for now, so that the session may be ended to make
// room for another one; Work that it is needed again. Work returns false if it was ended.
func (s *Session) Rest() {
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parked++
	s.resting = c.parked
	c.changedLocked()
}

// Work ends what Rest began.
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

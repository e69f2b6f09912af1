package sshclient

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// server is an SSH server in memory, so that time can be that of testing/synctest. Its commands say
// "ready" and then copy their input to their output.
type server struct {
	config   *ssh.ServerConfig
	sessions int                             // the number that it opens on a connection; 0: any number, -1: none
	silent   bool                            // it never answers the handshake
	exec     func(*ssh.Request, ssh.Channel) // in place of running a command

	mu    sync.Mutex
	ends  []net.Conn
	dials int
}

func newServer(t *testing.T) (*server, *Options) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{config: &ssh.ServerConfig{
		PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil },
	}}
	s.config.AddHostKey(signer)
	return s, &Options{
		User: "git", Key: &Key{name: "test", signer: signer}, Policy: Insecure, ConfigFiles: []string{},
		Getenv: func(string) string { return "" }, Dial: s.dial,
	}
}

func (s *server) dial(context.Context, string) (net.Conn, error) {
	ours, theirs := connection()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	s.ends = append(s.ends, theirs)
	if !s.silent {
		go s.serve(theirs)
	}
	return ours, nil
}

func (s *server) dialled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// serve serves a connection, and refuses further sessions once it has opened the allowed number.
func (s *server) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	connection, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	defer func() { _ = connection.Close() }()
	go ssh.DiscardRequests(requests)
	var mu sync.Mutex
	open := 0
	for c := range channels {
		mu.Lock()
		full := s.sessions != 0 && open >= s.sessions
		if !full {
			open++
		}
		mu.Unlock()
		if full {
			_ = c.Reject(ssh.ConnectionFailed, "open failed")
			continue
		}
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		go func() {
			s.session(channel, requests)
			mu.Lock()
			open--
			mu.Unlock()
		}()
	}
}

func (s *server) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	for r := range requests {
		switch {
		case r.Type != "exec":
			if r.WantReply {
				_ = r.Reply(false, nil)
			}
			continue
		case s.exec != nil:
			s.exec(r, channel)
			continue
		}
		_ = r.Reply(true, nil)
		go func() {
			_, _ = io.WriteString(channel, "ready")
			_, _ = io.Copy(channel, channel)
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{}))
			_ = channel.Close()
		}()
	}
}

func client(t *testing.T, o *Options) *Client {
	t.Helper()
	c, err := New(o, "", "example.com", "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// begin starts a command and waits until it runs.
func begin(t *testing.T, c *Client) *Session {
	t.Helper()
	s, err := c.Start(t.Context(), "command", map[string]string{"A": "b"})
	if err != nil {
		t.Fatal(err)
	}
	ready := make([]byte, 5)
	if _, err := io.ReadFull(s, ready); err != nil || string(ready) != "ready" {
		t.Fatalf("got %q, %v", ready, err)
	}
	return s
}

// bubble runs a test in a bubble of time, which it leaves only when every goroutine of the client
// has ended.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

func closeAll(t *testing.T, c *Client) {
	t.Helper()
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	synctest.Wait()
}

func TestManySessionsOnOneConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		server, o := newServer(t)
		c := client(t, o)
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				s := begin(t, c)
				if _, err := s.Write([]byte("x")); err != nil {
					t.Error(err)
				}
				if err := s.CloseWrite(); err != nil {
					t.Error(err)
				}
				if rest, err := io.ReadAll(s); string(rest) != "x" || err != nil {
					t.Errorf("got %q, %v", rest, err)
				}
				s.Close()
				s.Close()
			})
		}
		wait.Wait()
		if n := server.dialled(); n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
		closeAll(t, c)
		if _, err := c.Start(t.Context(), "command", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestASilentConnectionIsGivenUpAndMadeAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		server, o := newServer(t)
		c := client(t, o)
		s := begin(t, c)
		synctest.Wait()
		out := server.ends[0].(*end).out
		out.mu.Lock()
		out.broken = true
		out.mu.Unlock()
		began := time.Now()
		if _, err := s.Read(make([]byte, 1)); err == nil {
			t.Error("it reads on")
		}
		if d := time.Since(began); d < 40*time.Second || d > 90*time.Second {
			t.Errorf("given up after %v", d)
		}
		if words := s.End().Words; words != "" {
			t.Errorf("a lost session says %q", words)
		}
		begin(t, c)
		if n := server.dialled(); n != 2 {
			t.Errorf("%d connections, want 2", n)
		}
		closeAll(t, c)
	})
}

func TestALivelyConnectionIsKeptWhileSomethingRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		server, o := newServer(t)
		c := client(t, o)
		s := begin(t, c)
		time.Sleep(time.Hour) // in which keep-alives are answered
		if _, err := s.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		if _, err := s.Read(make([]byte, 1)); err != nil || server.dialled() != 1 {
			t.Errorf("%v, %d connections", err, server.dialled())
		}
		s.Rest()
		time.Sleep(2 * time.Minute)
		if !s.Work() {
			t.Error("it did not wait for two minutes")
		}
		s.Rest()
		time.Sleep(6 * time.Minute)
		if s.Work() {
			t.Error("it waits for ever")
		}
		begin(t, c)
		if server.dialled() != 2 {
			t.Errorf("%d connections, want 2", server.dialled())
		}
		closeAll(t, c)
	})
}

func TestAServerThatNeverAnswersIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		server, o := newServer(t)
		server.silent = true
		c := client(t, o)
		began := time.Now()
		_, err := c.Start(t.Context(), "command", nil)
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "no answer within 30s") || time.Since(began) > 31*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("enough"))
		defer cancel()
		if _, err := c.Start(ctx, "command", nil); err == nil || err.Error() != "enough" {
			t.Errorf("given up by the caller: %v", err)
		}
		closeAll(t, c)
	})
}

func TestWithoutRoomASessionThatRestsMakesRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		server, o := newServer(t)
		server.sessions = 2
		c := client(t, o)
		var all []*Session
		for range 2 * maxConns {
			all = append(all, begin(t, c))
		}
		if n := server.dialled(); n != maxConns {
			t.Errorf("%d connections, want %d", n, maxConns)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.Start(ctx, "command", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without room: %v", err)
		}
		done := make(chan *Session)
		go func() { done <- begin(t, c) }()
		synctest.Wait()
		all[3].Rest()
		all[4].Rest()
		(<-done).Close()
		if all[3].Work() || !all[4].Work() {
			t.Error("not the session that rested longest was ended")
		}
		go func() { done <- begin(t, c) }()
		synctest.Wait()
		all[0].Close() // a session that ends makes room too
		<-done
		closeAll(t, c)
	})
}

func TestAServerThatRunsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		server, o := newServer(t)
		c := client(t, o)
		held := begin(t, c)
		server.exec = func(r *ssh.Request, _ ssh.Channel) { _ = r.Reply(false, nil) }
		if _, err := c.Start(t.Context(), "command", nil); !errors.Is(err, ErrDenied) {
			t.Errorf("refused: %v", err)
		}
		server.exec = func(_ *ssh.Request, ch ssh.Channel) { _ = ch.Close() }
		if _, err := c.Start(t.Context(), "command", nil); !errors.Is(err, ErrDenied) {
			t.Errorf("ended: %v", err)
		}
		if _, err := held.Write([]byte("x")); err != nil || server.dialled() != 1 {
			t.Errorf("the connection did not survive that: %v", err)
		}
		closeAll(t, c)
	})
}

func TestAServerThatOpensNoSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		server, o := newServer(t)
		server.sessions = -1
		c := client(t, o)
		if _, err := c.Start(t.Context(), "command", nil); !errors.Is(err, ErrDenied) {
			t.Errorf("got %v", err)
		}
		closeAll(t, c)
	})
}

func TestACallerThatGivesUpLeavesNothingBehind(t *testing.T) {
	bubble(t, func(t *testing.T) {
		server, o := newServer(t)
		c := client(t, o)
		begin(t, c)
		release := make(chan struct{})
		server.exec = func(r *ssh.Request, ch ssh.Channel) {
			<-release
			_ = r.Reply(true, nil)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Start(ctx, "command", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(release)
		synctest.Wait()
		c.mu.Lock()
		for _, cn := range c.conns {
			if n := cn.starting + len(cn.sessions); n > 1 {
				t.Errorf("%d sessions are left, want that of before", n)
			}
		}
		c.mu.Unlock()
		closeAll(t, c)
	})
}

// The words of a command count when the server ends the session without a status, which is
// optional, and not when the connection is lost.
func TestHowACommandEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(ssh.Channel, *server)
		want End
	}{
		"without a status": {func(c ssh.Channel, _ *server) { _ = c.Close() }, End{Untold, "why"}},
		"with one": {func(c ssh.Channel, _ *server) {
			_, _ = c.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{128}))
			_ = c.Close()
		}, End{128, "why"}},
		"by a signal": {func(c ssh.Channel, _ *server) {
			_, _ = c.SendRequest("exit-signal", false, ssh.Marshal(struct {
				Signal  string
				Core    bool
				Message string
				Lang    string
			}{Signal: "KILL"}))
			_ = c.Close()
		}, End{Killed, "why"}},
		"with the connection": {func(_ ssh.Channel, s *server) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, e := range s.ends {
				_ = e.Close()
			}
		}, End{Status: Untold}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv, o := newServer(t)
				srv.exec = func(r *ssh.Request, c ssh.Channel) {
					_ = r.Reply(true, nil)
					_, _ = io.WriteString(c.Stderr(), "why")
					_, _ = io.WriteString(c, "ready")
					synctest.Wait()
					tt.end(c, srv)
				}
				c := client(t, o)
				s := begin(t, c)
				if _, err := s.Read(make([]byte, 1)); err == nil {
					t.Error("the command goes on")
				}
				if got := s.End(); got != tt.want {
					t.Errorf("got %+v, want %+v", got, tt.want)
				}
				s.Close()
				closeAll(t, c)
			})
		})
	}
}

func TestTheEndOfManyWordsIsKept(t *testing.T) {
	t.Parallel()
	var w words
	for range 100_000 {
		_, _ = w.Write([]byte("one line of many\n"))
	}
	_, _ = w.Write([]byte("the reason"))
	if got := w.String(); len(got) > maxSaid || !strings.HasSuffix(got, "\nthe reason") {
		t.Errorf("%d bytes kept, which end with %q", len(got), got[len(got)-20:])
	}
}

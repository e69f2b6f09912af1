package sshclient

import (
	"errors"
	"net"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// The cause that ends a login early is reported, and only a refusal is reported as a refusal.
func TestHowALoginEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*ssh.ServerConfig)
		kind   error
		lasts  bool
		want   []string
	}{
		"no key": {func(c *ssh.ServerConfig) {
			c.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, errors.New("no") }
		}, ErrDenied, true, []string{"does not let user git in with any of these keys", "(test)"}},
		"no keys at all": {func(c *ssh.ServerConfig) {
			c.PublicKeyCallback = nil
			c.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, errors.New("no") }
		}, ErrDenied, true, []string{"only with password"}},
		"too many attempts": {func(c *ssh.ServerConfig) {
			c.MaxAuthTries = 1
			c.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, errors.New("no") }
		}, ErrDenied, true, []string{"does not let user git in with any of these keys", "(test)"}},
		"one more key": {func(c *ssh.ServerConfig) {
			c.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
				return nil, &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{
					PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, errors.New("no") },
				}}
			}
		}, ErrDenied, true, []string{"does not let user git in with any of these keys"}},
		"a key and a password": {func(c *ssh.ServerConfig) {
			c.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
				return nil, &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{
					PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, errors.New("no") },
				}}
			}
		}, ErrDenied, true, []string{"only with password"}},
		"a banner too large for a packet": {func(c *ssh.ServerConfig) {
			c.BannerCallback = func(ssh.ConnMetadata) string { return strings.Repeat("x", 300<<10) }
		}, ErrUnreachable, false, []string{"does not keep to the protocol"}},
		"a connection that is cut": {func(c *ssh.ServerConfig) {
			c.PublicKeyCallback = func(m ssh.ConnMetadata, _ ssh.PublicKey) (*ssh.Permissions, error) {
				return nil, m.(interface{ Close() error }).Close()
			}
		}, ErrUnreachable, false, []string{"was lost during the login with ED25519"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv, o := newServer(t)
				tt.change(srv.config)
				c := client(t, o)
				_, err := c.Start(t.Context(), "command", nil)
				var e *Error
				if !errors.As(err, &e) || !errors.Is(err, tt.kind) || e.lasting != tt.lasts {
					t.Fatalf("got %v, want %v", err, tt.kind)
				}
				for _, w := range tt.want {
					if !strings.Contains(err.Error(), w) {
						t.Errorf("%q is not in %v", w, err)
					}
				}
				closeAll(t, c)
			})
		})
	}
}

// A second key is asked for where the server takes the first key as a part of the login.
func TestTwoKeysInOneLogin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv, o := newServer(t)
		srv.config.PublicKeyCallback = func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
			return nil, &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{
				PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil },
			}}
		}
		c := client(t, o)
		begin(t, c)
		closeAll(t, c)
	})
}

// The words and the reason of a disconnection are read from the library's own type.
func TestAServerThatDisconnects(t *testing.T) {
	t.Parallel()
	for reason, kind := range map[uint32]error{2: ErrDenied, 14: ErrDenied, 11: ErrUnreachable, 12: ErrUnreachable} {
		l := &login{location: &location{host: "h", port: "22", user: "git"}, asked: true, offered: []string{"KEY"}}
		err := l.ended(disconnected(t, reason, "the server's words"), "")
		if !errors.Is(err, kind) || err.Words != "the server's words" {
			t.Errorf("%d: got %v, %q, want %v", reason, err, err.Words, kind)
		}
	}
	l := &login{location: &location{host: "h", port: "22", user: "git"}}
	if err := l.ended(disconnected(t, 2, "before anything was asked"), ""); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	if _, _, ok := disconnect(&net.OpError{Op: "read", Err: errors.New("x")}); ok {
		t.Error("an error of the network is taken for a disconnection")
	}
}

// disconnected is the error that the library makes of a disconnection.
func disconnected(t *testing.T, reason uint32, words string) error {
	t.Helper()
	ours, theirs := net.Pipe()
	go func() { // a packet without encryption, which may come at any time (RFC 4253, 11.1)
		payload := append([]byte{1}, ssh.Marshal(struct {
			Reason            uint32
			Message, Language string
		}{reason, words, ""})...)
		padding := 8 - (len(payload)+5)%8
		if padding < 4 {
			padding += 8
		}
		packet := append(ssh.Marshal(struct {
			Length  uint32
			Padding byte
		}{uint32(len(payload) + padding + 1), byte(padding)}), payload...)
		go func() { _, _ = theirs.Read(make([]byte, 4096)) }()
		_, _ = theirs.Write([]byte("SSH-2.0-x\r\n"))
		_, _ = theirs.Write(append(packet, make([]byte, padding)...))
	}()
	_, _, _, err := ssh.NewClientConn(ours, "x", &ssh.ClientConfig{HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	_ = theirs.Close()
	return err
}

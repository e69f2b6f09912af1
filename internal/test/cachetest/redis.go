package cachetest

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// RedisOptions say how a Redis server behaves. The zero value lets every client in.
type RedisOptions struct {
	// Password is the password that clients have to send, if it is set.
	Password string
	// TLS makes the server speak TLS and nothing else, under a certificate for 127.0.0.1 by the
	// authority that Redis.CAPEM has.
	TLS bool
	// MaxMemory bounds the server's memory, in bytes, if it is set.
	MaxMemory int64
	// Evict makes a server whose memory is full forget keys; without it, it refuses to write.
	Evict bool
}

// Redis is a server with an empty database, which is lost when it is killed.
type Redis struct {
	process
	Addr  string // host:port
	CAPEM []byte // of a server with TLS

	options RedisOptions
}

// StartRedis starts a server for a test.
func StartRedis(t testing.TB, o RedisOptions) *Redis {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		absent(t, "redis-server is not on PATH", "install the package redis-server")
	}
	port, dir := freePort(t), directory(t)
	s := &Redis{Addr: loopback(port), options: o}
	args := []string{"--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir, "--daemonize", "no"}
	if o.TLS {
		cert, key := certificate(t)
		s.CAPEM = cert
		certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
		for file, data := range map[string][]byte{certFile: cert, keyFile: key} {
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args = append(args, "--port", "0", "--tls-port", strconv.Itoa(port), "--tls-cert-file", certFile, "--tls-key-file", keyFile, "--tls-auth-clients", "no")
	} else {
		args = append(args, "--port", strconv.Itoa(port))
	}
	if o.Password != "" {
		args = append(args, "--requirepass", o.Password)
	}
	if o.MaxMemory > 0 {
		args = append(args, "--maxmemory", strconv.FormatInt(o.MaxMemory, 10))
	}
	if o.Evict {
		args = append(args, "--maxmemory-policy", "allkeys-lru")
	}
	s.process = process{t: t, name: "redis-server", listens: "Ready to accept connections", ping: s.ping, quit: syscall.SIGKILL, command: func() *exec.Cmd {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		return cmd
	}}
	s.start()
	return s
}

// URL is where the server is, with the password that it wants.
func (s *Redis) URL() string {
	scheme, user := "redis", ""
	if s.options.TLS {
		scheme = "rediss"
	}
	if s.options.Password != "" {
		user = url.UserPassword("", s.options.Password).String() + "@"
	}
	return scheme + "://" + user + s.Addr + "/0"
}

// ping asks for an answer, which may be a refusal.
func (s *Redis) ping(ctx context.Context) (err error) {
	var d interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	} = new(net.Dialer)
	if s.options.TLS {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(s.CAPEM)
		d = &tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	}
	c, err := d.DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "+PONG") && !strings.HasPrefix(line, "-NOAUTH") {
		err = fmt.Errorf("it answers %q", line)
	}
	return err
}

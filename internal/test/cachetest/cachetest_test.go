package cachetest

import (
	"net"
	"os"
	"testing"
)

// TestNothingIsLeft lets a test end and looks for the ports and directories of its servers.
func TestNothingIsLeft(t *testing.T) {
	var addrs, dirs []string
	t.Run("servers", func(t *testing.T) {
		r, p := StartRedis(t, RedisOptions{}), StartPostgres(t)
		addrs = []string{r.Addr, p.Addr}
		dirs = []string{r.command().Dir, p.command().Dir}
	})
	for _, a := range addrs {
		if c, err := net.Dial("tcp", a); err == nil {
			_ = c.Close()
			t.Errorf("somebody listens at %s", a)
		}
	}
	for _, d := range dirs {
		if _, err := os.Stat(d); err == nil {
			t.Errorf("%s is still there", d)
		}
	}
}

// server is the interface that all servers have.
type server interface {
	Kill()
	Restart()
}

// TestServersStartAndComeBack starts each server, kills it and starts it again.
func TestServersStartAndComeBack(t *testing.T) {
	for name, start := range map[string]func(testing.TB) (server, string){
		"redis": func(t testing.TB) (server, string) { s := StartRedis(t, RedisOptions{}); return s, s.Addr },
		"redis with TLS": func(t testing.TB) (server, string) {
			s := StartRedis(t, RedisOptions{TLS: true, Password: "p"})
			return s, s.Addr
		},
		"postgres": func(t testing.TB) (server, string) { s := StartPostgres(t); return s, s.Addr },
		"s3":       func(t testing.TB) (server, string) { s := StartS3(t); return s, s.Addr },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, addr := start(t)
			dialled := func() bool {
				c, err := net.Dial("tcp", addr)
				if err == nil {
					_ = c.Close()
				}
				return err == nil
			}
			if !dialled() {
				t.Error("nobody listens after the start")
			}
			s.Kill()
			if dialled() {
				t.Error("somebody listens after Kill")
			}
			s.Kill()
			s.Restart()
			if !dialled() {
				t.Error("nobody listens after Restart")
			}
		})
	}
}

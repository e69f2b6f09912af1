package redis

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/cachetest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/peak"
)

func blob(data string) objstore.Object {
	return objstore.Object{ID: gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(data)), Kind: gitobj.KindBlob, Data: []byte(data)}
}

// reads puts an object and reads it back.
func reads(t *testing.T, s *Store) error {
	t.Helper()
	if err := s.Put(t.Context(), []objstore.Object{blob("x")}); err != nil {
		return err
	}
	got, err := s.Get(t.Context(), []gitobj.ID{blob("x").ID})
	if err == nil && string(got[0].Data) != "x" {
		t.Errorf("got %q", got[0].Data)
	}
	return err
}

func TestTLSAndPassword(t *testing.T) {
	t.Parallel()
	const password = "p@ss/w:rd?#%"
	server := cachetest.StartRedis(t, cachetest.RedisOptions{TLS: true, Password: password})
	trusting := func(raw string) *Store {
		settings, err := parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		settings.TLSConfig.RootCAs = x509.NewCertPool()
		settings.TLSConfig.RootCAs.AppendCertsFromPEM(server.CAPEM)
		s := newStore(settings, Options{})
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	if err := reads(t, trusting(server.URL())); err != nil {
		t.Errorf("with the right password: %v", err)
	}
	const wrong = "not-the-password"
	err := reads(t, trusting("rediss://:"+wrong+"@"+server.Addr))
	if err == nil || strings.Contains(err.Error(), wrong) || !strings.Contains(err.Error(), "WRONGPASS") || !strings.Contains(err.Error(), "check the user and the password") {
		t.Errorf("with a wrong password: %v", err)
	}
	if err := reads(t, trusting("rediss://"+server.Addr)); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
		t.Errorf("without a password: %v", err)
	}
	err = reads(t, open(t, Options{URL: server.URL()}))
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) || strings.Contains(err.Error(), password) {
		t.Errorf("with a certificate of an unknown authority: %v", err)
	}
}

// TestOpenSaysNoSecrets opens stores with URLs that are wrong in many ways.
func TestOpenSaysNoSecrets(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "s3cret", "http://:s3cret@host", "redis://:s3cret@", "redis://:s3cret@host:port", "redis://:s3cret@host/db", "redis://:s3/cret@host",
		"redis://s3cret@host:1/0/1", "redis://:%s3cret@host", "redis://:a s3cret@host:x", "redis://u:pw/@s3cret@host", "redis://u@host/s3cret@x",
		"redis://:s3cret@host?read_timeout=s3cret", "redis://:s3cret@host?s3cret=1", "rediss://[::1:s3cret@host", "\x7fredis://:s3cret@host",
	} {
		s, err := Open(t.Context(), Options{URL: url})
		if err == nil {
			t.Errorf("%q is accepted: %v", url, s.site.Target)
			continue
		}
		if strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "cret") || !strings.Contains(err.Error(), "redis://[user:password@]host") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := Open(t.Context(), Options{URL: "redis://host", TTL: -1}); err == nil {
		t.Error("a negative ttl is accepted")
	}
}

func TestOpenDoesNotConnect(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{URL: "redis://:s3cret@" + l.Addr().String()})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	own, err := net.Dial("tcp", l.Addr().String()) // the first connection, if the store made none
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil || c.RemoteAddr().String() != own.LocalAddr().String() {
		t.Errorf("%v connected before %v, error %v", c, own.LocalAddr(), err)
	}
	_, _ = own.Close(), l.Close()
	err = reads(t, open(t, Options{URL: "redis://:s3cret@" + l.Addr().String()}))
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), l.Addr().String()) || !strings.Contains(err.Error(), "check that the server runs") {
		t.Errorf("without a server: %v", err)
	}
}

// TestCancelEndsACallToASilentServer has a server that takes commands and never answers.
func TestCancelEndsACallToASilentServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s := open(t, Options{URL: "redis://" + l.Addr().String()})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := l.Accept(); err == nil {
			cancel() // the call is under way
			t.Cleanup(func() { _ = c.Close() })
		}
	}()
	got, err := s.Get(ctx, []gitobj.ID{blob("x").ID})
	if !errors.Is(err, context.Canceled) || len(got) != 1 || got[0].Held() {
		t.Errorf("got %v, error %v", got, err)
	}
}

// TestServerThatLiesAboutLengths answers a first command with claims that no client should make
// room for.
func TestServerThatLiesAboutLengths(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{
		"$9223372036854775807\r\n", "$99999999999\r\n", "*2147483647\r\n", "$-5\r\n", "$x\r\n", "\r\n", "+", strings.Repeat("x", longestLine+1), "%9999999\r\n", "$7\r\nshort",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Write([]byte(reply))
				_ = c.(*net.TCPConn).CloseWrite()
			}
		}()
		got, err := open(t, Options{URL: "redis://" + l.Addr().String()}).Get(t.Context(), []gitobj.ID{blob("x").ID})
		if err == nil || got[0].Held() {
			t.Errorf("a reply of %.30q: got %v, error %v", reply, got, err)
		}
		_ = l.Close()
	}
}

// TestMemoryOfAnAnswerIsBounded asks a server that answers each command with a value of the largest
// size.
func TestMemoryOfAnAnswerIsBounded(t *testing.T) {
	t.Parallel()
	const size = 4 << 20
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	reply := fmt.Appendf(nil, "$%d\r\n\x13%s\r\n", size, strings.Repeat("x", size-1))
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				in := make([]byte, 1<<10)
				_, err := c.Read(in)
				if err == nil && bytes.Contains(bytes.ToUpper(in), []byte("HELLO")) {
					_, _ = c.Write([]byte("-ERR unknown command\r\n"))
					_, err = c.Read(in)
				}
				for err == nil {
					_, err = c.Write(reply)
				}
			}()
		}
	}()
	ids := make([]gitobj.ID, 64)
	for i := range ids {
		ids[i] = blob(fmt.Sprint(i)).ID
	}
	grew := peak.Growth(t, func() {
		got, err := open(t, Options{URL: "redis://" + l.Addr().String()}).Get(t.Context(), ids)
		held := 0
		for _, o := range got {
			held += len(o.Data)
		}
		if err != nil || held == 0 || held > objstore.MaxAnswer {
			t.Errorf("%d bytes, error %v; want some and at most %d", held, err, objstore.MaxAnswer)
		}
	})
	t.Logf("%d values of %d bytes take %d MiB", len(ids), size, grew>>20)
	if grew > 100<<20 {
		t.Errorf("%d values of %d bytes take %d MiB", len(ids), size, grew>>20)
	}
}

// TestFullServer fills servers that forget and that refuse when their memory is full.
func TestFullServer(t *testing.T) {
	t.Parallel()
	const memory = 8 << 20
	fill := func(s *Store) (held int, err error) {
		var ids []gitobj.ID
		for i := range 64 {
			data := make([]byte, memory/16)
			_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(data) // never fails
			o := blob(string(data))
			ids = append(ids, o.ID)
			if err = s.Put(t.Context(), []objstore.Object{o}); err != nil {
				break
			}
		}
		got, getErr := s.Get(t.Context(), ids)
		for _, o := range got {
			if o.Held() {
				held++
			}
		}
		return held, errors.Join(err, getErr)
	}
	held, err := fill(open(t, Options{URL: cachetest.StartRedis(t, cachetest.RedisOptions{MaxMemory: memory, Evict: true}).URL()}))
	if err != nil || held == 0 || held >= 16 {
		t.Errorf("a server that evicts holds %d objects of a sixteenth of its memory each, error %v", held, err)
	}
	held, err = fill(open(t, Options{URL: cachetest.StartRedis(t, cachetest.RedisOptions{MaxMemory: memory}).URL()}))
	if err == nil || !strings.Contains(err.Error(), "OOM") || !strings.Contains(err.Error(), "maxmemory-policy") || held == 0 {
		t.Errorf("a server that does not evict holds %d objects, error %v", held, err)
	}
}

// TestLongValueIsNotRead stores a value that is far longer than a record under an object's key.
func TestLongValueIsNotRead(t *testing.T) {
	t.Parallel()
	s := open(t, Options{URL: cachetest.StartRedis(t, cachetest.RedisOptions{}).URL(), MaxObjectSize: 1000})
	if err := s.client.Set(t.Context(), s.prefix+blob("x").ID.String(), "\x13"+strings.Repeat("x", 64<<20), 0).Err(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := s.Get(t.Context(), []gitobj.ID{blob("x").ID})
	runtime.ReadMemStats(&after)
	if err != nil || got[0].Held() {
		t.Errorf("got %v, error %v", got[0].Kind, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("a value of 64 MiB took %d bytes to pass over", took)
	}
}

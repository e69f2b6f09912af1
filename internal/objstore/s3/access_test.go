package s3

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

func TestAccess(t *testing.T) {
	server := start(t)
	if err := reads(t, open(t, at(server))); err != nil {
		t.Errorf("with the right credentials: %v", err)
	}
	o := at(server)
	o.Bucket = "no-such-bucket"
	if err := reads(t, open(t, o)); err == nil || !strings.Contains(err.Error(), "create the bucket") {
		t.Errorf("without the bucket: %v", err)
	}
	if got, err := open(t, o).Get(t.Context(), []gitobj.ID{blob("x").ID}); err == nil || got[0].Held() || !strings.Contains(err.Error(), "create the bucket") {
		t.Errorf("a read without the bucket: %v", err)
	}
	file := filepath.Join(t.TempDir(), "credentials")
	profile := fmt.Sprintf("[default]\naws_access_key_id = nobody\naws_secret_access_key = s3cret\n[right]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
		server.AccessKey, server.Secret)
	if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if err := reads(t, open(t, at(server))); err == nil || !strings.Contains(err.Error(), "set AWS_ACCESS_KEY_ID") {
		t.Errorf("without credentials: %v", err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	if err := reads(t, open(t, at(server))); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "check AWS_ACCESS_KEY_ID") {
		t.Errorf("with wrong credentials: %v", err)
	}
	// This server says 404 to that, which must not pass for a miss.
	if _, err := open(t, at(server)).Get(t.Context(), []gitobj.ID{blob("x").ID}); err == nil || !strings.Contains(err.Error(), "check AWS_ACCESS_KEY_ID") {
		t.Errorf("a read with wrong credentials: %v", err)
	}
	t.Setenv("AWS_PROFILE", "right")
	if err := reads(t, open(t, at(server))); err != nil {
		t.Errorf("with the right profile: %v", err)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw, host string
		secure    bool
		wrong     bool
	}{
		{raw: "", host: "s3.eu-central-1.amazonaws.com", secure: true},
		{raw: "minio.example:9000", host: "minio.example:9000", secure: true},
		{raw: "minio.example", host: "minio.example", secure: true},
		{raw: "http://minio.example:9000/", host: "minio.example:9000"},
		{raw: "https://minio.example", host: "minio.example", secure: true},
		{raw: "localhost:9000", host: "localhost:9000"},
		{raw: "127.0.0.1:9000", host: "127.0.0.1:9000"},
		{raw: "[::1]:9000", host: "[::1]:9000"},
		{raw: "https://localhost", host: "localhost", secure: true},
		{raw: "https://key:s3cret@minio.example", wrong: true},
		{raw: "key:s3cret@minio.example", wrong: true},
		{raw: "ftp://s3cret.example", wrong: true},
		{raw: "https://", wrong: true},
		{raw: "https://minio.example/s3cret/bucket", wrong: true},
		{raw: "http://s3cret:port", wrong: true},
	} {
		host, secure, err := endpoint(c.raw, "eu-central-1")
		if host != c.host || secure != c.secure || (err != nil) != c.wrong {
			t.Errorf("%q: got %q, TLS %v, error %v; want %q, %v", c.raw, host, secure, err, c.host, c.secure)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", c.raw, err)
		}
	}
	for _, o := range []Options{{}, {Bucket: "a/b"}, {Bucket: "b", TTL: -1}, {Bucket: "b", MaxObjectSize: -1}, {Bucket: "b", Endpoint: "http://u:p@h"}} {
		if s, err := Open(t.Context(), o); err == nil {
			t.Errorf("%+v is accepted: %s", o, s.site.Target)
		}
	}
}

// TestCABundle has a server whose certificate is in AWS_CA_BUNDLE and nowhere else.
func TestCABundle(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<Error><Code>NoSuchKey</Code></Error>"))
	}))
	defer server.Close()
	o := Options{Endpoint: "https://" + server.Listener.Addr().String(), Bucket: "bucket"}
	get := func() error {
		_, err := open(t, o).Get(t.Context(), []gitobj.ID{blob("x").ID})
		return err
	}
	if err := get(); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the bundle: %v", err)
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), bundle) {
		t.Errorf("with a bundle that is not there: %v", err)
	}
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := get(); err != nil {
		t.Errorf("with the bundle: %v", err)
	}
}

// TestServersThatAnswerAnything asks servers that are none, or lie.
func TestServersThatAnswerAnything(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3000)
	for name, answer := range map[string]http.HandlerFunc{
		"another kind of server":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>welcome</html>")) },
		"a page that is not there": http.NotFound,
		"an error page":            func(w http.ResponseWriter, _ *http.Request) { http.Error(w, long, http.StatusTeapot) },
		"a value that is too long": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99999999999")
			_, _ = w.Write([]byte(long))
		},
		"a value of no length": func(w http.ResponseWriter, _ *http.Request) {
			for range 1000 {
				_, _ = w.Write([]byte(long))
				_ = http.NewResponseController(w).Flush()
			}
		},
		"a value cut short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "900")
			_, _ = w.Write([]byte("\x13short"))
		},
		"a time that is none": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Last-Modified", "yesterday") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(answer)
			defer server.Close()
			got, err := open(t, Options{Endpoint: server.Listener.Addr().String(), Bucket: "bucket", MaxObjectSize: 1000}).Get(t.Context(), []gitobj.ID{blob("x").ID})
			if len(got) != 1 || got[0].Held() {
				t.Errorf("got %v, error %v", got, err)
			}
		})
	}
}

// TestCancelEndsACall has a server that never answers.
func TestCancelEndsACall(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			cancel() // the call is under way
		}
	}()
	s := open(t, Options{Endpoint: l.Addr().String(), Bucket: "bucket"})
	if err := s.Put(ctx, []objstore.Object{blob("x"), blob("y")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
}

// TestTTLIsByTheServersClock asks a server whose clock is far from ours, and a server that does not
// tell the time.
func TestTTLIsByTheServersClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, tells := range []bool{true, false} {
		ours := now
		if tells {
			ours = now.AddDate(20, 0, 0)
		}
		for age, want := range map[time.Duration]bool{0: true, time.Hour - time.Second: true, time.Hour: false, 24 * time.Hour: false} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if w.Header()["Date"] = nil; tells {
					w.Header().Set("Date", now.Format(http.TimeFormat))
				}
				w.Header().Set("Last-Modified", now.Add(-age).Format(http.TimeFormat))
				_, _ = w.Write([]byte("\x13x"))
			}))
			o := Options{Endpoint: server.Listener.Addr().String(), Bucket: "bucket", TTL: time.Hour, Now: func() time.Time { return ours }}
			got, err := open(t, o).Get(t.Context(), []gitobj.ID{blob("x").ID})
			if err != nil || got[0].Held() != want {
				t.Errorf("%s old, the server tells the time: %v: held %v, error %v", age, tells, got[0].Held(), err)
			}
			server.Close()
		}
	}
}

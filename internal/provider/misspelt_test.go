package provider

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// lookedUp counts DNS queries that contain the secret, or the host, of a misspelt address. No test
// of this package needs a response, and none gets one.
var lookedUp = func() *atomic.Int64 {
	var n atomic.Int64
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return questions{secret: &n}, nil
	}}
	return &n
}()

// questions is a connection to a resolver that hangs up.
type questions struct {
	net.Conn
	secret *atomic.Int64
}

func (q questions) Write(p []byte) (int, error) {
	p = bytes.ToLower(p)
	for _, label := range []string{"s3cret", "\x02ci", "oauth2"} {
		if bytes.Contains(p, []byte(label)) {
			q.secret.Add(1)
		}
	}
	return len(p), nil
}

func (questions) Read([]byte) (int, error)    { return 0, io.ErrUnexpectedEOF }
func (questions) Close() error                { return nil }
func (questions) SetDeadline(time.Time) error { return nil }

// A misspelt address is refused, wherever it is configured, without printing a part of it, and is
// not looked up.
func TestMisspeltAddressesAreNeitherToldNorLookedUp(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	app := func(u string) object {
		return object{"url": "https://git.invalid/r.git", "auth": object{"github_app": object{
			"app_id": "1", "installation_id": "1", "private_key_pem": "x", "api_url": u,
		}}}
	}
	for place, block := range map[string]func(string) (block object, env []string){
		"url":         func(u string) (object, []string) { return object{"url": u}, nil },
		"NANOGIT_URL": func(u string) (object, []string) { return object{}, []string{"NANOGIT_URL=" + u} },
		"repository":  func(u string) (object, []string) { return object{"url": "https://git.invalid/r.git"}, nil },
		"api_url":     func(u string) (object, []string) { return app(u), nil },
		"redis":       cacheBlock("redis"),
		"postgres":    cacheBlock("postgres"),
		"endpoint": func(u string) (object, []string) {
			return object{"object_cache": object{"type": "s3", "bucket": "b", "endpoint": u}}, nil
		},
		"NANOGIT_OBJECT_CACHE": func(u string) (object, []string) { return object{}, []string{"NANOGIT_OBJECT_CACHE=" + u} },
	} {
		for _, u := range []string{
			"oauth2:s3cret@host.invalid/org/r.git", "s3cret@host.invalid/org/r.git", "SCHEME://ci:7/xs3cret@host.invalid/r.git", "SCHEME://s3cret/EN@host.invalid/r",
			"SCHEME://ci:s3?cret@host.invalid/r", "SCHEME://ci:s3cret#x@host.invalid/r", "SCHEME://ci:s3%zzcret@host.invalid/r", "SCHEME://ci:s3cret /@host.invalid",
			"s3cret://host.invalid/r", "SCHEME:ci:s3cret@host.invalid/r", "SCHEME:///ci?s3cret@host.invalid", "disk://ci:x?s3cret@host.invalid/r",
		} {
			scheme := map[string]string{"redis": "redis", "postgres": "postgres", "NANOGIT_OBJECT_CACHE": "redis"}[place]
			if scheme == "" {
				scheme = "https"
			}
			u = strings.ReplaceAll(u, "SCHEME", scheme)
			file := object{"path": "f", "content": "x", "repository": "https://git.invalid/r.git"}
			if place == "url" || place == "NANOGIT_URL" {
				delete(file, "repository")
			}
			if place == "repository" {
				file["repository"] = u
			}
			b, env := block(u)
			out := applyTo(t, file, b, append([]string{"HOME=" + t.TempDir()}, env...)...)
			if out == "" || strings.Contains(out, "s3cret") || strings.Contains(out, "s3%") || strings.Contains(out, "EN@") || strings.Contains(out, "cret@") {
				t.Errorf("%s, %s: got %s", place, u, out)
			}
		}
	}
	if n := lookedUp.Load(); n > 0 {
		t.Errorf("%d questions to the DNS are about misspelt addresses", n)
	}
	if _, err := net.DefaultResolver.LookupHost(t.Context(), "s3cret.invalid"); err == nil || lookedUp.Load() == 0 {
		t.Errorf("questions are not seen: %v", err)
	}
}

func cacheBlock(kind string) func(string) (map[string]any, []string) {
	return func(u string) (map[string]any, []string) {
		return map[string]any{"object_cache": map[string]any{"type": kind, "url": u}}, nil
	}
}

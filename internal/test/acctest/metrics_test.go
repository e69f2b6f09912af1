package acctest_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// collector receives the telemetry that a provider exports (OTLP over HTTP).
type collector struct {
	env string // sets its address in the provider's environment
	mu  sync.Mutex
	got map[string][]byte // bodies, by path
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{got: map[string][]byte{}}
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.got[r.URL.Path] = append(c.got[r.URL.Path], text...)
	}))
	t.Cleanup(srv.Close)
	c.env = "OTEL_EXPORTER_OTLP_ENDPOINT=" + srv.URL
	return c
}

// received returns the bodies so far, by path.
func (c *collector) received() map[string][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.got)
}

// TestFiguresOfTheCacheReachTheCollectorAndTheLog runs the provider, which ends within a moment of
// its last answer.
func TestFiguresOfTheCacheReachTheCollectorAndTheLog(t *testing.T) {
	t.Parallel()
	otlp := newCollector(t)
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t, otlp.env)
	w.Trace()
	w.Config(t, provider(repo, diskCache(filepath.Join(w.Dir, "cache")))+one("docs/file.txt", "hello\n", ""))
	w.Apply(t)
	got := otlp.received()
	for path, wants := range map[string][]string{
		"/v1/metrics": {"nanogit.object_cache.objects", "nanogit.object_cache.io", "nanogit.object_cache.operation.duration", "terraform-provider-nanogit", "disk"},
		"/v1/traces":  {"object_cache get", "object_cache put"},
	} {
		for _, want := range wants {
			if !bytes.Contains(got[path], []byte(want)) {
				t.Errorf("%s: %d bytes arrived, without %q", path, len(got[path]), want)
			}
		}
	}
	if n := strings.Count(w.Log.String(), "object cache (disk): "); n < 1 {
		t.Error("the log has no line that sums the cache up")
	}
}

package acctest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
)

// TestFiguresOfTheCacheReachTheCollectorAndTheLog runs the provider, which ends within a moment of its last answer.
func TestFiguresOfTheCacheReachTheCollectorAndTheLog(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	got := map[string][]byte{}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path] = append(got[r.URL.Path], body...)
	}))
	t.Cleanup(collector.Close)
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	w := acctest.NewWorkspace(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	w.Trace()
	w.Config(t, provider(repo, diskCache(filepath.Join(w.Dir, "cache")))+one("docs/file.txt", "hello\n", ""))
	w.Apply(t)
	mu.Lock()
	defer mu.Unlock()
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

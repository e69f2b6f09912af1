package acctest_test

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestAProxyFromTheEnvironmentIsUsed has a host name that only the proxy can resolve.
func TestAProxyFromTheEnvironmentIsUsed(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{Username: "jo", Password: password})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	origin, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	// The proxy alone knows where git.invalid is: no name server does.
	var passed atomic.Int32
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		if r.In.URL.Host != "git.invalid" {
			t.Errorf("the proxy was asked for %q", r.In.URL)
		}
		passed.Add(1)
		r.SetURL(origin)
	}})
	t.Cleanup(proxy.Close)

	w := acctest.NewWorkspace(t, "HTTP_PROXY="+proxy.URL, "NANOGIT_USERNAME=jo", "NANOGIT_PASSWORD="+password)
	w.Config(t, `
provider "nanogit" {
  url                 = "http://git.invalid/r.git"
  allow_insecure_http = true
}
`+one("a/b.txt", "through the proxy\n", ""))
	w.Apply(t)
	w.Clean(t)
	if got := repo.Content(t, "main", "a/b.txt"); got != "through the proxy\n" {
		t.Errorf("a/b.txt holds %q", got)
	}
	if all := server.Stats().Requests; int(passed.Load()) != all {
		t.Errorf("%d of %d requests went through the proxy", passed.Load(), all)
	}
}

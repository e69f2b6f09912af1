package gittest_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// TestProxyForwardsForThoseItKnows requests a server by its name, with right and wrong credentials,
// and other servers.
func TestProxyForwardsForThoseItKnows(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	server.NewRepo(t, "r.git", gittest.RepoOptions{})
	p := gittest.NewProxy(t, server, "jo", "p/w")
	get := func(proxy, host string) int {
		t.Helper()
		u, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		c := http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(u), DisableKeepAlives: true}}
		resp, err := c.Get("http://" + host + "/r.git/info/refs?service=git-upload-pack")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	for _, tt := range []struct {
		proxy, host string
		want        int
	}{
		{p.URL("jo", "p/w"), gittest.ProxyHost, 200},
		{p.URL("jo", "x"), gittest.ProxyHost, 407},
		{p.URL("", ""), gittest.ProxyHost, 407},
		{p.URL("jo", "p/w"), "elsewhere.invalid", 403},
	} {
		if got := get(tt.proxy, tt.host); got != tt.want {
			t.Errorf("%s by %s: got %d, want %d", tt.host, tt.proxy, got, tt.want)
		}
	}
	if got, want := p.Stats(), (gittest.ProxyStats{Forwarded: 1, Refused: 2, Elsewhere: 1}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

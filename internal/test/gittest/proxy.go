package gittest

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// ProxyHost is a name that no name server knows; a certificate of a TLS server holds for it.
// Clients never ask a proxy for the loopback interface, so behind a proxy a server needs another
// name.
const ProxyHost = "git.invalid"

// Proxy is an HTTP proxy: it opens tunnels (CONNECT) and forwards plain requests for clients with
// its credentials. It knows a single server, under the name [ProxyHost].
type Proxy struct {
	username, password string
	target             string // host:port of the server
	listener           net.Listener
	http               *http.Server
	forward            *httputil.ReverseProxy

	mu    sync.Mutex // guards the fields below
	stats ProxyStats
	conns map[net.Conn]bool
}

// ProxyStats counts the requests to a proxy.
type ProxyStats struct {
	Tunnels   int // opened
	Forwarded int // plain requests
	Refused   int // 407
	Elsewhere int // requests for another host
}

// NewProxy starts a proxy to a server, which ends with the test. Without a username everybody may
// use it.
func NewProxy(t testing.TB, s *Server, username, password string) *Proxy {
	t.Helper()
	to, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{username: username, password: password, target: to.Host, conns: map[net.Conn]bool{}}
	p.forward = &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: p.target})
	}}
	p.http = &http.Server{Handler: p, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.http.Serve(p.listener) }() // ends with ErrServerClosed
	t.Cleanup(func() {
		if err := p.http.Close(); err != nil {
			t.Errorf("stop the proxy: %v", err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for c := range p.conns {
			_ = c.Close() // the other side may have done so
		}
	})
	return p
}

// URL is the address of the proxy for HTTP_PROXY and HTTPS_PROXY, with these credentials in it; an
// empty username stands for none.
func (p *Proxy) URL(username, password string) string {
	u := url.URL{Scheme: "http", Host: p.listener.Addr().String()}
	if username != "" {
		u.User = url.UserPassword(username, password)
	}
	return u.String()
}

// Stats returns the counts so far.
func (p *Proxy) Stats() ProxyStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

func (p *Proxy) count(n *int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*n++
}

// ServeHTTP serves a request to the proxy.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.username != "" {
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.username+":"+p.password))
		if !same(r.Header.Get("Proxy-Authorization"), want) {
			p.count(&p.stats.Refused)
			w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
			http.Error(w, "who are you?", http.StatusProxyAuthRequired)
			return
		}
	}
	if host, _, _ := strings.Cut(r.Host, ":"); host != ProxyHost {
		p.count(&p.stats.Elsewhere)
		http.Error(w, "not there", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodConnect {
		p.count(&p.stats.Forwarded)
		_ = http.NewResponseController(w).EnableFullDuplex() // git answers before it has read everything
		p.forward.ServeHTTP(w, r)
		return
	}
	p.count(&p.stats.Tunnels)
	if err := p.tunnel(r.Context(), w); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

// tunnel copies bytes between the client and the server, until either of them closes.
func (p *Proxy) tunnel(ctx context.Context, w http.ResponseWriter) error {
	var d net.Dialer
	server, err := d.DialContext(ctx, "tcp", p.target)
	if err != nil {
		return err
	}
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return errors.Join(err, server.Close())
	}
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return nil //nolint:nilerr // the client is gone, and there is nobody to tell
	}
	end := func(to, from net.Conn, r io.Reader) {
		_, _ = io.Copy(to, r) // ends when either side does
		_ = to.Close()
		_ = from.Close()
	}
	go end(server, client, buffered)
	go end(client, server, server)
	return nil
}

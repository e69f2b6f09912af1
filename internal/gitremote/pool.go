package gitremote

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// TLSOptions says whom to trust and who we are. Its values are PEM texts.
type TLSOptions struct {
	CACertPEM          string // certificates to trust instead of the system's roots
	ClientCertPEM      string // with ClientKeyPEM: proves who we are
	ClientKeyPEM       string
	InsecureSkipVerify bool // trust any certificate
}

func (o TLSOptions) config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.InsecureSkipVerify}
	var err error
	if o.CACertPEM != "" {
		if c.RootCAs, err = certificates(o.CACertPEM); err != nil {
			return nil, err
		}
	}
	if o.ClientCertPEM != "" || o.ClientKeyPEM != "" {
		pair, err := clientPair(o.ClientCertPEM, o.ClientKeyPEM)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// Check reports what makes the options unusable.
func (o TLSOptions) Check() error {
	_, err := o.config()
	return err
}

// Format implements fmt.Formatter: it hides the key.
func (TLSOptions) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// Pool shares connections between the remotes of one process: those with the same TLS options use one
// transport, so that repositories of one host use one connection. It is safe for concurrent use.
type Pool struct {
	mu         sync.Mutex
	transports map[TLSOptions]*http.Transport
}

// NewPool returns an empty pool. Nothing is opened before the first request.
func NewPool() *Pool { return &Pool{transports: map[TLSOptions]*http.Transport{}} }

// Transport is how servers are reached with these options, for those who ask them for something else than Git.
func (p *Pool) Transport(o TLSOptions) (http.RoundTripper, error) {
	t, err := p.transport(o)
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (p *Pool) transport(o TLSOptions) (*http.Transport, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t, ok := p.transports[o]; ok {
		return t, nil
	}
	c, err := o.config()
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: tunnelled,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        c,
		TLSHandshakeTimeout:    30 * time.Second,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // packs are deflated already
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		WriteBufferSize:        16 << 10,
		// The largest amount that a server may have under way when a response is abandoned.
		HTTP2: &http.HTTP2Config{MaxReceiveBufferPerStream: 512 << 10},
	}
	p.transports[o] = t
	return t, nil
}

// Close closes the idle connections. Remotes that still use the pool open new ones.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.transports {
		t.CloseIdleConnections()
	}
	return nil
}

package httpwire

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// TLSOptions say which servers are trusted, and hold the client certificate. The values are PEM
// texts.
type TLSOptions struct {
	secret.Hidden
	CACertPEM          string // certificates to trust instead of the system's roots
	ClientCertPEM      string // with ClientKeyPEM: the certificate that is shown to servers
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
	} else {
		c.GetClientCertificate = noCertificate
	}
	return c, nil
}

// Check returns the error that makes the options unusable.
func (o TLSOptions) Check() error {
	_, err := o.config()
	return err
}

// Pool shares connections: the transports with the same TLS options use the same connections. It is
// safe for concurrent use.
type Pool struct {
	mu         sync.Mutex
	transports map[TLSOptions]*http.Transport
	over       http.RoundTripper // serves all requests; nil but in tests
}

// NewPool returns an empty pool. Nothing is opened before the first request.
func NewPool() *Pool { return &Pool{transports: map[TLSOptions]*http.Transport{}} }

// PoolOver returns a pool that sends all requests through rt: a test answers them without a
// network.
func PoolOver(rt http.RoundTripper) *Pool { return &Pool{over: rt} }

// Transport returns the connections with these options, for requests to other services than Git as
// well.
func (p *Pool) Transport(o TLSOptions) (http.RoundTripper, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t, ok := p.transports[o]; ok {
		return t, nil
	}
	c, err := o.config()
	if err != nil {
		return nil, err
	}
	if p.over != nil {
		return p.over, nil
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy:                  proxyOf,
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

// Close closes the idle connections. Transports that still use the pool open new ones.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.transports {
		t.CloseIdleConnections()
	}
}

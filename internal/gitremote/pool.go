package gitremote

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
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
	if o.CACertPEM != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM([]byte(o.CACertPEM)) {
			return nil, errors.New("TLS: the CA certificate is no PEM certificate")
		}
	}
	if o.ClientCertPEM != "" || o.ClientKeyPEM != "" {
		pair, err := tls.X509KeyPair([]byte(o.ClientCertPEM), []byte(o.ClientKeyPEM))
		if err != nil {
			return nil, fmt.Errorf("TLS: client certificate and key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
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
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second, Control: shortSegments}
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
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

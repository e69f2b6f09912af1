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

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
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
// transport, and those of one user on one host one SSH client, so that repositories of one host use one connection. It is
// safe for concurrent use.
type Pool struct {
	mu         sync.Mutex
	transports map[TLSOptions]*http.Transport
	clients    map[sshKey]*sshclient.Client
}

// sshKey is what SSH connections are shared by.
type sshKey struct {
	options          *sshclient.Options
	user, host, port string
}

// NewPool returns an empty pool. Nothing is opened before the first request.
func NewPool() *Pool {
	return &Pool{transports: map[TLSOptions]*http.Transport{}, clients: map[sshKey]*sshclient.Client{}}
}

func (p *Pool) ssh(o *sshclient.Options, a giturl.SSH) (*sshclient.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := sshKey{options: o, user: a.User, host: a.Host, port: a.Port}
	if c, ok := p.clients[key]; ok {
		return c, nil
	}
	c, err := sshclient.New(o, a.User, a.Host, a.Port)
	if err == nil {
		p.clients[key] = c
	}
	return c, err
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

// Close closes the idle connections, and all over SSH. Remotes that still use the pool open new ones over HTTP, and fail
// over SSH.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.transports {
		t.CloseIdleConnections()
	}
	var errs []error
	for _, c := range p.clients {
		errs = append(errs, c.Close())
	}
	clear(p.clients)
	return errors.Join(errs...)
}

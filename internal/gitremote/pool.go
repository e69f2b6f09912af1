package gitremote

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// TLSOptions says whom to trust and who we are. Its values are PEM texts.
type TLSOptions struct {
	secret.Hidden
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
	} else {
		c.GetClientCertificate = noCertificate
	}
	return c, nil
}

// Check reports what makes the options unusable.
func (o TLSOptions) Check() error {
	_, err := o.config()
	return err
}

// Pool shares connections between the remotes of one process: those with the same TLS options use
// one transport, and those of one user on one host one SSH client, so that repositories of one host
// use one connection. It is safe for concurrent use.
type Pool struct {
	mu         sync.Mutex
	transports map[TLSOptions]*http.Transport
	clients    map[sshKey]*sshclient.Client
	told       told
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

// Transport is how servers are reached with these options, for those who ask them for something
// else than Git.
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

// Close closes the idle connections, and all over SSH. Remotes that still use the pool open new
// ones over HTTP, and fail over SSH.
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

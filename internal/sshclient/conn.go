package sshclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// conn is a connection to a server, over the jump hosts on the way.
type conn struct {
	ssh  *ssh.Client
	raw  net.Conn // TCP, to the first server on the way
	hops []*ssh.Client
	wire *activity
	done chan struct{} // closed when the connection is over

	// Guarded by the Client's mutex:
	sessions map[*Session]struct{} // the open sessions
	starting int                   // sessions that are being opened
	limit    int                   // the number that the server allows at the same time; 0: not known
	served   bool                  // whether a session was ever opened
}

// activity counts the bytes that arrive. Sent bytes prove nothing: they may pile up before a broken
// line.
type activity struct {
	net.Conn
	received atomic.Int64
}

// Read implements io.Reader.
func (a *activity) Read(p []byte) (int, error) {
	n, err := a.Conn.Read(p)
	a.received.Add(int64(n))
	return n, err
}

// connect makes a connection: to the first hop over TCP, from each hop to the next. It logs in on
// each.
func (c *Client) connect(ctx context.Context) (_ *conn, err error) {
	cn := &conn{done: make(chan struct{}), sessions: map[*Session]struct{}{}}
	defer func() {
		if err != nil {
			cn.close()
		}
	}()
	for _, p := range append(slices.Clip(c.location.hops), c.location) {
		hop, cancel := context.WithTimeoutCause(ctx, c.limits.Connect, fmt.Errorf("no answer within %v", c.limits.Connect))
		err := cn.extend(hop, c, p)
		cancel()
		if err != nil {
			return nil, c.explain(ctx, p, err)
		}
	}
	go func() {
		_ = cn.ssh.Wait() // its error does not matter: the sessions on the connection get their own
		close(cn.done)
		cn.close()
	}()
	go cn.watch(c.limits, c.idle)
	return cn, nil
}

// extend adds a server to the end of the connection.
func (cn *conn) extend(ctx context.Context, c *Client, p *location) error {
	keys, err := c.hostKeys(p)
	if err != nil {
		return err
	}
	l, err := newLogin(ctx, p)
	if err != nil {
		return err
	}
	defer l.close()
	var way net.Conn
	if cn.ssh == nil {
		way, err = c.dial(ctx, p.address())
	} else {
		way, err = cn.ssh.DialContext(ctx, "tcp", p.address())
	}
	if err != nil {
		return err
	}
	if cn.ssh == nil {
		cn.wire = &activity{Conn: way}
		cn.raw, way = way, cn.wire
	} else {
		cn.hops = append(cn.hops, cn.ssh)
	}
	cn.ssh, err = handshake(ctx, cn, way, p, keys, l)
	return err
}

// handshake makes the SSH handshake and logs in. When ctx ends, the first TCP connection is closed:
// a channel through a hop has no deadline.
func handshake(ctx context.Context, cn *conn, way net.Conn, p *location, keys *hostKeys, l *login) (*ssh.Client, error) {
	var banner string
	var untrusted error
	var trusted bool
	var first sync.Once // keys may be exchanged again concurrently with the end of this function
	config := &ssh.ClientConfig{
		User: p.user, ClientVersion: "SSH-2.0-nanogit",
		HostKeyAlgorithms: keys.algorithms(),
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			err := keys.check(host, remote, key)
			first.Do(func() { untrusted, trusted = err, err == nil })
			return err
		},
		BannerCallback: func(message string) error {
			banner = message[:min(len(message), maxWords)]
			return nil
		},
		AuthCallback: l.next,
	}
	var client *ssh.Client
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		_ = cn.raw.Close()
		l.close()
	})
	go func() {
		connection, channels, requests, err := ssh.NewClientConn(way, p.address(), config)
		if err == nil {
			client = ssh.NewClient(connection, channels, requests)
		}
		ended <- err
	}()
	err := <-ended
	if !stop() {
		if err == nil {
			_ = client.Close()
		}
		return nil, context.Cause(ctx)
	}
	if err == nil {
		return client, nil
	}
	var negotiation *ssh.AlgorithmNegotiationError
	switch {
	case untrusted != nil:
		return nil, untrusted
	case errors.As(err, &negotiation):
		return nil, &Error{Kind: ErrProtocol, Host: p.address(), Err: err, lasting: true, Hint: "the server offers nothing that is still safe: it needs an update"}
	case trusted:
		return nil, l.ended(err, banner)
	}
	return nil, &Error{Kind: ErrUnreachable, Host: p.address(), Err: err, Hint: "check host and port: an SSH server has to answer there"}
}

// lost reports whether an error is about the connection, not about a message on it.
func lost(err error) bool {
	var network net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &network)
}

// explain makes an *Error of the error that kept a server from being connected to.
func (c *Client) explain(ctx context.Context, p *location, err error) error {
	var known *Error
	var dns *net.DNSError
	var refused *ssh.OpenChannelError
	switch {
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case errors.As(err, &known):
		return err
	case errors.As(err, &refused):
		return &Error{Kind: ErrUnreachable, Host: p.address(), Err: fmt.Errorf("the host before it on the way does not connect: %w", err), Hint: "check that the host of ProxyJump may forward connections and reaches this one"}
	case errors.As(err, &dns) && dns.IsNotFound:
		e := &Error{Kind: ErrNotFound, Host: p.address(), Err: err, Hint: "check the host's name"}
		if p.host == p.name && !strings.Contains(p.name, ".") {
			e.Hint += ", and that ~/.ssh/config has this alias where Terraform runs"
		}
		return e
	}
	e := &Error{Kind: ErrUnreachable, Host: p.address(), Err: err, Hint: "check host and port, and the network between"}
	if p.settings.proxyCommand != "" {
		e.Hint = "the configuration has a ProxyCommand for this host, which is not run: use ProxyJump"
	}
	return e
}

// keepAlive is a request that every server answers, perhaps with a refusal.
const keepAlive = "keepalive@openssh.com"

// watch sends a keep-alive request after silence. It closes the connection when no response comes,
// or when no command was at work for long.
func (cn *conn) watch(l Limits, idle func(*conn) bool) {
	tick := time.NewTicker(l.KeepAlive)
	defer tick.Stop()
	var before int64
	var rest time.Duration
	for {
		select {
		case <-cn.done:
			return
		case <-tick.C:
		}
		if rest += l.KeepAlive; !idle(cn) {
			rest = 0
		} else if rest >= l.Idle {
			cn.close()
			return
		}
		if now := cn.wire.received.Load(); now != before {
			before = now
			continue
		}
		late := time.AfterFunc(l.Lost, cn.close)
		_, _, err := cn.ssh.SendRequest(keepAlive, true, nil)
		late.Stop()
		if err != nil {
			return
		}
		before = cn.wire.received.Load()
	}
}

// close closes the connection. It may be called twice.
func (cn *conn) close() {
	if cn.raw != nil {
		_ = cn.raw.Close()
	}
}

// over reports whether the connection has ended.
func (cn *conn) over() bool {
	select {
	case <-cn.done:
		return true
	default:
		return false
	}
}

// dialTCP connects to a server.
func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: 30 * time.Second}
	return d.DialContext(ctx, "tcp", address)
}

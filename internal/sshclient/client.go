package sshclient

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/crypto/ssh"
)

// Client starts commands as a user on a host. It is safe for concurrent use.
type Client struct {
	location *location
	limits   Limits
	dial     dialFunc
	life     context.Context // ends with Close
	end      context.CancelFunc

	mu      sync.Mutex // guards the fields below
	conns   []*conn
	making  *making                 // the connection that is being made, or nil
	keys    map[*location]*hostKeys // by server
	refused error                   // why no further connection is made
	changed chan struct{}           // closed, and replaced, when there may be room again
	parked  uint64                  // counts sessions that rest
}

// making is a connection that several callers wait for.
type making struct {
	done chan struct{}
	err  error
}

// maxConns is the number of connections to a server after which a command has to wait for another
// command to end. Usually there is a single connection; the others are for servers that allow few
// sessions on each.
const maxConns = 3

// New reads the configuration for a host. user and port may be "". Nothing is sent.
func New(o *Options, user, host, port string) (*Client, error) {
	if o == nil {
		o = &Options{}
	}
	p, err := o.find(user, host, port)
	if err != nil {
		return nil, err
	}
	c := &Client{
		location: p, limits: o.Limits.withDefaults(), dial: o.Dial, keys: map[*location]*hostKeys{}, changed: make(chan struct{}),
	}
	if c.dial == nil {
		c.dial = dialTCP
	}
	c.life, c.end = context.WithCancel(context.Background())
	return c, nil
}

// Address is the host and port to connect to, after the configuration.
func (c *Client) Address() string { return c.location.address() }

// Start starts a command, with variables for its environment that the server may ignore. It waits
// for a session if the server allows no more of them at present.
func (c *Client) Start(ctx context.Context, command string, env map[string]string) (*Session, error) {
	again, paused := true, 0
	pauses := backoff.ExponentialBackOff{InitialInterval: firstPause, Multiplier: 2, MaxInterval: lastPause, RandomizationFactor: 0.5}
	for {
		cn, err := c.room(ctx)
		if err != nil {
			return nil, err
		}
		s, err := c.open(ctx, cn, command, env)
		if err == nil {
			return s, nil
		}
		var refused *ssh.OpenChannelError
		switch {
		case context.Cause(ctx) != nil:
			return nil, context.Cause(ctx)
		case c.life.Err() != nil:
			return nil, ErrClosed
		case errors.As(err, &refused):
			switch c.refuses(cn, paused >= maxPauses) {
			case lingers:
				if err := pause(ctx, pauses.NextBackOff()); err != nil {
					return nil, err
				}
				paused++
			case closed:
				return nil, &Error{Kind: ErrDenied, Host: c.location.address(), Err: refused, Hint: "the server lets nobody run a command (MaxSessions 0?)", lasting: true}
			case full:
			}
		case errors.Is(err, errCommand):
			return nil, &Error{Kind: ErrDenied, Host: c.location.address(), Err: err, Hint: "the account must be allowed to run git-upload-pack and git-receive-pack"}
		case !again:
			return nil, &Error{Kind: ErrUnreachable, Host: c.location.address(), Err: err}
		default: // the connection turned out to be lost: nothing was started on it
			again = false
			cn.close()
			<-cn.done
		}
	}
}

// room finds a connection that has room for a session, and takes that room.
func (c *Client) room(ctx context.Context) (*conn, error) {
	for {
		c.mu.Lock()
		if c.life.Err() != nil || c.refused != nil {
			defer c.mu.Unlock()
			if c.refused != nil {
				return nil, c.refused
			}
			return nil, ErrClosed
		}
		c.conns = slices.DeleteFunc(c.conns, (*conn).over)
		for _, cn := range c.conns {
			if n := cn.starting + len(cn.sessions); cn.limit == 0 || n < cn.limit {
				cn.starting++
				c.mu.Unlock()
				return cn, nil
			}
		}
		m, changed := c.making, c.changed
		if m == nil && len(c.conns) < maxConns {
			m = &making{done: make(chan struct{})}
			c.making = m
			go c.make(m)
		}
		if m == nil {
			c.endRestingLocked()
		}
		c.mu.Unlock()
		var made chan struct{}
		if m != nil {
			made = m.done
		}
		select {
		case <-made:
			if m.err != nil {
				return nil, m.err
			}
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// make makes a connection for the callers that wait for it.
func (c *Client) make(m *making) {
	cn, err := c.connect(c.life)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.making, m.err = nil, err
	var e *Error
	switch {
	case err == nil && c.life.Err() != nil:
		cn.close()
		m.err = ErrClosed
	case err == nil:
		c.conns = append(c.conns, cn)
	case c.life.Err() != nil:
		m.err = ErrClosed
	case errors.As(err, &e) && e.lasting:
		c.refused = err
	}
	close(m.done)
}

// endRestingLocked ends the session that has rested for the longest time, if any rests.
func (c *Client) endRestingLocked() {
	var oldest *Session
	for _, cn := range c.conns {
		for s := range cn.sessions {
			if s.resting > 0 && (oldest == nil || s.resting < oldest.resting) {
				oldest = s
			}
		}
	}
	if oldest != nil {
		oldest.resting = ended
		oldest.Close()
	}
}

// Pauses between attempts to open a session when a session has just ended.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second
	maxPauses  = 7 // which take about a second and a quarter together
)

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// refusal is the reason why a server opens no session.
type refusal int

const (
	full    refusal = iota // it has opened others on the connection
	lingers                // sessions that we ended are not over for the server until their commands have ended
	closed                 // it opens none at all
)

// refuses records that the server opens no further session on a connection, and returns the reason.
// lasts says that it has refused for a long time: then the connection is closed.
func (c *Client) refuses(cn *conn, lasts bool) refusal {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := cn.starting + len(cn.sessions)
	switch {
	case n > 0:
		cn.limit = n
		return full
	case !cn.served:
		return closed
	case !lasts:
		return lingers
	}
	c.conns = slices.DeleteFunc(c.conns, func(other *conn) bool { return other == cn })
	cn.close()
	return full
}

// idle reports whether all commands on a connection rest.
func (c *Client) idle(cn *conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s := range cn.sessions {
		if s.resting == 0 {
			return false
		}
	}
	return cn.starting == 0
}

// hostKeys returns the known keys of a server, which all connections share.
func (c *Client) hostKeys(p *location) (*hostKeys, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.keys[p]; h != nil {
		return h, nil
	}
	h, err := newHostKeys(p)
	if err == nil {
		c.keys[p] = h
	}
	return h, err
}

// changedLocked wakes the callers that wait for room.
func (c *Client) changedLocked() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Close ends all sessions and connections. It may be called twice.
func (c *Client) Close() error {
	c.end()
	c.mu.Lock()
	conns, m := slices.Clone(c.conns), c.making
	c.mu.Unlock()
	if m != nil {
		<-m.done
	}
	for _, cn := range conns {
		cn.close()
		<-cn.done
	}
	return nil
}

// dialFunc opens a connection to host:port.
type dialFunc = func(ctx context.Context, address string) (net.Conn, error)

package pipewire

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// NewSSH returns a transport to the repository of target on a server that starts git's services as
// commands. login says how to log in, and which hosts to trust; nil: as OpenSSH does. The
// connection is the pool's.
func NewSSH(target *exchange.Target, login *sshclient.Options, a giturl.SSH, pool *Pool) (*Transport, error) {
	client, err := pool.client(login, a)
	if err != nil {
		e := sshError(err)
		e.Op, e.URL = "open", target.URL
		return nil, e
	}
	return &Transport{target: target, dialer: overSSH{client: client, path: a.Path}}, nil
}

// Pool shares connections: the repositories of a host use the same connection for the same user and
// the same way to log in. It is safe for concurrent use.
type Pool struct {
	mu      sync.Mutex
	clients map[poolKey]*sshclient.Client
}

// poolKey holds the fields in which two repositories agree that share a connection.
type poolKey struct {
	login            *sshclient.Options
	user, host, port string
}

// NewPool returns an empty pool. Nothing is opened before the first request.
func NewPool() *Pool { return &Pool{clients: map[poolKey]*sshclient.Client{}} }

func (p *Pool) client(login *sshclient.Options, a giturl.SSH) (*sshclient.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := poolKey{login: login, user: a.User, host: a.Host, port: a.Port}
	if c, ok := p.clients[key]; ok {
		return c, nil
	}
	c, err := sshclient.New(login, a.User, a.Host, a.Port)
	if err == nil {
		p.clients[key] = c
	}
	return c, err
}

// Close closes the connections. Transports that still use the pool fail.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, c := range p.clients {
		errs = append(errs, c.Close())
	}
	clear(p.clients)
	return errors.Join(errs...)
}

// overSSH starts the services of a repository over a connection that other repositories share.
type overSSH struct {
	client *sshclient.Client
	path   string
}

func (d overSSH) dial(ctx context.Context, service string, v2 bool) (pipe, error) {
	var env map[string]string
	if v2 {
		env = map[string]string{"GIT_PROTOCOL": "version=2"} // git(1); a server may drop it, and then speaks version 0
	}
	s, err := d.client.Start(ctx, service+" "+quote(d.path), env)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, sshError(err)
	}
	return session{s}, nil
}

// quote turns a path into a word for the shell at the other end, as git does (quote.c,
// sq_quote_buf): servers that are no shell, such as those of the large hosts, read just that form.
func quote(path string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(path) + "'"
}

// session is a service as a command over SSH.
type session struct{ *sshclient.Session }

func (s session) closeWrite() error { return s.CloseWrite() }
func (s session) close()            { s.Close() }

// end takes a status from 1 to 128 for a failure. Above 128 a signal ended the command, which says
// nothing about the request.
func (s session) end() ending {
	e := s.End()
	return ending{words: e.Words, failed: e.Status > 0 && e.Status <= 128}
}

func (s session) yield()       { s.Rest() }
func (s session) resume() bool { return s.Work() }

// sshError returns the error of a command that could not be started.
func sshError(err error) *exchange.Error {
	out := &exchange.Error{Kind: exchange.ErrTransient, Err: err}
	if e, ok := errors.AsType[*sshclient.Error](err); ok {
		out.Hint, out.Server = e.Hint, gitwire.Clean(e.Words, gitwire.MaxText)
	}
	for kind, ours := range map[error]error{
		sshclient.ErrConfig: exchange.ErrURL, sshclient.ErrNotFound: exchange.ErrNotFound, sshclient.ErrProtocol: exchange.ErrProtocol,
		sshclient.ErrKey: exchange.ErrAuthentication, sshclient.ErrDenied: exchange.ErrAuthentication, sshclient.ErrHostKey: exchange.ErrHostKey, sshclient.ErrClosed: exchange.ErrURL,
	} {
		if errors.Is(err, kind) {
			out.Kind = ours
		}
	}
	out.Unreached = out.Kind == exchange.ErrTransient && exchange.Dialing(err)
	return out
}

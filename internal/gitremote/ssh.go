package gitremote

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// openSSH opens a repository on a server that starts Git's services as commands.
func openSSH(o Options, a giturl.SSH) (*Remote, error) {
	r := &Remote{
		url: a.String(), limits: o.Limits.withDefaults(), log: o.Logf, offers: map[string]gitwire.Capabilities{},
	}
	pool := o.Pool
	if pool == nil {
		pool = NewPool()
		r.pool = pool
	}
	r.told = &pool.told
	client, err := pool.ssh(o.SSH, a)
	if err != nil {
		return nil, named(sshError(err), "open", r.url)
	}
	r.dialer = overSSH{client: client, path: a.Path}
	r.base.Store(&url.URL{Scheme: "ssh", Host: a.Host, Path: a.Path})
	r.life, r.end = context.WithCancel(context.Background())
	return r, nil
}

func named(e *Error, op, url string) *Error {
	e.Op, e.URL = op, url
	return e
}

// overSSH starts the services of one repository over a connection that others share.
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

// close leaves the connection to the pool.
func (overSSH) close() error { return nil }

// quote makes one word of a path for the shell at the other end, as git does (quote.c,
// sq_quote_buf): servers that are no shell, such as those of the large hosts, read just that form.
func quote(path string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(path) + "'"
}

// session is a service as a command over SSH.
type session struct{ *sshclient.Session }

func (s session) closeWrite() error { return s.CloseWrite() }
func (s session) close()            { s.Close() }

// end takes a command for one that failed if it said so by its status. Above 128 a signal ended it,
// which is no answer.
func (s session) end() ending {
	e := s.End()
	return ending{words: e.Words, failed: e.Status > 0 && e.Status <= 128}
}

func (s session) rest()      { s.Rest() }
func (s session) work() bool { return s.Work() }

// sshError is what kept a command from being started, in this package's terms.
func sshError(err error) *Error {
	out := &Error{Kind: ErrTransient, Err: err}
	if e, ok := errors.AsType[*sshclient.Error](err); ok {
		out.Hint, out.Server = e.Hint, gitwire.Clean(e.Words, gitwire.MaxText)
	}
	for kind, ours := range map[error]error{
		sshclient.ErrConfig: ErrURL, sshclient.ErrNotFound: ErrNotFound, sshclient.ErrProtocol: ErrProtocol,
		sshclient.ErrKey: ErrAuthentication, sshclient.ErrDenied: ErrAuthentication, sshclient.ErrHostKey: ErrHostKey, sshclient.ErrClosed: ErrURL,
	} {
		if errors.Is(err, kind) {
			out.Kind = ours
		}
	}
	out.unreached = out.Kind == ErrTransient && dialing(err)
	return out
}

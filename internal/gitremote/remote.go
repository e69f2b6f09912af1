package gitremote

import (
	"context"
	"net/url"
	"path/filepath"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/httpwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/pipewire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// transport carries requests to the services of a repository: over HTTP (package httpwire), or
// through the streams of a process (package pipewire). It is safe for concurrent use, and makes
// each request once: it repeats a request only after a response that shows that nothing was done.
type transport interface {
	// Advertise asks a service which capabilities it offers.
	Advertise(ctx context.Context, ad exchange.Advertisement) (gitwire.Capabilities, error)
	// Exchange makes a request and returns its response, once its first byte has come.
	Exchange(ctx context.Context, r *exchange.Request) (*exchange.Response, error)
	// Prepare begins a fetch and a push ahead of their content, if that saves time. The next
	// Exchange of either kind finishes them; release ends those that were not used.
	Prepare(ctx context.Context) (release func())
	// Location returns the address of the repository, which redirects may have changed.
	Location() string
	// Close ends the conversations that wait for a request.
	Close()
}

// Remote is a repository on a server. It is safe for concurrent use.
type Remote struct {
	server *server
	pool   *Pool // to close; nil when shared
}

// Open checks the options. Nothing is sent.
func Open(o Options) (*Remote, error) {
	a, err := readURL(o.URL, o.AllowInsecureHTTP)
	if err != nil {
		return nil, err
	}
	r := new(Remote)
	pool := o.Pool
	if pool == nil {
		pool = NewPool()
		r.pool = pool
	}
	target := &exchange.Target{Limits: o.Limits.WithDefaults(), Log: o.Logf, Told: pool.told}
	var t transport
	switch {
	case a.Directory != "":
		target.URL, target.Told = (&url.URL{Scheme: "file", Path: filepath.ToSlash(a.Directory)}).String(), new(exchange.Told)
		t = pipewire.NewLocal(target, a.Directory)
	case a.SSH != nil:
		target.URL = a.SSH.String()
		t, err = pipewire.NewSSH(target, o.SSH, *a.SSH, pool.ssh)
	default:
		target.URL = a.URL.String()
		t, err = httpwire.New(target, httpwire.Options{
			URL: a.URL, User: a.User, Auth: o.Auth, TLS: o.TLS, UserAgent: o.UserAgent, Pool: pool.Pool,
		})
	}
	if err != nil {
		return nil, err
	}
	r.server = newServer(target, t)
	return r, nil
}

// URL is the repository's address without credentials, for messages.
func (r *Remote) URL() string { return r.server.target.URL }

// Prepare begins a fetch and a push whose content is not known yet, in the background. The next
// Fetch and the next Push of this remote finish them, which is quicker than to begin then. release
// ends those that were not used; it may be called twice.
func (r *Remote) Prepare(ctx context.Context) (release func()) {
	return r.server.transport.Prepare(ctx)
}

// Close closes the idle connections, unless they belong to a shared Pool, and ends idle services.
// It may be called twice.
func (r *Remote) Close() error {
	r.server.target.Close()
	r.server.transport.Close()
	if r.pool != nil {
		return r.pool.Close()
	}
	return nil
}

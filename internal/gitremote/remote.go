package gitremote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Remote is one repository on one server. It is safe for concurrent use.
type Remote struct {
	url       string // without credentials, for messages
	auth      Auth   // nil: none
	redact    redactor
	limits    Limits
	userAgent string
	log       func(ctx context.Context, format string, args ...any)
	transport http.RoundTripper
	pool      *Pool // to close; nil when shared
	told      *told
	base      atomic.Pointer[url.URL]

	plainOnly atomic.Bool     // once a request that was begun ahead of its body came to nothing
	abandoned sync.WaitGroup  // such requests that nobody needed, until they are answered
	life      context.Context // ends with Close, and what was begun and not used with it
	end       context.CancelFunc

	dialer dialer // nil over HTTP
	talks  talks

	learning sync.Mutex // held by learn, before mu
	silence  silence

	mu       sync.Mutex
	offers   map[string]gitwire.Capabilities // by service, once asked
	format   gitobj.Format                   // 0, which is SHA-1, until it is known to be another
	noFilter bool                            // once the server is known not to filter
	older    bool                            // once the server is known not to speak version 2
	// noCombine is set once the server is known to refuse combined filters.
	noCombine bool
	// commitsOnly is set once the server is known to hand out commits only.
	commitsOnly bool
}

// Open checks the options. Nothing is sent.
func Open(o Options) (*Remote, error) {
	a, err := readURL(o.URL, o.AllowInsecureHTTP)
	switch {
	case err != nil:
		return nil, err
	case a.Directory != "":
		return openLocal(o, a.Directory)
	case a.SSH != nil:
		return openSSH(o, *a.SSH)
	}
	u, user := a.URL, a.User
	r := &Remote{
		url: u.String(), auth: o.Auth, limits: o.Limits.withDefaults(), userAgent: o.UserAgent, log: o.Logf,
		redact: redactor{auth: o.Auth}, offers: map[string]gitwire.Capabilities{},
	}
	r.base.Store(u)
	r.silence.turn = make(chan struct{}, 1)
	r.life, r.end = context.WithCancel(context.Background())
	if r.userAgent == "" {
		r.userAgent = DefaultUserAgent
	}
	r.redact.extra = []Auth{proxies{}}
	if user != nil {
		password, _ := user.Password()
		inURL := Basic{Username: user.Username(), Password: password}
		r.redact.extra = append(r.redact.extra, inURL)
		if r.auth == nil {
			r.auth = inURL
		}
	}
	pool := o.Pool
	if pool == nil {
		pool = NewPool()
		r.pool = pool
	}
	r.told = &pool.told
	if r.transport, err = pool.transport(o.TLS); err != nil {
		return nil, &Error{Op: "open", URL: r.url, Kind: ErrTLS, Err: err}
	}
	return r, nil
}

// URL is the repository's address without credentials, for messages.
func (r *Remote) URL() string { return r.url }

// Close closes the idle connections, unless they belong to a shared Pool, and ends idle services.
// It may be called twice.
func (r *Remote) Close() error {
	r.end()
	r.abandoned.Wait()
	r.talks.close()
	var err error
	if r.dialer != nil {
		err = r.dialer.close()
	}
	if r.pool != nil {
		err = errors.Join(err, r.pool.Close())
	}
	return err
}

func (r *Remote) logf(ctx context.Context, format string, args ...any) {
	if r.log != nil {
		r.log(ctx, format, args...)
	}
}

package gitremote

import (
	"context"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// Options says which repository to talk to, and how.
type Options struct {
	URL               string             // https://host/path, ssh://user@host/path, user@host:path, file:///path or a path; user:password@ in it become the credentials if Auth is nil
	Auth              Auth               // nil: none but those in URL
	TLS               TLSOptions         // zero: the system's roots
	SSH               *sshclient.Options // how to log in over SSH, and whom to trust; nil: as OpenSSH does
	Limits            Limits             // zero: the defaults
	AllowInsecureHTTP bool               // permit http:// to hosts that are not loopback
	UserAgent         string             // default DefaultUserAgent
	Pool              *Pool              // shares connections with other remotes; nil: this remote has its own

	// Logf, when set, is told of every request that is repeated, and of what was learned about the
	// server. It gets no secrets. It may be called from several goroutines.
	Logf func(ctx context.Context, format string, args ...any)
}

// DefaultUserAgent begins with "git/" because some hosts choose between a web page and Git by it.
const DefaultUserAgent = "git/2.0 (terraform-provider-nanogit)"

// Limits bound what a server can make this process do. A zero field takes its default.
type Limits struct {
	MaxResponse int64         // bytes of one response, decompressed; default 2 GiB
	MaxRefs     int64         // bytes of one list of references; default 1 MiB
	Stall       time.Duration // the longest time without a byte in either direction; default 2 min
	Attempts    int           // of one idempotent request, the first included; default 5
	Connect     time.Duration // how long a connection that cannot be made is tried again; default 30 s
	Linger      time.Duration // how long more is waited for once the report of a push is there; default 2 s
	Backoff     time.Duration // wait before the second attempt, doubling after it, ±50 %; default 250 ms
}

// Bounds of waiting that are not worth an option.
const (
	maxBackoff    = 15 * time.Second
	maxReconnect  = 2 * time.Second // between two tries to connect: a server that restarts is back soon
	maxRetryAfter = time.Minute     // a server that asks for more is asked again after this
)

func (l Limits) withDefaults() Limits {
	if l.MaxResponse <= 0 {
		l.MaxResponse = 2 << 30
	}
	if l.MaxRefs <= 0 {
		l.MaxRefs = 1 << 20
	}
	if l.Stall <= 0 {
		l.Stall = 2 * time.Minute
	}
	if l.Attempts <= 0 {
		l.Attempts = 5
	}
	if l.Connect <= 0 {
		l.Connect = 30 * time.Second
	}
	if l.Linger <= 0 {
		l.Linger = 2 * time.Second
	}
	if l.Backoff <= 0 {
		l.Backoff = 250 * time.Millisecond
	}
	return l
}

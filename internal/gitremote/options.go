package gitremote

import (
	"context"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/httpwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// Options name the repository, and say how to connect to it.
type Options struct {
	URL               string             // https://host/path, ssh://user@host/path, user@host:path, file:///path or a path; user:password@ in it become the credentials if Auth is nil
	Auth              Auth               // nil: none but those in URL
	TLS               TLSOptions         // zero: the system's roots
	SSH               *sshclient.Options // how to log in over SSH, and whom to trust; nil: as OpenSSH does
	Limits            Limits             // zero: the defaults
	AllowInsecureHTTP bool               // permit http:// to hosts that are not loopback
	UserAgent         string             // default DefaultUserAgent
	Pool              *Pool              // shares connections with other remotes; nil: this remote has its own

	// Logf, when set, receives a line for every request that is repeated, and for every fact that
	// is learned about the server. It gets no secrets. It may be called from several goroutines.
	Logf func(ctx context.Context, format string, args ...any)
}

// DefaultUserAgent is the User-Agent of requests over HTTP.
const DefaultUserAgent = httpwire.DefaultUserAgent

// Limits bound the bytes and the time that a server can make this process spend. A zero field takes
// its default.
type Limits = exchange.Limits

// Bounds of waiting that are not worth an option.
const (
	maxBackoff   = 15 * time.Second
	maxReconnect = 2 * time.Second // between two attempts to connect: a server that restarts is back soon
)

type (
	// Auth authorizes requests over HTTP.
	Auth = httpwire.Auth
	// Basic is a user name and a password.
	Basic = httpwire.Basic
	// Token is a token as a host's convention has it.
	Token = httpwire.Token
	// Bearer is a bearer token.
	Bearer = httpwire.Bearer
	// Headers are header lines of the user's own.
	Headers = httpwire.Headers
	// TLSOptions are the settings of TLS.
	TLSOptions = httpwire.TLSOptions
)

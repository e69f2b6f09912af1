package redis

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/remote"
)

const (
	timeout     = 5 * time.Second // without an answer; the caller's context is mostly shorter
	connections = 4
	// replySlack is the number of bytes by which a reply may be longer than the largest value: the
	// text of an error, the answer to HELLO.
	replySlack = 64 << 10
)

// errURL has nothing of the URL in it: any part of a URL that cannot be read may be the password.
var errURL = errors.New("redis object cache: url is not of the form redis://[user:password@]host[:port][/database], " +
	"rediss:// for TLS; a password is percent-encoded there")

func parse(raw string) (*goredis.Options, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errURL
	}
	switch u.Scheme {
	case "redis", "rediss":
		if u.Hostname() == "" || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") { // of which the host may be a part
			return nil, errURL
		}
	case "unix":
	default:
		return nil, errURL
	}
	o, err := goredis.ParseURL(raw)
	if err != nil {
		return nil, errURL
	}
	return o, nil
}

// quiet drops the lines that go-redis writes to standard error, which belongs to the engine; the
// errors say the same.
type quiet struct{}

// Printf does nothing.
func (quiet) Printf(context.Context, string, ...any) {}

var hush = sync.OnceFunc(func() { goredis.SetLogger(quiet{}) })

// client returns a client that has not connected yet, with few connections, next to no retries,
// because a cache is not worth waiting for, and a bound on each reply.
func client(o *goredis.Options, maxObject int64) *goredis.Client {
	hush()
	o.PoolSize, o.MinIdleConns = connections, 0
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = timeout, timeout, timeout
	o.PoolTimeout = timeout
	o.MaxRetries, o.MinRetryBackoff, o.DialerRetries = 1, -1, 1 // a retry, for a connection that the server closed while it was idle
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.Protocol = 2
	dial := goredis.NewDialer(o)
	o.Dialer = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return guard(c, maxObject+replySlack), nil
	}
	return goredis.NewClient(o)
}

func site(o *goredis.Options) *remote.Site {
	return &remote.Site{Target: "redis at " + o.Addr, Secrets: []string{o.Password}, Next: next}
}

// next returns the next step for an error of the server or of the network.
func next(err error) string {
	var network net.Error
	text := err.Error() // the first word of a server's error is its code
	switch {
	case errors.Is(err, objstore.ErrCorrupt), errors.Is(err, context.Canceled):
		return ""
	case strings.HasPrefix(text, "WRONGPASS"), strings.HasPrefix(text, "NOAUTH"), strings.HasPrefix(text, "ERR AUTH"):
		return "check the user and the password in the cache's url"
	case strings.HasPrefix(text, "NOPERM"):
		return "let the user run GETRANGE and SET on keys with this prefix"
	case strings.HasPrefix(text, "OOM"):
		return "let the server evict: set its maxmemory-policy to allkeys-lru"
	case strings.HasPrefix(text, "MOVED"), strings.HasPrefix(text, "CROSSSLOT"):
		return "this is a node of a cluster: give the url of a server that holds all keys"
	case strings.HasPrefix(text, "READONLY"):
		return "this is a replica: give the url of the primary server"
	case errors.As(err, &network):
		return "check that the server runs and that the cache's url is right"
	}
	return ""
}

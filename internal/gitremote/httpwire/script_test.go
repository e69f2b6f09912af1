package httpwire

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/wirescript"
)

// Short names for the words that the tests of this package are written in.
type reply = wirescript.Reply

const hexA = wirescript.HexA

var (
	status     = wirescript.Status
	broken     = wirescript.Broken
	lines      = wirescript.Lines
	goodRefs   = wirescript.Refs
	goodReport = wirescript.Report
	moveA      = wirescript.MoveA
)

// client makes each operation once, over a transport.
type client struct {
	*Transport
	pool *Pool
}

// settings are the options of a client.
type settings struct {
	URL    string // default https://host/r.git
	Auth   Auth
	Limits exchange.Limits
	Logf   func(ctx context.Context, format string, args ...any)
}

// scripted returns a client that the script answers, and the script.
func scripted(t *testing.T, o settings, replies ...reply) (client, *wirescript.Server) {
	t.Helper()
	s := wirescript.New(replies...)
	return connect(t, o, PoolOver(s), TLSOptions{}), s
}

// connect returns a client with the connections of a pool.
func connect(t *testing.T, o settings, pool *Pool, trust TLSOptions) client {
	t.Helper()
	if o.URL == "" {
		o.URL = "https://host/r.git"
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	user := u.User
	u.User = nil
	target := &exchange.Target{URL: u.String(), Limits: o.Limits.WithDefaults(), Log: o.Logf}
	tr, err := New(target, Options{URL: u, User: user, Auth: o.Auth, TLS: trust, Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	return client{tr, pool}
}

// shut ends the work in the background and the connections, as a remote does when it is closed.
func (c client) shut() {
	c.target.Close()
	c.pool.Close()
}

// list lists the references that begin with HEAD.
func (c client) list(ctx context.Context) error {
	body, err := gitwire.LsRefs{Prefixes: []string{"HEAD"}}.Append(nil)
	if err != nil {
		return err
	}
	resp, err := c.Exchange(ctx, &exchange.Request{
		Op: "list references of", Service: exchange.UploadPack, V2: true, Lists: true, Limit: 1 << 20, Head: exchange.Bytes(body),
	})
	if err != nil {
		return err
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	for _, err := range gitwire.Refs(lines) {
		if err != nil {
			defer resp.Close()
			return resp.Failure(err)
		}
	}
	resp.Finish()
	return nil
}

// fetch fetches a pack and reads it to its end.
func (c client) fetch(ctx context.Context, req gitwire.Fetch) error {
	body, err := req.Append(nil)
	if err != nil {
		return err
	}
	resp, err := c.Exchange(ctx, &exchange.Request{
		Op: "fetch from", Service: exchange.UploadPack, V2: true, Limit: 1 << 30, Head: exchange.Bytes(body),
	})
	if err != nil {
		return err
	}
	defer resp.Finish()
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	pack, err := req.Open(lines)
	if err == nil {
		_, err = io.Copy(io.Discard, pack)
	}
	if err != nil {
		return resp.Failure(err)
	}
	return nil
}

// push pushes commands and a pack.
func (c client) push(ctx context.Context, req gitwire.Push, pack exchange.Pack) (gitwire.Report, error) {
	r := &exchange.Request{Op: "push to", Service: exchange.ReceivePack, Once: true, Limit: 1 << 20, Pack: pack}
	r.Head = func(*gitwire.Capabilities) ([]byte, error) { return req.Append(nil) }
	defer r.Wait()
	resp, err := c.Exchange(ctx, r)
	if err != nil {
		return gitwire.Report{}, err
	}
	defer resp.Finish()
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	report, err := gitwire.ReadReport(lines, resp.Linger)
	if err != nil {
		e := resp.Failure(err)
		e.Acted = true
		return report, e
	}
	return report, nil
}

// acted reports whether an error leaves open whether the server acted on the request.
func acted(err error) bool {
	e, ok := errors.AsType[*exchange.Error](err)
	return ok && e.Acted
}

// pack is a Body.
type pack string

func (p pack) Size() int64          { return int64(len(p)) }
func (p pack) NewReader() io.Reader { return strings.NewReader(string(p)) }

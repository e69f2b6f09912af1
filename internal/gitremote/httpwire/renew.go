package httpwire

import (
	"context"
	"errors"
	"net/http"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Renewer is an Auth that can follow a refusal with other credentials, or with a new token.
type Renewer interface {
	Auth
	// Refused is called after a 401 with the request, which Authorize has seen, and the values of
	// WWW-Authenticate. It reports whether the request is worth making again. It is called from
	// several goroutines.
	Refused(r *http.Request, challenges []string) (again bool)
	// Accepted is called with a request that Authorize has seen and that was not refused.
	Accepted(r *http.Request)
}

// Sourced is an Auth that names the source of its credentials. given is false if it has none; the
// words then give the reason. The words hold no secrets.
type Sourced interface {
	About() (given bool, words string)
}

// Asker is an Auth that looks for credentials once a request is refused. Pending reports that it
// has none yet and will look for them.
type Asker interface{ Pending() bool }

// maxRenewals bounds how often a request is made again with other credentials: the entry of a
// file, and two answers of a credential helper.
const maxRenewals = 3

// refused reports whether a request is to be made again, because the status is 401 and there are
// other credentials now. A server does not act on a request that it wants to be authorized, so a
// push is repeated as well.
func (a *answer) refused(ctx context.Context) bool {
	t := a.transport
	n, ok := t.auth.(Renewer)
	if !ok || a.http.StatusCode != http.StatusUnauthorized {
		return false
	}
	if !n.Refused(a.request, a.http.Header.Values("WWW-Authenticate")) {
		return false
	}
	a.resp.Finish()
	a.call.Wait()
	t.target.Logf(ctx, "%s refuses the credentials: asking again with others", t.target.URL)
	return true
}

// accepted tells a Renewer of a good response.
func (t *Transport) accepted(a *answer) {
	if n, ok := t.auth.(Renewer); ok {
		n.Accepted(a.request)
	}
}

// given reports whether requests carry credentials, and returns words about their source for a
// hint; the words may be empty.
func (t *Transport) given() (given bool, words string) {
	switch s, ok := t.auth.(Sourced); {
	case t.auth == nil:
		return false, ""
	case ok:
		given, words = s.About()
		return given, t.target.Scrub(words)
	}
	return true, ""
}

// probeSize is the size of a pack, in bytes, from which an empty push finds out first whether the
// server wants credentials. A smaller pack is sent again after a refusal. git has the same limit
// (http.postBuffer).
const probeSize = 1 << 20

// probe makes an empty push before a large one while an Asker has no credentials yet, as git does:
// a flush line alone (gitprotocol-pack, "Pushing Data To a Server"). Its error is a refusal of the
// credentials, or a connection that cannot be made: the push itself meets all others, and knows
// whether the server acted.
func (t *Transport) probe(ctx context.Context, r *exchange.Request) error {
	asker, ok := t.auth.(Asker)
	if !ok || r.Pack == nil || r.Pack.Size() < probeSize || !asker.Pending() {
		return nil
	}
	empty := &exchange.Request{Op: r.Op, Service: r.Service, Limit: exchange.MaxDrain}
	resp, err := t.follow(ctx, post(empty, gitwire.AppendFlush(nil)))
	if err == nil {
		resp.Finish()
		return nil
	}
	e, ok := errors.AsType[*exchange.Error](err)
	if ok && (e.Unreached || e.Kind == exchange.ErrAuthentication || e.Kind == exchange.ErrForbidden) {
		return err
	}
	return nil
}

package gitremote

import (
	"context"
	"errors"
	"net/http"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Renewer is an Auth that can do something about a refusal: it has other credentials, or gets a new
// token.
type Renewer interface {
	Auth
	// Refused is told of a request that Authorize has seen and that was answered with 401, and of
	// the values of WWW-Authenticate. It reports whether the request is worth making again. It is
	// called from several goroutines.
	Refused(r *http.Request, challenges []string) (again bool)
	// Accepted is told of a request that Authorize has seen and that was not refused.
	Accepted(r *http.Request)
}

// Sourced is an Auth that names the source of its credentials. given is false if it has none; the
// words then give the reason. The words hold no secrets.
type Sourced interface {
	About() (given bool, words string)
}

// Asker is an Auth that looks for credentials when it is refused. Pending reports whether it has
// none yet and would.
type Asker interface{ Pending() bool }

// maxRenewals bounds how often one request is made again with other credentials: those of a file,
// those of a helper, and its next ones.
const maxRenewals = 3

// refused reports whether a request is to be made again, because the answer is 401 and there are
// other credentials now. A server does not act on a request that it wants to be authorized, so a
// push is repeated as well.
func (r *Remote) refused(a *answer) bool {
	n, ok := r.auth.(Renewer)
	if !ok || a.http.StatusCode != http.StatusUnauthorized {
		return false
	}
	// The connection can serve the next request; what is wrong with it otherwise shows there.
	challenges := a.http.Header.Values("WWW-Authenticate")
	if !n.Refused(a.request, challenges) {
		return false
	}
	a.resp.body(a.http)
	a.resp.finish()
	a.resp.call.sending.Wait()
	r.logf(a.request.Context(), "%s refuses the credentials: asking again with others", r.url)
	return true
}

// accepted notes a good answer.
func (r *Remote) accepted(a *answer) {
	if n, ok := r.auth.(Renewer); ok {
		n.Accepted(a.request)
	}
}

// given reports whether requests carry credentials, and says more about them for a hint; both may
// be empty.
func (r *Remote) given() (given bool, words string) {
	switch s, ok := r.auth.(Sourced); {
	case r.auth == nil:
		return false, ""
	case ok:
		given, words = s.About()
		return given, r.redact.scrub(words)
	}
	return true, ""
}

// probeSize is the size of a pack, in bytes, from which it is found out first whether the server
// wants credentials. Below it the pack is simply sent again. It is git's, too (http.postBuffer).
const probeSize = 1 << 20

// probe makes a push of nothing, as git does before a large one: a flush line alone
// (gitprotocol-pack, "Pushing Data To a Server"). Only what the credentials have to do with is an
// error.
func (r *Remote) probe(ctx context.Context, pack Body) error {
	a, ok := r.auth.(Asker)
	if !ok || pack == nil || pack.Size() < probeSize || !a.Pending() {
		return nil
	}
	c := r.upload(opPush, gitwire.AppendFlush(nil), maxDrain)
	c.path, c.service, c.v2 = "/"+receivePack, receivePack, false
	resp, err := r.exchange(context.WithValue(ctx, preparationKey{}, nil), c)
	if err == nil {
		resp.finish()
		return nil
	}
	var e *Error
	if errors.As(err, &e) && (e.Kind == ErrAuthentication || e.Kind == ErrForbidden) {
		return err
	}
	return nil // the push itself will meet it, and tell what became of it
}

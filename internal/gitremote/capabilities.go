package gitremote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// The two services of a Git server (gitprotocol-http).
const (
	uploadPack  = "git-upload-pack"
	receivePack = "git-receive-pack"
)

// maxAdvertisement bounds a capability advertisement, in bytes. Of version 0, which has all
// references after the capabilities, only the first line is read.
const maxAdvertisement = 256 << 10

// Capabilities is what the server offers for reading. It is asked once.
func (r *Remote) Capabilities(ctx context.Context) (gitwire.Capabilities, error) {
	return r.capabilities(ctx, uploadPack)
}

// PushCapabilities is what the server offers for writing. It answers at all only those whom it lets
// push: git's own services and the large hosts refuse others before the list of references. What
// rules it has for single branches shows in a push alone. It is asked once, and nothing of the list
// of references is read but the first.
func (r *Remote) PushCapabilities(ctx context.Context) (gitwire.Capabilities, error) {
	return r.capabilities(ctx, receivePack)
}

func (r *Remote) capabilities(ctx context.Context, service string) (gitwire.Capabilities, error) {
	r.mu.Lock()
	c, ok := r.offers[service]
	r.mu.Unlock()
	if ok {
		return c, nil
	}
	err := r.retry(ctx, func() (again bool, err error) {
		c, err = r.advertisement(ctx, service)
		return Transient(err), err
	})
	if err != nil {
		return c, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offers[service] = c
	return c, nil
}

func (r *Remote) advertisement(ctx context.Context, service string) (c gitwire.Capabilities, err error) {
	op := "read the capabilities of"
	if service == receivePack {
		op = "ask for the right to push to"
	}
	ask := r.advertised(op, service, maxAdvertisement)
	ask.v2 = service == uploadPack
	resp, err := r.exchange(ctx, ask)
	if err != nil {
		return c, err
	}
	defer resp.finish()
	if ask.offer != nil {
		return *ask.offer, nil
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	if c, err = gitwire.ReadCapabilities(lines); err != nil {
		return c, resp.failure(err)
	}
	return c, nil
}

// advertised is a request for what a service says of itself.
func (r *Remote) advertised(op, service string, limit int64) *call {
	return &call{
		op: op, path: "/info/refs", query: "service=" + service, service: service,
		media: "application/x-" + service + "-advertisement", limit: limit,
	}
}

// puzzling reports whether what the server offers may explain the error: v0 servers and those that
// miss a feature answer with nothing, an error or nonsense, and some hosts redirect a repository's
// full address only for the advertisement.
func (e *Error) puzzling() bool {
	return e.empty || errors.Is(e, ErrProtocol) || errors.Is(e, ErrServer) || e.addressed() ||
		e.Status == http.StatusInternalServerError
}

// addressed reports whether the error may be about the address, which the advertisement may know
// better.
func (e *Error) addressed() bool {
	return errors.Is(e, ErrNotFound) && e.Status != 0 || errors.Is(e, ErrForbidden) && e.Status == http.StatusForbidden
}

// knowledge is what a request is made by.
type knowledge struct {
	base            url.URL
	format          gitobj.Format
	older, noFilter bool
}

func (r *Remote) knowledge() knowledge {
	r.mu.Lock()
	defer r.mu.Unlock()
	return knowledge{*r.base.Load(), r.format, r.older, r.noFilter}
}

// learn looks, after an answer that makes no sense, for a reason in what the server offers. before
// is what was known when the request was made. It reports whether more is known by now, perhaps
// through somebody else's request, so that another try is worth it, and otherwise the error that
// explains err best.
func (r *Remote) learn(ctx context.Context, before knowledge, err error, filter string) (again bool, _ error) {
	var e *Error
	if !errors.As(err, &e) || !e.puzzling() {
		return false, err
	}
	// The lock is held over the request: everyone who comes meanwhile wants the same answer.
	r.learning.Lock()
	defer r.learning.Unlock()
	switch {
	case r.knowledge() != before:
		return true, err
	case e.addressed() && strings.HasSuffix(before.base.Path, ".git"):
		return false, err
	}
	c, cerr := r.reconsider(ctx, e)
	if cerr != nil {
		return false, e.cause(cerr)
	}
	r.believe(ctx, c, filter)
	return r.knowledge() != before, err
}

// believe takes over what the server offers.
func (r *Remote) believe(ctx context.Context, c gitwire.Capabilities, filter string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Version < 2 && !r.older {
		r.older = true
		r.silence.heard.Store(true) // references are listed with a GET
		r.logf(ctx, "%s speaks Git protocol v%d only", r.url, c.Version)
	}
	if c.Format != max(r.format, gitobj.SHA1) {
		r.format = c.Format
		r.logf(ctx, "%s uses %s object names", r.url, c.Format)
	}
	if filter != "" && !r.noFilter && c.Version == 2 && !c.Feature("fetch", "filter") {
		r.noFilter = true
		r.logf(ctx, "%s cannot leave objects out of a pack: fetching without a filter", r.url)
	}
}

// cause combines an error with the error of the request for the server's capabilities that followed
// it. An empty answer explains nothing, so that the second error replaces the first one.
func (e *Error) cause(offers error) error {
	other, ok := errors.AsType[*Error](offers)
	switch {
	case ok && e.empty:
		return other
	case ok && e.Server != "" && e.Server == other.Server:
	case ok && e.Status == 0 && (e.Kind == ErrProtocol || e.Kind == ErrServer):
		both, more := *e, *other
		more.Hint = ""
		both.Err = fmt.Errorf("%w (and to the question what it offers: %w)", e.Err, &more)
		return &both
	}
	return e
}

// reconsider is what the server offers, for learn, who tries again. What it offered before is asked
// for again when it answers nothing at all: that is how git takes leave of who asks in another
// object format, and a repository may have been made anew.
func (r *Remote) reconsider(ctx context.Context, e *Error) (gitwire.Capabilities, error) {
	r.mu.Lock()
	c, known := r.offers[uploadPack]
	r.mu.Unlock()
	if known && !e.empty {
		return c, nil
	}
	c, err := r.advertisement(ctx, uploadPack)
	if err != nil {
		return c, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offers[uploadPack] = c
	return c, nil
}

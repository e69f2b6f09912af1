package gitremote

import (
	"context"
	"errors"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// The two services of a Git server (gitprotocol-http).
const (
	uploadPack  = "git-upload-pack"
	receivePack = "git-receive-pack"
)

// maxAdvertisement bounds a capability advertisement, in bytes. Of version 0, which has all references after
// the capabilities, only the first line is read.
const maxAdvertisement = 256 << 10

// Capabilities is what the server offers for reading. It is asked once.
func (r *Remote) Capabilities(ctx context.Context) (gitwire.Capabilities, error) {
	return r.capabilities(ctx, uploadPack)
}

// PushCapabilities is what the server offers for writing. It answers at all only those whom it lets push: git's own services
// and the large hosts refuse others before the list of references. What rules it has for single branches shows in a
// push alone. It is asked once, and nothing of the list of references is read but the first.
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

// puzzling reports whether what the server offers may explain the error: v0 servers and those that miss a feature
// answer with nothing, an error or nonsense, and some hosts redirect a repository's full address only for
// the advertisement.
func (e *Error) puzzling() bool {
	return e.empty || errors.Is(e, ErrProtocol) || errors.Is(e, ErrServer) || errors.Is(e, ErrNotFound) && e.Status != 0
}

// stance is what a request takes for granted of the server.
type stance struct {
	older, noFilter bool
	format          gitobj.Format
}

func (r *Remote) stance() stance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return stance{r.older, r.noFilter, r.format}
}

// learn looks, after an answer that makes no sense, for a reason in what the server offers. It reports whether
// another try is worth it, because something is known by now, from this request or from one beside it, that this one did
// not take for granted; and otherwise the error that explains err best.
func (r *Remote) learn(ctx context.Context, err error, filter string, granted stance) (again bool, _ error) {
	var e *Error
	if !errors.As(err, &e) || !e.puzzling() {
		return false, err
	}
	before := r.base.Load()
	if errors.Is(e, ErrNotFound) && strings.HasSuffix(before.Path, ".git") {
		return false, err
	}
	c, cerr := r.capabilities(ctx, uploadPack)
	if cerr != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Version < 2 && !r.older {
		r.older, again = true, true
		r.logf(ctx, "%s speaks Git protocol v%d only", r.url, c.Version)
	}
	if c.Format != gitobj.SHA1 && r.format != c.Format {
		r.format, again = c.Format, true
		r.logf(ctx, "%s uses %s object names", r.url, c.Format)
	}
	if filter != "" && !r.noFilter && c.Version == 2 && !c.Feature("fetch", "filter") {
		r.noFilter, again = true, true
		r.logf(ctx, "%s cannot leave objects out of a pack: fetching without a filter", r.url)
	}
	again = again || granted != stance{r.older, r.noFilter, r.format}
	return again || *r.base.Load() != *before, err
}

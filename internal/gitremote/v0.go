package gitremote

import (
	"context"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// lsRefsV0 is ls-refs of a server that lists all references or none: it picks those that were asked
// for as they pass.
func (r *Remote) lsRefsV0(ctx context.Context, req gitwire.LsRefs, see func(gitwire.Ref) bool) error {
	missing := slices.Clone(req.Prefixes)
	pick := func(ref gitwire.Ref) bool {
		if !slices.ContainsFunc(req.Prefixes, func(p string) bool { return strings.HasPrefix(ref.Name, p) }) {
			return true
		}
		missing = slices.DeleteFunc(missing, func(p string) bool { return p == ref.Name })
		return see(ref) && len(missing) > 0
	}
	c := r.advertised(opRefs, uploadPack, r.limits.MaxResponse)
	c.see = pick
	resp, err := r.exchange(ctx, c)
	if err != nil {
		return err
	}
	if c.offer == nil { // over HTTP: the response is the advertisement
		lines := gitwire.NewReader(resp)
		defer lines.Release()
		if _, err := gitwire.ReadAdvertisement(lines, pick); err != nil {
			e := resp.failure(err)
			resp.close()
			return e
		}
	}
	resp.finish()
	return nil
}

// Selective reports what a request can be about, as far as is known: byID, objects of any kind by
// their ids; filters, commits without some of their objects. Until something else was learned both
// are true.
func (r *Remote) Selective() (byID, filters bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.older {
		return !r.commitsOnly, !r.noFilter // git's version 2 takes every id that the repository has
	}
	offer := r.offers[uploadPack]
	// uploadpack.allowAnySHA1InWant is advertised as both of these; one alone is about commits.
	// With JGit both are.
	byID = !r.commitsOnly && offer.Has("allow-tip-sha1-in-want") && offer.Has("allow-reachable-sha1-in-want")
	return byID, offer.Has("filter")
}

// asking is a request for a pack, in the version of the protocol that the server speaks.
func (r *Remote) asking(ctx context.Context, req gitwire.Fetch) (fetching, error) {
	r.mu.Lock()
	older := r.older
	r.mu.Unlock()
	if !older {
		return version2{req}, nil
	}
	offer, err := r.Capabilities(ctx)
	return gitwire.FetchV0{Fetch: req, Offer: offer}, err
}

type fetching interface {
	Append([]byte) ([]byte, error)
	Open(r *gitwire.Reader) (*gitwire.Sideband, error)
}

type version2 struct{ gitwire.Fetch }

// oldOffer is what an HTTP server of protocol version 0 takes in a push. Of others nobody has to be
// asked: git and the large hosts take what a push uses.
func (r *Remote) oldOffer(ctx context.Context) (*gitwire.Capabilities, error) {
	r.mu.Lock()
	older := r.older
	r.mu.Unlock()
	if !older {
		return nil, nil
	}
	offer, err := r.capabilities(ctx, receivePack)
	return &offer, err
}

package gitremote

import (
	"context"
	"slices"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// lsRefsV0 is ls-refs of a server that lists all references or none: it picks the wanted references
// from the advertisement.
func (r *Remote) lsRefsV0(ctx context.Context, req gitwire.LsRefs, take func(gitwire.Ref) bool) error {
	missing := slices.Clone(req.Prefixes)
	_, err := r.server.advertise(ctx, exchange.Advertisement{
		Op: opRefs, Service: exchange.UploadPack, Limit: r.server.target.Limits.MaxResponse,
		Refs: func(ref gitwire.Ref) bool {
			if !slices.ContainsFunc(req.Prefixes, func(p string) bool { return strings.HasPrefix(ref.Name, p) }) {
				return true
			}
			missing = slices.DeleteFunc(missing, func(p string) bool { return p == ref.Name })
			return take(ref) && len(missing) > 0
		},
	})
	return err
}

// message returns a request for a pack in the version of the protocol that the server speaks.
func (s *server) message(ctx context.Context, req gitwire.Fetch) (fetchMessage, error) {
	if _, older := s.facts.protocol(); !older {
		return version2{req}, nil
	}
	offer, err := s.capabilities(ctx, exchange.UploadPack)
	if err == nil && len(offer.List) == 0 { // the repository was empty, and such a server says nothing then
		if offer, err = s.ask(ctx, exchange.UploadPack); err == nil {
			s.facts.keepOffer(exchange.UploadPack, offer)
		}
	}
	return gitwire.FetchV0{Fetch: req, Offer: offer}, err
}

// fetchMessage is a request for a pack and the parser of its response.
type fetchMessage interface {
	Append([]byte) ([]byte, error)
	Open(r *gitwire.Reader) (*gitwire.Sideband, error)
}

type version2 struct{ gitwire.Fetch }

// pushOffer returns the capabilities that a push has to respect at a server of protocol version 0
// over HTTP. Other servers are not asked, and nil is returned: git and the large hosts take all
// that a push uses.
func (s *server) pushOffer(ctx context.Context) (*gitwire.Capabilities, error) {
	if _, older := s.facts.protocol(); !older {
		return nil, nil
	}
	offer, err := s.capabilities(ctx, exchange.ReceivePack)
	return &offer, err
}

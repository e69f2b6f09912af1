package gitremote

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// Format returns the object format of the repository. References have to be listed before: the
// length of their names tells the format, or the server refused to list any until it was asked in
// its own format (gitprotocol-v2, "object-format"). So nothing is sent, but for an empty repository
// behind protocol version 0, whose git-upload-pack may say nothing at all: there git-receive-pack
// is asked for its capabilities, which a push needs anyway.
func (r *Remote) Format(ctx context.Context) (gitobj.Format, error) {
	s := r.server
	format, older := s.facts.protocol()
	if format != 0 {
		return format, nil
	}
	if offer, _ := s.facts.offer(exchange.UploadPack); !older || len(offer.List) > 0 {
		return gitobj.SHA1, nil
	}
	offer, err := s.capabilities(ctx, exchange.ReceivePack)
	if err != nil {
		if Transient(err) {
			return 0, err
		}
		// A client that may not push learns no more. Git takes such a repository for SHA-1, too.
		s.target.Logf(ctx, "%s does not tell its object format: %v", s.target.URL, err)
		return gitobj.SHA1, nil
	}
	s.facts.sawFormat(offer.Format)
	return offer.Format, nil
}

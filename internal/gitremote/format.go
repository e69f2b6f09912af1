package gitremote

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Format is the object format of the repository. References have to be listed before: the answer
// tells it, by their names or because the server refused to list any until it was asked in its own
// format (gitprotocol-v2, "object-format"). So nothing is sent, but for an empty repository behind
// protocol version 0, whose git-upload-pack may say nothing at all: there git-receive-pack is asked
// for what it offers, which a push has to know anyway.
func (r *Remote) Format(ctx context.Context) (gitobj.Format, error) {
	r.mu.Lock()
	format, silent := r.format, r.older && len(r.offers[uploadPack].List) == 0
	r.mu.Unlock()
	switch {
	case format != 0:
		return format, nil
	case !silent:
		return gitobj.SHA1, nil
	}
	offer, err := r.capabilities(ctx, receivePack)
	if err != nil {
		if Transient(err) {
			return 0, err
		}
		// Who may not push learns no more. Git takes such a repository for one of SHA-1, too.
		r.logf(ctx, "%s does not tell its object format: %v", r.url, err)
		return gitobj.SHA1, nil
	}
	r.notice(offer.Format)
	return offer.Format, nil
}

// notice remembers the format of a name that the server told.
func (r *Remote) notice(f gitobj.Format) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.format == 0 && f != 0 && f != gitobj.SHA1 {
		r.format = f
	}
}

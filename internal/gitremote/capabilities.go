package gitremote

import (
	"context"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Capabilities returns the capabilities for reading. They are asked for once.
func (r *Remote) Capabilities(ctx context.Context) (gitwire.Capabilities, error) {
	return r.server.capabilities(ctx, exchange.UploadPack)
}

// PushCapabilities returns the capabilities for writing. A server sends them only to those whom it
// lets push: git's own services and the large hosts refuse others before the list of references.
// Rules for single branches show in a push alone. They are asked for once, and only the first line
// of the list of references is read.
func (r *Remote) PushCapabilities(ctx context.Context) (gitwire.Capabilities, error) {
	return r.server.capabilities(ctx, exchange.ReceivePack)
}

// Selective reports two abilities of the server, as far as they are known: byID, to send objects of
// any kind that a request names by their ids; filters, to send commits without some of their
// objects. Until the contrary was learned both are true.
func (r *Remote) Selective() (byID, filters bool) { return r.server.facts.selective() }

// CommitsOnly tells the remote that the server refused an object by its id that a commit of its own
// holds: from now on [Remote.Selective] says so.
func (r *Remote) CommitsOnly(ctx context.Context) {
	if r.server.facts.refuseObjects() {
		r.server.target.Logf(ctx, "%s hands out commits only: reading whole ones", r.URL())
	}
}

// Usable returns the part of a filter that the server understands, as far as is known.
func (r *Remote) Usable(filter string) string { return r.server.facts.usable(filter) }

package gitread

import (
	"context"
	"errors"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Description holds the facts about a repository that a server tells without any of its objects.
type Description struct {
	DefaultBranch string        // short; "" when HEAD names no branch, or the server does not tell
	Empty         bool          // there is no branch yet
	Format        gitobj.Format // 0 when the server does not tell
	Read          gitwire.Capabilities
	Write         gitwire.Capabilities // nothing when Refused is set
	Refused       error                // why the server accepts no push from us; nil when it does
}

// Describe asks the server for its capabilities. A server that accepts no push from us says so in
// the description; a server that could not be asked is an error. Only the first reference of each
// list is read, whatever its length.
func (r *Repo) Describe(ctx context.Context) (d Description, err error) {
	if r.Closed() {
		return d, ErrClosed
	}
	if d.Read, err = r.remote.Server.Capabilities(ctx); err != nil {
		return d, err
	}
	if d.DefaultBranch, d.Empty, err = r.describeHead(ctx); err != nil {
		return d, err
	}
	d.Write, err = r.remote.Server.PushCapabilities(ctx)
	if err != nil && (ctx.Err() != nil || errors.Is(err, gitwire.ErrTransient)) {
		return d, err // it says nothing about who may push
	}
	d.Refused = err
	switch {
	case len(d.Read.List) > 0:
		d.Format = d.Read.Format
	case d.Refused == nil: // of an empty repository, version 0 says nothing to readers
		d.Format = d.Write.Format
	}
	return d, nil
}

// describeHead finds the branch that HEAD names, and whether there is any.
func (r *Repo) describeHead(ctx context.Context) (name string, empty bool, err error) {
	refs, err := r.remote.Refs.ListRefs(ctx, "HEAD")
	if err != nil {
		return "", false, err
	}
	if i := slices.IndexFunc(refs, func(ref gitwire.Ref) bool { return ref.Name == "HEAD" }); i >= 0 {
		name, _ = shortName(refs[i].Target)
		return name, false, nil
	}
	if name, err = r.remote.Refs.HeadBranch(ctx); err != nil {
		return "", false, err
	}
	branches, err := r.remote.Refs.HasBranches(ctx)
	return name, !branches, err
}

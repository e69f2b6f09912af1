package gitwriter

import (
	"context"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Description is what a server says of a repository, without any of its objects.
type Description struct {
	DefaultBranch string        // short; "" when HEAD names no branch, or the server does not tell
	Empty         bool          // there is no branch yet
	Format        gitobj.Format // 0 when the server does not tell
	Read          gitwire.Capabilities
	Write         gitwire.Capabilities // nothing when Refused is set
	Refused       error                // why the server takes no push from us; nil when it does
}

// Describe asks the server what it offers. That it takes no push is a part of the answer; that it
// could not be asked is an error. Only the first reference is read of each list, whatever their
// length.
func (r *Repo) Describe(ctx context.Context) (d Description, err error) {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return d, ErrClosed
	}
	if d.Read, err = r.remote.Capabilities(ctx); err != nil {
		return d, err
	}
	if d.DefaultBranch, d.Empty, err = r.describeHead(ctx); err != nil {
		return d, err
	}
	d.Write, err = r.remote.PushCapabilities(ctx)
	if err != nil && (ctx.Err() != nil || r.remote.Transient(err)) {
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
	refs, err := r.remote.ListRefs(ctx, "HEAD")
	if err != nil {
		return "", false, err
	}
	if i := slices.IndexFunc(refs, func(ref gitwire.Ref) bool { return ref.Name == "HEAD" }); i >= 0 {
		name, _ = shortName(refs[i].Target)
		return name, false, nil
	}
	if name, err = r.remote.HeadBranch(ctx); err != nil {
		return "", false, err
	}
	branches, err := r.remote.HasBranches(ctx)
	return name, !branches, err
}

package gitwriter

import (
	"context"
	"fmt"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// This file is for servers that hand out commits with all that belongs to them, or nothing: those of protocol version 0
// that take no other wants than the tips of branches, and those that cannot filter. What is wanted is picked from the
// pack of a whole commit as it streams by; nothing but that, and every directory, is kept.

// maxTips is how many of the commits that were read last are asked for when it is not known which of them an object
// belongs to.
const maxTips = 8

// noteTip remembers a commit that the remote named, as one to ask for.
func (o *objects) noteTip(id gitobj.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.Contains(o.tips, id) {
		return
	}
	if o.tips = append(o.tips, id); len(o.tips) > maxTips {
		o.tips = slices.Delete(o.tips, 0, len(o.tips)-maxTips)
	}
}

// selective reports whether the remote sends what is asked for alone: directories need a filter for that, other objects
// only to be asked for by their ids.
func (o *objects) selective(directories bool) bool {
	byID, filters := o.remote.Selective()
	return byID && (filters || !directories)
}

// sift answers a round from packs of whole commits.
func (o *objects) sift(ctx context.Context, r *round, wants []gitobj.ID) error {
	in := reading{noBlobs: r.snaps != nil, req: gitwire.Fetch{Depth: 1, Format: o.format}}
	if in.noBlobs {
		in.req.Filter = all
	}
	in.keep = func(ob objstore.Object) bool { return ob.Kind != gitobj.KindBlob || r.known[ob.ID] }
	in.visit = func(ob objstore.Object) {
		if r.known[ob.ID] {
			r.got[ob.ID] = ob
		}
	}
	for _, s := range r.snaps {
		in.req.Wants = append(in.req.Wants, s.base)
	}
	if r.snaps == nil {
		o.mu.Lock()
		in.req.Wants = slices.Clone(o.tips)
		o.mu.Unlock()
	}
	if _, err := o.receive(ctx, in); err != nil {
		return fmt.Errorf("read %d objects: %w", len(wants), err)
	}
	for _, id := range wants {
		if _, ok := r.got[id]; !ok {
			r.bad[id] = ErrMissing
		}
	}
	return nil
}

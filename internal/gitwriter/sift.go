package gitwriter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// This file is for servers that hand out commits with all that belongs to them, or nothing: those
// of protocol version 0 that take no other wants than the tips of branches, those of version 2 that
// refuse other objects by their ids, as JGit does, and those that cannot filter. What is wanted is
// picked from the pack of a whole commit as it streams by; nothing but that, and every directory,
// is kept.

// maxTips is how many of the commits that were read last are asked for when it is not known which
// of them an object belongs to.
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

// selective reports whether the remote sends what is asked for alone: directories need a filter for
// that, other objects only to be asked for by their ids.
func (o *objects) selective(directories bool) bool {
	byID, filters := o.remote.Selective()
	return byID && (filters || !directories)
}

// sound is for a refusal to send objects by their ids: it looks for them in whole commits. Where
// one of them is found, the server hands out commits only, and is not asked for anything else
// again. Otherwise the repository lacks the objects.
func (o *objects) sound(ctx context.Context, r *round, wants []gitobj.ID, refusal error) error {
	o.logf(ctx, "%s: looking for %d objects in whole commits: %v", o.remote.URL(), len(wants), refusal)
	if err := o.sift(ctx, r, wants); err != nil {
		return err
	}
	if slices.ContainsFunc(wants, func(id gitobj.ID) bool { return r.bad[id] == nil }) {
		o.remote.CommitsOnly(ctx)
	}
	return nil
}

// errNoCommit says that whole commits have to be read and that none is known yet. It never leaves
// this package.
var errNoCommit = errors.New("no commit to look in")

// besides is how many bytes of further files a round that reads whole commits keeps, and oneBeside
// how many of one file: in a repository of no great size one request then answers every look-up of
// contents.
const besides, oneBeside = 16 << 20, 1 << 20

// sift answers a round from packs of whole commits.
func (o *objects) sift(ctx context.Context, r *round, wants []gitobj.ID) error {
	in := reading{noBlobs: r.snaps != nil, req: gitwire.Fetch{Depth: 1, Format: o.format}}
	if in.noBlobs {
		in.req.Filter = all
	}
	left := besides
	in.keep = func(ob objstore.Object) bool {
		if ob.Kind != gitobj.KindBlob || r.known[ob.ID] {
			return true
		}
		if len(ob.Data) > min(oneBeside, left) {
			return false
		}
		left -= len(ob.Data)
		return true
	}
	in.visit = r.take
	deltas := false
	in.large = func(ob gitpack.Object) {
		deltas = deltas || ob.Unresolved
		r.miss(ob)
	}
	for _, s := range r.snaps {
		in.req.Wants = append(in.req.Wants, s.base)
	}
	if r.snaps == nil {
		o.mu.Lock()
		in.req.Wants = slices.Clone(o.tips)
		o.mu.Unlock()
	}
	if len(in.req.Wants) == 0 {
		return errNoCommit
	}
	_, err := o.receive(ctx, in)
	if n := len(in.req.Wants); err != nil && n > 1 && o.remote.RefusesWants(err, in.req.Wants) {
		// A commit that was read before may have been taken off its branch since, or be no tip any
		// more.
		in.req.Wants = in.req.Wants[n-1:]
		_, err = o.receive(ctx, in)
	}
	if err != nil {
		return fmt.Errorf("read %d objects: %w", len(wants), err)
	}
	for _, id := range wants {
		switch {
		case r.answered(id):
		case deltas: // a smaller request cannot be made
			r.bad[id] = &LargeError{ID: id, Size: -1, Limit: inFlight}
		default:
			r.bad[id] = ErrMissing
		}
	}
	return nil
}

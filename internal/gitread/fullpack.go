package gitread

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

// This file is the full-pack fallback, for servers that send whole commits or nothing: servers of
// protocol version 0 that accept no other wants than the tips of branches, servers of version 2
// that refuse other objects by their ids, as JGit does, and servers without filters. The pack of a
// whole commit is read as it streams by; the wanted objects, every directory and some files are
// kept.

const (
	// maxTips bounds the commits, of those that were read last, that are asked for when it is not
	// known to which of them an object belongs.
	maxTips = 8
	// keptBytes bounds the files that the fallback keeps although nobody asked for them, in bytes,
	// and keptOne each of them: in a small repository a single request then answers every look-up
	// of contents.
	keptBytes, keptOne = 16 << 20, 1 << 20
)

// errNoCommit says that whole commits have to be read and that none is known yet. It never leaves
// this package.
var errNoCommit = errors.New("no commit to look in")

// rememberTip adds a commit that the remote named to those that the fallback may ask for.
func (o *objects) rememberTip(id gitobj.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := slices.Index(o.tips, id); i >= 0 {
		o.tips = slices.Delete(o.tips, i, i+1)
	}
	if o.tips = append(o.tips, id); len(o.tips) > maxTips {
		o.tips = slices.Delete(o.tips, 0, len(o.tips)-maxTips)
	}
}

// isTip reports whether the remote named the commit lately.
func (o *objects) isTip(id gitobj.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.tips, id)
}

// selective reports whether the remote sends single objects: directories need a filter for that,
// other objects only to be asked for by their ids.
func (o *objects) selective(directories bool) bool {
	byID, filters := o.remote.Packs.Selective()
	return byID && (filters || !directories)
}

// lookInCommits follows a refusal to send objects by their ids: it looks for them in whole commits.
// If any of them is found, the server sends commits only, and the remote remembers that. Otherwise
// the repository lacks the objects.
func (o *objects) lookInCommits(ctx context.Context, f *coalesced, wants []gitobj.ID, refusal error) error {
	o.logf(ctx, "%s: looking for %d objects in whole commits: %v", o.remote.Refs.URL(), len(wants), refusal)
	if err := o.fullPack(ctx, f, wants); err != nil {
		return err
	}
	if slices.ContainsFunc(wants, func(id gitobj.ID) bool { return f.bad[id] == nil }) {
		o.remote.Packs.CommitsOnly(ctx)
	}
	return nil
}

// fullPack answers a fetch from packs of whole commits.
func (o *objects) fullPack(ctx context.Context, f *coalesced, wants []gitobj.ID) error {
	left, deltas := keptBytes, false
	in := reading{
		noBlobs: f.snaps != nil, visit: f.take,
		req: gitwire.Fetch{Wants: o.commitsFor(f), Depth: 1, Format: o.format()},
		keep: func(ob objstore.Object) bool {
			if ob.Kind != gitobj.KindBlob || f.known[ob.ID] {
				return true
			}
			if len(ob.Data) > min(keptOne, left) {
				return false
			}
			left -= len(ob.Data)
			return true
		},
		large: func(ob gitpack.Object) {
			deltas = deltas || ob.Unresolved
			f.miss(ob)
		},
	}
	if in.noBlobs {
		in.req.Filter = all
	}
	if len(in.req.Wants) == 0 {
		return errNoCommit
	}
	_, err := o.receive(ctx, in)
	if n := len(in.req.Wants); err != nil && n > 1 && o.remote.Packs.RefusesWants(err, in.req.Wants) {
		// A commit that was read before may have left its branch since, or be no tip any more.
		in.req.Wants = in.req.Wants[n-1:]
		_, err = o.receive(ctx, in)
	}
	if err != nil {
		return fmt.Errorf("read %d objects: %w", len(wants), err)
	}
	for _, id := range wants {
		switch {
		case f.answered(id):
		case deltas: // a smaller request cannot be made
			f.bad[id] = &LargeError{ID: id, Size: -1, Limit: inFlight}
		default:
			f.bad[id] = ErrMissing
		}
	}
	return nil
}

// commitsFor selects the commits that hold the objects of a fetch: those of its snapshots, or the
// commits that were read last.
func (o *objects) commitsFor(f *coalesced) (wants []gitobj.ID) {
	for _, s := range f.snaps {
		wants = append(wants, s.Base)
	}
	if f.snaps == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		wants = slices.Clone(o.tips)
	}
	return wants
}

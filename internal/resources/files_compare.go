package resources

import (
	"context"
	"slices"

	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// difference are the changes from the files that a resource has on a branch to those that it is to
// have.
type difference struct {
	// puts are the indices of the items to write: new ones, changed ones, and those that may have
	// changed.
	puts []int
	// gone are the paths to remove, sorted.
	gone []string
}

func (d difference) empty() bool { return len(d.puts) == 0 && len(d.gone) == 0 }

// fresh are the items to write whose paths are new to the resource. prior are the blobs in state.
func (d difference) fresh(items []item, prior map[string]gitobj.ID) (fresh []*item) {
	for _, i := range d.puts {
		if _, ok := prior[items[i].path]; !ok {
			fresh = append(fresh, &items[i])
		}
	}
	return fresh
}

// compare finds the difference between prior, the blobs in state, and the items that are wanted.
// With mirror set, files that others put below the prefix go too.
func compare(items []item, prior map[string]gitobj.ID, h hints, mirror bool) difference {
	var d difference
	wanted := make(map[string]bool, len(items))
	for i := range items {
		it := &items[i]
		wanted[it.path] = true
		if have, ok := prior[it.path]; !ok || it.blob.IsZero() || it.blob != have || it.changesMode(h) {
			d.puts = append(d.puts, i)
		}
	}
	for p := range prior {
		if !wanted[p] && (mirror || !h.foreign[p]) {
			d.gone = append(d.gone, p)
		}
	}
	slices.Sort(d.gone)
	return d
}

// changesMode reports whether the file that is there is known to have another mode.
func (it *item) changesMode(h hints) bool {
	have := h.mode(it.path)
	return have != 0 && it.mode != 0 && have != it.mode
}

// plannedBlobs are the blobs that a plan promises. A blob whose mode alone changes is not promised,
// so that the plan has a change to show at its path.
func plannedBlobs(items []item, prior map[string]gitobj.ID, h hints) map[string]gitobj.ID {
	out := make(map[string]gitobj.ID, len(items))
	for i := range items {
		it := &items[i]
		out[it.path] = it.blob
		if prior[it.path] == it.blob && it.changesMode(h) {
			out[it.path] = gitobj.ID{}
		}
	}
	return out
}

// unmanagedFiles are the files below the prefix of a mirror that neither the configuration nor the
// state knows: a refresh could not find them yet, because the resource is new, or did not mirror
// this prefix before.
func unmanagedFiles(ctx context.Context, b *gitqueue.Branch, plan, prior *filesModel, items []item) ([]gitread.Entry, error) {
	if !plan.mirrors() || (prior != nil && prior.mirrors() && prior.Prefix.Equal(plan.Prefix)) {
		return nil, nil
	}
	files, err := listBelow(ctx, b, plan.Prefix.ValueString())
	if err != nil {
		return nil, err
	}
	known := prior.blobs()
	wanted := make(map[string]bool, len(items))
	for i := range items {
		wanted[items[i].path] = true
	}
	return slices.DeleteFunc(files, func(e gitread.Entry) bool {
		_, ok := known[e.Path]
		return ok || wanted[e.Path]
	}), nil
}

// listBelow lists the files below a prefix that a resource can hold: no submodules, and no names
// that Terraform cannot keep or that no Git should check out.
func listBelow(ctx context.Context, b *gitqueue.Branch, prefix string) ([]gitread.Entry, error) {
	files, err := b.List(ctx, prefix)
	return slices.DeleteFunc(files, func(e gitread.Entry) bool {
		return e.Mode.IsSubmodule() || gitobj.ValidateEntry(e.Path, e.Mode) != nil || !norm.NFC.IsNormalString(e.Path)
	}), err
}

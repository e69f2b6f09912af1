package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
)

// keepSeed leaves in the plan of a seed that is there all that will not be written: others own it.
// Terraform takes a prior value in place of a configured value where neither is null.
func (p *filePlan) keepSeed() {
	if p.prior == nil || p.plan.SeedOnly.IsUnknown() || !p.plan.SeedOnly.ValueBool() {
		return
	}
	plan, prior := &p.plan, p.prior
	for _, v := range []struct{ plan, prior *types.String }{
		{&plan.Content, &prior.Content},
		{&plan.ContentBase64, &prior.ContentBase64},
		{&plan.SensitiveContent, &prior.SensitiveContent},
		{&plan.Source, &prior.Source},
		{&plan.Mode, &prior.Mode},
		{&plan.LineEndings, &prior.LineEndings},
	} {
		if !v.plan.IsNull() && !v.prior.IsNull() {
			*v.plan = *v.prior
		}
	}
	if !plan.ContentWOVersion.IsNull() && !prior.ContentWOVersion.IsNull() {
		plan.ContentWOVersion = prior.ContentWOVersion
	}
}

// wantSeed plans the blob of a seed: as state has it, or unknown where it is yet to be written, or
// moved with the content that others gave it by then.
func (p *filePlan) wantSeed(w wanted) wanted {
	if p.prior != nil && p.plan.SeedOnly.ValueBool() && p.plan.Path.Equal(p.prior.Path) {
		w.blob, w.size = p.prior.BlobID, p.prior.Size
	}
	return w
}

// refreshSeed sets the model to the branch's content, nothing included. The content in state
// stays the seed's own.
func (m *fileModel) refreshSeed(ctx context.Context, b *gitqueue.Branch, have gitread.Entry) error {
	switch {
	case !have.Exists():
		m.BlobID, m.Size = types.StringNull(), types.Int64Null()
		return nil
	case have.ID == m.blob():
		m.Mode = types.StringValue(have.Mode.String())
		return nil
	}
	size, err := sizeOf(ctx, b, have.ID)
	if err == nil {
		m.BlobID, m.Mode, m.Size = types.StringValue(have.ID.String()), types.StringValue(have.Mode.String()), size
	}
	return err
}

// sizeOf is the size of a blob on the branch; null for a blob that is too large to be read.
func sizeOf(ctx context.Context, b *gitqueue.Branch, id gitobj.ID) (types.Int64, error) {
	return sizeFrom(b.ReadBlob(ctx, id, 0))
}

// sizeFrom is the size of a blob from the result of reading it; null for a blob that is too large
// to be read, or to be told of.
func sizeFrom(blob []byte, err error) (types.Int64, error) {
	var large *gitread.LargeError
	switch {
	case errors.As(err, &large) && large.Size >= 0:
		return types.Int64Value(large.Size), nil
	case errors.Is(err, gitread.ErrTooLarge):
		return types.Int64Null(), nil
	}
	return types.Int64Value(int64(len(blob))), err
}

// seed writes a file whose content is others' business from then on (seed_only). It returns the
// hint record of a blob that this resource wrote; nothing when it left the file there to others.
func (w *fileWrite) seed(ctx context.Context, pending *gitqueue.Pending) (hints, error) {
	w.overwrite, w.overwriteNew = false, w.overwriteNew && w.prior != nil
	if w.prior != nil {
		if moved, err := w.moveSeed(ctx, pending); moved || err != nil {
			return w.hints.moved(w.prior.Path.ValueString(), w.Path), err
		}
	}
	it := w.item()
	if !it.known() {
		return hints{}, errNoContent
	}
	have, err := w.Branch.Lookup(ctx, w.Path)
	if err != nil {
		return hints{}, err
	}
	// A path that exists is not touched, and a file that was not written must not be removed later
	// either.
	if have.Exists() {
		return hints{}, w.settleSeed(ctx, have, gitwriter.Result{})
	}
	it.blob, it.from, w.have, w.overwriteNew = gitobj.ID{}, gitread.Entry{}, nil, false
	result, now, err := w.run(ctx, pending, difference{puts: []int{0}}, nil)
	var conflict *gitwriter.ConflictError
	switch {
	case errors.As(err, &conflict): // somebody was faster
		return hints{}, w.settleSeed(ctx, conflict.Have, gitwriter.Result{})
	case err != nil:
		return hints{}, err
	}
	w.settle(result)
	return now, nil
}

// settleSeed fills in the blob that the branch holds in place of the seed.
func (w *fileWrite) settleSeed(ctx context.Context, have gitread.Entry, result gitwriter.Result) error {
	size, err := sizeOf(ctx, w.Branch, have.ID)
	if err != nil {
		return err
	}
	w.item().blob = have.ID
	w.settle(result)
	w.plan.Size = size
	return nil
}

// moveSeed renames the file at the prior path, with the content that others gave it. It reports
// false when there is none.
func (w *fileWrite) moveSeed(ctx context.Context, pending *gitqueue.Pending) (bool, error) {
	old := w.Target
	old.Path = w.prior.Path.ValueString()
	have, err := lookupFile(ctx, old)
	if err != nil || !have.Exists() || old.Path == w.Path {
		return false, err
	}
	it, c := w.item(), w.item().content
	it.content, it.blob, it.mode, it.from = content{}, have.ID, have.Mode, have
	result, _, err := w.run(ctx, pending, difference{puts: []int{0}}, nil)
	if err != nil {
		return false, err
	}
	it.content = c
	return true, w.settleSeed(ctx, have, result)
}

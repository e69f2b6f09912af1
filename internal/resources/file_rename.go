package resources

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// unmoved finds the file of a rename that was staged and never committed: the branch has nothing at
// the new path, and the same file at the old path. The file is then where it was, and the rename is
// planned again. Without this the old path would be nobody's, as soon as the commit that was to
// take it away has no state that names it. An old path that holds something else by now may be
// somebody else's: it is left alone, and a warning names it.
//
// A new path that held the content before tells nothing: the old path does.
func unmoved(ctx context.Context, s subject, t session.Target, state *fileModel, have gitread.Entry, h hints, diags *diag.Diagnostics) (gitread.Entry, error) {
	before, staged := h.before(t.Path)
	source, renamed := h.renames[t.Path]
	blob := h.stagedAs(t.Path, state.blob())
	adopted := have.Exists() && have.ID == before && before == blob
	if have.Exists() && !adopted || !staged || !renamed || blob != state.blob() {
		return have, nil
	}
	t.Path = source.path
	old, err := lookupFile(ctx, t)
	switch {
	case err != nil || !old.Exists() || adopted && old.ID != source.blob:
		return have, err
	case old.ID != source.blob:
		diags.AddWarning("Files are left on the branch", s.detail(fmt.Errorf("the file was to be renamed, that was never committed, and its old path holds something else by now:\n\n  - %s\n\n"+
			"It is left alone; when it is nobody else's, remove it by hand", old.Path)))
		return have, nil
	}
	return old, nil
}

// beforeRename gives the model the path that the file has, where a rename was staged and never
// committed. Terraform before 1.12 plans and makes a deletion of a state that no refresh corrected.
func (r *fileResource) beforeRename(ctx context.Context, m *fileModel, t *session.Target, h hints, diags *diag.Diagnostics) {
	source, renamed := h.renames[m.Path.ValueString()]
	if !renamed || m.Path.ValueString() == source.path {
		return
	}
	have, err := lookupFile(ctx, *t)
	if err != nil {
		return // the next look-up reports it
	}
	old, err := unmoved(ctx, subject{verb: "delete", location: t.Location}, *t, m, have, h, diags)
	if err != nil || old.Path != source.path {
		return
	}
	m.Path, m.BlobID, m.Mode = types.StringValue(old.Path), types.StringValue(old.ID.String()), types.StringValue(old.Mode.String())
	t.Path = old.Path
}

package resources

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/packedmap"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// Read sets the blob of each named path to the blob that the branch holds. A file that drifted
// thereby makes the commit show a change too, so that it runs after the file is staged again.
func (r *commitResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	defer r.session.Owners().Begin()()
	var state commitModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, req.State, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if r.session == nil {
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, urlUnknownKey, isTrue(r.session.URLUnknown()))...)
	r.session.Refreshes().NoteCommit()
	if r.session.Partial {
		return
	}
	t, err := r.session.Open(ctx, state.location())
	var now map[string]gitobj.ID
	if err == nil {
		elements, _ := packedmap.Elements(state.Files) // packed by this process
		now, err = lookupBlobs(ctx, t.Branch, slices.Sorted(maps.Keys(elements)))
	}
	if err != nil {
		if !r.session.NoteUnread(state.location(), err) {
			resp.Diagnostics.Append(commitSubject{"read", state.location()}.report(err)...)
		}
		return
	}
	before := state.Files
	if state.setNamed(now); !state.Files.Equal(before) {
		resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	}
}

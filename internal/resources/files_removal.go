package resources

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// planRemoval tells the commit that named the files, whose plan is made in the same process, that
// their removal is asked for, and keeps what the branch holds where that is not what state says: it
// does for many files what removalKey is for.
func (r *filesResource) planRemoval(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var prior filesModel
	if req.State.Raw.IsNull() || req.State.Get(ctx, &prior).HasError() || prior.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	h := loadHints(ctx, req.Private, "", &resp.Diagnostics)
	t, err := r.session.open(ctx, prior.place())
	if err != nil {
		return // whoever has to ask the branch reports it
	}
	known := prior.blobs()
	gone := compare(nil, known, h, false).gone
	t.branch.AnnounceRemoval(gone...)
	found, _, err := t.branch.LookupAll(ctx, gone)
	blobs := make(map[string]gitobj.ID, len(gone))
	for i, path := range gone {
		blobs[path] = known[path]
		if err == nil {
			blobs[path] = found[i].ID
		}
	}
	if err == nil {
		planDrifted(prior.subject("delete"), r.session.Overwrite, known, &h, found, func(key string, value []byte) {
			resp.Diagnostics.Append(resp.Private.SetKey(ctx, key, value)...)
		}, &resp.Diagnostics)
	}
	f := r.session.decideFate(ctx, plannedRemoval{
		place: t.place, blobs: blobs, rivals: h.rivals, staging: r.session.explicit(prior.CommitMode), committed: h.wasCommitted(known, blobs),
	})
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, fateKey, f.encode())...)
}

// planDrifted keeps what the branch holds at the paths that are to be removed, where it is not what
// state says, and warns of it. h may be nil where nothing is known of modes and of what was staged.
func planDrifted(
	about subject, silent bool, blobs map[string]gitobj.ID, h *hints, found []gitread.Entry, keep func(key string, value []byte), diags *diag.Diagnostics,
) {
	keep(removalKey, []byte("null")) // of an earlier plan
	planned := make(plannedRemovals)
	var list pathList
	for _, have := range found {
		mode, was, staged := gitobj.Mode(0), gitobj.ID{}, false
		if h != nil {
			mode = h.mode(have.Path)
			was, staged = h.before(have.Path)
		}
		if !have.Exists() || have.Mode.IsTree() || have.ID == blobs[have.Path] && (mode == 0 || have.Mode == mode) {
			continue
		}
		planned[have.Path] = removalJSON{have.ID.String(), have.Mode.String()}
		// What was there before a change that was never committed is this resource's own work.
		if !staged || have.ID != was {
			list.add(have.Path, nil)
		}
	}
	if len(planned) == 0 {
		return
	}
	keep(removalKey, planned.encode())
	if list.n > 0 && !silent {
		diags.AddWarning("Files that somebody else changed will be removed", about.detail(fmt.Errorf("the branch holds another content or mode than this resource wrote, at %d of its paths:%s\n\n"+
			"The plan shows what it wrote, and removes what is there now", list.n, &list)))
	}
}

// plannedRemovals are, by path, the files of which a plan saw another blob or mode than state
// tells.
type plannedRemovals map[string]removalJSON

func (p plannedRemovals) encode() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic("resources: strings cannot be encoded: " + err.Error())
	}
	return b
}

// decodePlannedRemovals reads what encode made; nothing of anything else.
func decodePlannedRemovals(b []byte) plannedRemovals {
	var p plannedRemovals
	if json.Unmarshal(b, &p) != nil {
		return nil
	}
	return p
}

// expected is what a removal expects at a path: what the plan saw, else what state says.
func (p plannedRemovals) expected(path string, blob gitobj.ID, mode gitobj.Mode) gitread.Entry {
	if j, ok := p[path]; ok {
		id, err := gitobj.ParseID(j.Blob)
		saw, modeErr := gitobj.ParseMode(j.Mode)
		if err == nil && modeErr == nil {
			return gitread.Entry{Path: path, ID: id, Mode: saw}
		}
	}
	return gitread.Entry{Path: path, ID: blob, Mode: mode}
}

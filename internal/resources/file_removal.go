package resources

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// removalKey is where a planned removal says, in private state, what the plan saw at the path.
//
// Terraform plans the removal of a resource that is no longer in the configuration from the state
// before the refresh, which only tells it whether the resource is gone. Without this, a file that
// somebody changed before its removal was planned would be a conflict in every apply, however often
// it is planned.
const removalKey = "removal"

type removalJSON struct {
	Blob string `json:"blob"`
	Mode string `json:"mode"`
}

// errDrifted: what is to be removed is not what this resource wrote.
var errDrifted = errors.New("the branch holds another content or mode than this resource wrote. The plan shows what it wrote, and removes what is there now")

// planRemoval tells the commit that named the file, whose plan is made in the same process, that
// its removal is asked for, and keeps what the branch holds when that is not what state says.
func (r *fileResource) planRemoval(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var prior fileModel
	if req.State.Raw.IsNull() || req.State.Get(ctx, &prior).HasError() || prior.OnDestroy.ValueString() == onDestroyKeep {
		return
	}
	named, blob := prior.Path.ValueString(), prior.blob()
	h := loadHints(ctx, req.Private, named, &resp.Diagnostics)
	prior.atRaw(h)
	t, err := r.session.open(ctx, prior.place())
	if err != nil {
		return // whoever has to ask the branch reports it
	}
	r.beforeRename(ctx, &prior, &t, h, &resp.Diagnostics)
	t.branch.AnnounceRemoval(t.path)
	have, err := lookupFile(ctx, t)
	if err != nil {
		have = prior.entry()
	}
	if err == nil {
		r.planDrifted(ctx, t, &prior, have, h, resp)
	}
	f := r.session.decideFate(ctx, plannedRemoval{
		place: t.place, blobs: map[string]gitobj.ID{t.path: have.ID}, rivals: map[string]gitobj.ID{t.path: h.rivals[named]},
		staging: r.session.stages(&prior), committed: h.wasCommitted(map[string]gitobj.ID{named: blob}, map[string]gitobj.ID{named: have.ID}),
	})
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, fateKey, f.encode())...)
}

// beforeRename gives the model the path that the file has, where a rename was staged and never
// committed. Terraform before 1.12 plans and makes a deletion of a state that no refresh corrected.
func (r *fileResource) beforeRename(ctx context.Context, m *fileModel, t *target, h hints, diags *diag.Diagnostics) {
	source, renamed := h.renames[m.Path.ValueString()]
	if !renamed || m.Path.ValueString() == source.path {
		return
	}
	have, err := lookupFile(ctx, *t)
	if err != nil {
		return // whoever has to ask the branch reports it
	}
	old, err := unmoved(ctx, subject{verb: "delete", place: t.place}, *t, m, have, h, diags)
	if err != nil || old.Path != source.path {
		return
	}
	m.Path, m.BlobID, m.Mode = types.StringValue(old.Path), types.StringValue(old.ID.String()), types.StringValue(old.Mode.String())
	t.path = old.Path
}

// planDrifted keeps what the branch holds at the path, if it is not what state says.
func (r *fileResource) planDrifted(ctx context.Context, t target, prior *fileModel, have gitread.Entry, h hints, resp *resource.ModifyPlanResponse) {
	if prior.SeedOnly.ValueBool() {
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, removalKey, []byte("null"))...) // of an earlier plan
	if !have.Exists() || have.ID == prior.blob() && have.Mode == prior.mode() {
		return
	}
	b, err := json.Marshal(removalJSON{have.ID.String(), have.Mode.String()})
	if err != nil {
		panic("resources: a string cannot be encoded: " + err.Error())
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, removalKey, b)...)
	if r.session.Overwrite || h.uncommitted(prior.Path.ValueString(), prior.blob(), have.ID) {
		return // nobody asked to be told, or what the branch holds is this resource's own work before that
	}
	s := subject{verb: "delete", place: t.place}
	resp.Diagnostics.AddWarning("Files that somebody else changed will be removed", s.detail(errDrifted))
}

// expectedRemoval is what a removal expects at the path: what the plan saw, else what state says.
func expectedRemoval(state *fileModel, planned []byte) gitread.Entry {
	var j removalJSON
	if json.Unmarshal(planned, &j) == nil {
		id, err := gitobj.ParseID(j.Blob)
		mode, modeErr := gitobj.ParseMode(j.Mode)
		if err == nil && modeErr == nil {
			return gitread.Entry{Path: state.Path.ValueString(), ID: id, Mode: mode}
		}
	}
	return state.entry()
}

// announceRemoval is a hint for plans: a branch that cannot be opened says so elsewhere.
func (s *Session) announceRemoval(ctx context.Context, prior *fileModel) {
	if t, err := s.open(ctx, prior.place()); err == nil {
		t.branch.AnnounceRemoval(t.path)
	}
}

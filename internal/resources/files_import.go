package resources

import (
	"cmp"
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// ImportState takes `prefix`, `branch:prefix`, `repository#branch:prefix` or a resource identity,
// and adopts every file below the prefix. The next plan shows in blob_ids which of them the
// configuration does not ask for, and removes them.
func (r *filesResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	id, byIdentity := parseImportID(req.ID), req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull()
	if byIdentity {
		var given filesIdentity
		if resp.Diagnostics.Append(req.Identity.Get(ctx, &given)...); resp.Diagnostics.HasError() {
			return
		}
		id = fileIdentity{given.Repository, given.Branch, given.Prefix}
	}
	s := subject{verb: "import", location: session.Location{Path: id.Path.ValueString(), Branch: id.Branch.ValueString()}, many: true}
	err := errors.Join(checkImport(id), checkPrefix(id.Path.ValueString()))
	if req.ID == "" && !byIdentity { // a variable that was forgotten, perhaps, and not the wish to adopt a whole branch
		err = errors.New("the import id is empty")
	}
	if err != nil {
		s, err = unshown(req.ID, id, s, err)
		resp.Diagnostics.AddError("Cannot import "+s.name(), sentence(err.Error())+
			"\n\nAn import id is prefix, branch:prefix or repository#branch:prefix; for the root of the repository nothing follows the colon, as in main: or a colon alone.")
		return
	}
	state := importedFiles()
	state.Repository = r.session.RepositoryFor(id.Repository, types.StringNull())
	state.Branch = r.session.BranchFor(id.Branch, types.StringNull())
	state.Prefix = id.Path
	if !known(state.Repository) {
		resp.Diagnostics.AddError("Cannot import "+s.name(), noImportRepository)
		return
	}
	t, err := r.session.Open(ctx, state.location())
	s.location = t.Location
	if err == nil {
		err = r.adopt(ctx, t, &state)
	}
	if err != nil {
		resp.Diagnostics.Append(s.report(err)...)
		return
	}
	state.Repository, state.Branch = types.StringValue(t.Repository), types.StringValue(t.Location.Branch)
	refreshID(r.session, &state)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// adopt gives the resource every file below the prefix. The Read that Terraform makes next
// finds their modes.
func (r *filesResource) adopt(ctx context.Context, t session.Target, m *filesModel) error {
	files, err := listBelow(ctx, t.Branch, t.Path)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return cmp.Or(findDecomposed(ctx, t.Branch, t.Path),
			errors.New("the branch holds no file below this prefix: check prefix and branch; a single file is imported as a nanogit_file"))
	}
	blobs := make(map[string]gitobj.ID, len(files))
	for _, f := range files {
		blobs[f.Path] = f.ID
	}
	m.setBlobs(blobs)
	if r.hides(t.Path, files) {
		return nil
	}
	m.Files, err = importContents(ctx, t, files)
	return err
}

// importedFiles has the defaults of the schema.
func importedFiles() filesModel {
	return filesModel{
		Files:             types.MapNull(entryType),
		Include:           types.ListNull(types.StringType),
		Exclude:           types.ListNull(types.StringType),
		Prune:             types.StringValue(pruneManaged),
		OverwriteOnCreate: types.BoolValue(false),
		OnDestroy:         types.StringValue(onDestroyDelete),
		CommitMessage:     types.StringValue(""),
	}
}

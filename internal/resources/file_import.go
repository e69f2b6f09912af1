package resources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// ImportState takes `path`, `branch:path` or `repository#branch:path`, or a resource identity. The
// Read that Terraform makes next fills in the rest; attributes that are only instructions get
// their defaults, so that a configuration which agrees with the file has an empty plan.
func (r *fileResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var id fileIdentity
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...)
		if resp.Diagnostics.HasError() {
			return
		}
	} else {
		id = parseImportID(req.ID)
	}
	s := subject{verb: "import", location: session.Location{Path: id.Path.ValueString(), Branch: id.Branch.ValueString()}}
	if err := errors.Join(checkImport(id), gitobj.ValidatePath(id.Path.ValueString())); err != nil {
		if id.Path.ValueString() == "" && checkImport(id) == nil {
			err = fmt.Errorf("the import id %q names no file", req.ID)
		}
		s, err = unshown(req.ID, id, s, err)
		resp.Diagnostics.AddError("Cannot import "+s.name(), sentence(err.Error())+
			"\n\nAn import id is path, branch:path or repository#branch:path; a path that holds a colon is written as branch:path, or as :path for the default branch.")
		return
	}
	state := importedFile()
	state.Repository = r.session.RepositoryFor(id.Repository, types.StringNull())
	state.Branch = r.session.BranchFor(id.Branch, types.StringNull())
	state.Path = id.Path
	if !known(state.Repository) {
		resp.Diagnostics.AddError("Cannot import "+s.name(), noImportRepository)
		return
	}
	t, err := r.session.Open(ctx, state.location())
	if err != nil {
		resp.Diagnostics.Append(s.report(err)...)
		return
	}
	have, err := lookupFile(ctx, t)
	if err == nil && !have.Exists() {
		have, _, err = lookupDecomposed(ctx, t, true, "")
	}
	if err == nil && !have.Exists() {
		err = cmp.Or(findDecomposed(ctx, t.Branch, t.Path), errors.New("the branch holds no file at this path: check path and branch"))
	}
	if err != nil {
		s.location = t.Location
		resp.Diagnostics.Append(s.report(err)...)
		return
	}
	state.Repository, state.Branch = types.StringValue(t.Repository), types.StringValue(t.Location.Branch)
	refreshID(r.session, &state)
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// parseImportID splits an import id at the first colon. The text before it ends in a branch,
// perhaps after a URL and '#': a URL has a colon too, so that it is cut off first.
func parseImportID(id string) fileIdentity {
	var out fileIdentity
	head, rest, ok := strings.Cut(id, "#")
	if _, err := giturl.Read(head); err != nil && strings.Contains(rest, "#") && strings.Contains(rest, "@") {
		i := strings.LastIndexByte(id, '#') // the first is in a password
		head, rest = id[:i], id[i+1:]
	}
	// No path begins with a slash, and no branch has a bracket in it.
	address := strings.Contains(head, "://") || strings.HasPrefix(head, "/") || strings.HasPrefix(head, "[") && strings.Contains(head, "]:") ||
		strings.Contains(rest, ":") && strings.Contains(head, "@")
	if !ok && strings.Contains(id, "://") || ok && address {
		out.Repository, id = types.StringValue(head), rest
	}
	branch, path, ok := strings.Cut(id, ":")
	switch {
	case !ok:
		path = id
	case branch != "":
		out.Branch = types.StringValue(branch)
	}
	out.Path = types.StringValue(norm.NFC.String(path)) // as Terraform will have it from here on
	return out
}

// unshown keeps an import id out of a message that may be an address with a password in it, so
// misspelt that it was taken for a path.
func unshown(raw string, id fileIdentity, s subject, err error) (subject, error) {
	if !strings.Contains(raw, "@") || checkImport(id) != nil { // whose errors quote no address
		return s, err
	}
	s.location.Path, s.location.Branch = "", ""
	return s, errors.New("the import id names nothing that can be imported, and is not repeated, for it may hold a password")
}

const noImportRepository = "Neither the import id nor the provider says which repository is meant. " +
	"Put it before the branch (repository#branch:path), or set url in the provider block."

// checkImport checks repository and branch of an import id.
func checkImport(id fileIdentity) error {
	if known(id.Repository) {
		if err := session.CheckRepository(id.Repository.ValueString()); err != nil {
			return err
		}
	}
	if known(id.Branch) {
		if err := checkBranch(id.Branch.ValueString()); err != nil {
			return err
		}
	}
	return nil
}

// importedFile has the defaults of the schema.
func importedFile() fileModel {
	return fileModel{
		LineEndings:       types.StringValue(string(filecontent.AsIs)),
		OverwriteOnCreate: types.BoolValue(false),
		AllowLFSOverwrite: types.BoolValue(false),
		SeedOnly:          types.BoolValue(false),
		OnDestroy:         types.StringValue(onDestroyDelete),
		CommitMessage:     types.StringValue(""),
	}
}

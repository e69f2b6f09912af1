package resources

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

// commitIdentity names the place of a nanogit_commit. The commit itself is no part of it: it is
// another one after each change.
type commitIdentity struct {
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
}

func (m *commitModel) identity() commitIdentity { return commitIdentity{m.Repository, m.Branch} }

// IdentitySchema names the attributes that tell where the commits are made.
func (r *commitResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"repository": identityschema.StringAttribute{OptionalForImport: true, Description: "URL of the repository; default the provider's url."},
		"branch":     identityschema.StringAttribute{RequiredForImport: true, Description: "Short name of the branch."},
	}}
}

// parseCommitImportID reads `branch` and `branch:commit`, perhaps after `repository#`.
func parseCommitImportID(text string) (id commitIdentity, commit string) {
	read := parseImportID(text)
	id = commitIdentity{read.Repository, read.Branch}
	if id.Branch.IsNull() && !strings.Contains(strings.TrimPrefix(text, id.Repository.ValueString()), ":") {
		id.Branch = read.Path
		return id, ""
	}
	return id, read.Path.ValueString()
}

// ImportState takes `branch`, `branch:commit`, either after `repository#`, or a resource identity.
// Nothing says which files the configuration names: state has none. The next plan shows all of them
// as new to the resource, and its apply makes no commit of those that the branch holds.
func (r *commitResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer r.session.Warn(&resp.Diagnostics)
	var id commitIdentity
	var commit string
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		if resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...); resp.Diagnostics.HasError() {
			return
		}
	} else {
		id, commit = parseCommitImportID(req.ID)
	}
	if err := checkCommitImport(req.ID, id, commit); err != nil {
		resp.Diagnostics.AddError("Cannot import the commit", sentence(err.Error())+
			"\n\nAn import id is branch or branch:commit, or one of them after repository#; a colon alone before the commit stands for the default branch.")
		return
	}
	state := importedCommit()
	state.Repository = r.session.RepositoryFor(id.Repository, types.StringNull())
	state.Branch = r.session.BranchFor(id.Branch, types.StringNull())
	if !known(state.Repository) {
		resp.Diagnostics.AddError("Cannot import the commit", noImportRepository)
		return
	}
	t, err := r.session.Open(ctx, state.location())
	if err == nil {
		state.Repository, state.Branch = types.StringValue(t.Repository), types.StringValue(t.Location.Branch)
		err = state.describe(ctx, r.session, t, idOf(types.StringValue(commit)))
	}
	if err != nil {
		resp.Diagnostics.Append(commitSubject{"import", t.Location}.report(err)...)
		return
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// checkCommitImport checks the parts of an import. Its error does not repeat an address that may
// have a password in it.
func checkCommitImport(raw string, id commitIdentity, commit string) error {
	at := fileIdentity{Repository: id.Repository, Branch: id.Branch}
	if id.Branch.ValueString() == "" {
		at.Branch = types.StringNull()
	}
	if err := checkImport(at); err != nil {
		if strings.Contains(raw, "@") && !known(id.Repository) {
			err = errors.New("the import id names nothing that can be imported, and is not repeated, for it may hold a password")
		}
		return err
	}
	if commit != "" && idOf(types.StringValue(commit)).IsZero() {
		return errors.New("the text after the branch is no commit id: write all 40 hexadecimal digits, or 64 in a SHA-256 repository")
	}
	if raw == "" && id.Branch.IsNull() {
		return errors.New("the import id is empty")
	}
	return nil
}

// describe takes over a commit of the branch; the head, for the zero ID.
func (m *commitModel) describe(ctx context.Context, s *session.Session, t session.Target, id gitobj.ID) error {
	head, err := t.Branch.Head(ctx)
	switch {
	case err != nil:
		return err
	case head.IsZero():
		return errors.New("the branch has no commit")
	case id.IsZero():
		id = head
	}
	repo, _, err := s.OpenRepository(ctx, t.Repository)
	if err != nil {
		return err
	}
	c, err := readCommit(ctx, repo, id)
	if err != nil {
		return err
	}
	made := gitwriter.Result{Commit: id, Tree: c.Tree}
	if len(c.Parents) > 0 {
		made.Parent = c.Parents[0]
	}
	m.setMade(&made, nil)
	m.Author = personValue(gitwriter.Identity{Name: c.Author.Name, Email: c.Author.Email})
	m.Committer = personValue(gitwriter.Identity{Name: c.Committer.Name, Email: c.Committer.Email})
	return nil
}

func readCommit(ctx context.Context, repo *gitqueue.Repo, id gitobj.ID) (*gitobj.Commit, error) {
	ob, err := repo.Object(ctx, id)
	if err != nil {
		return nil, err
	}
	if ob.Kind != gitobj.KindCommit {
		return nil, fmt.Errorf("%s is no commit, but a %s", id, ob.Kind)
	}
	return gitobj.ParseCommit(id.Format(), ob.Data)
}

// importedCommit has the defaults of the schema, no files and no words of its own.
func importedCommit() commitModel {
	m := commitModel{
		Message: types.StringValue(""), Trailers: trailersValue(nil), PushOptions: linesValue(nil),
		AllowEmpty: types.BoolValue(false), OnDestroy: types.StringValue(onDestroyKeep),
	}
	m.setNamed(nil)
	m.setChanged(map[string]string{})
	return m
}

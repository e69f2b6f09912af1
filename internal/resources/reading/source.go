package reading

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// The attributes, as diagnostics name them.
var (
	atRepository = path.Root("repository")
	atRef        = path.Root("ref")
	atPath       = path.Root("path")
	atPrefix     = path.Root("prefix")
)

// source is the part that all data sources have in common.
type source struct{ session *session.Session }

// Configure takes the session that the provider made; there is none yet while a configuration is
// only validated.
func (s *source) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	resp.Diagnostics.Append(s.configure(req.ProviderData)...)
}

func (s *source) configure(given any) diag.Diagnostics {
	if given == nil {
		return nil
	}
	configured, ok := given.(*session.Session)
	if !ok {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unusable provider data", fmt.Sprintf("The provider gave %T to its data sources. Please report this.", given))}
	}
	s.session = configured
	return nil
}

// place has the attributes that say which commit is read.
type place struct {
	Repository types.String `tfsdk:"repository"`
	Ref        types.String `tfsdk:"ref"`
	CommitID   types.String `tfsdk:"commit_id"`
}

func repositoryAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "URL of the repository, without credentials. Default: the provider's `url` (`NANOGIT_URL`).",
		Optional:            true, Computed: true,
		Validators: []validator.String{resources.ValidRepository()},
	}
}

// placed adds the attributes of a place to others.
func placed(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	attributes["repository"] = repositoryAttribute()
	attributes["ref"] = schema.StringAttribute{
		MarkdownDescription: "What to read: a branch, a tag, the full name of a ref (`refs/pull/1/head`) or the id of a commit with all of its 40 or 64 digits. " +
			"A name is looked up in this order: an id, a branch, a tag. Default: the provider's `branch`, or else the remote's default branch.",
		Optional: true, Computed: true,
		Validators: []validator.String{resources.ValidCommitName()},
	}
	attributes["commit_id"] = schema.StringAttribute{
		MarkdownDescription: "Id of the commit that was read. Annotated tags, and tags of tags, are followed to it.", Computed: true,
	}
	return attributes
}

// opened is a commit that a data source reads. Its Leave is called in the end. Calls of its
// snapshot have the context with which it was announced (gitread.Repo.Announce).
type opened struct {
	gitread.Revision
	*gitread.Reader
	about question
}

// open opens the commit of a place and completes the place. paths are about to be looked up. The
// context that it returns is for the calls that follow.
func (s *source) open(ctx context.Context, p *place, about question, paths ...string) (context.Context, opened, diag.Diagnostics) {
	if diags := s.placeRepository(&p.Repository, &about); diags.HasError() {
		return ctx, opened{}, diags
	}
	p.Ref = s.session.BranchFor(p.Ref, types.StringNull())
	repo, shown, err := s.session.OpenRepository(ctx, p.Repository.ValueString())
	about.repository, about.ref = shown, p.Ref.ValueString()
	if err != nil {
		return ctx, opened{}, about.report(err)
	}
	ctx, reader := repo.Announce(ctx)
	found, err := repo.Revision(ctx, p.Ref.ValueString(), paths...)
	if err != nil {
		reader.Leave()
		return ctx, opened{}, about.report(err, nearRefs(ctx, repo, err))
	}
	if p.Ref.IsNull() {
		p.Ref = types.StringValue(shortRef(found.Ref))
		about.ref = p.Ref.ValueString()
	}
	p.CommitID = types.StringValue(found.Commit.String())
	return ctx, opened{Revision: found, Reader: reader, about: about}, nil
}

// openHistory is open for a walk through the history, for which no other reader's fetch waits.
func (s *source) openHistory(ctx context.Context, p *place, about question) (opened, diag.Diagnostics) {
	_, at, diags := s.open(ctx, p, about)
	if !diags.HasError() {
		at.Leave()
	}
	return at, diags
}

// placeRepository completes the repository.
func (s *source) placeRepository(repository *types.String, about *question) diag.Diagnostics {
	*repository = s.session.RepositoryFor(*repository, types.StringNull())
	if repository.IsNull() {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(atRepository, "No repository",
			"Neither this data source nor the provider says which repository is meant. Set repository here, url in the provider block, or NANOGIT_URL.")}
	}
	about.repository = repository.ValueString()
	return nil
}

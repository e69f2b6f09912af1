package listing

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// refList is the list resource nanogit_branch or nanogit_tag.
type refList struct {
	session *session.Session

	kind, plural string // "branch", "branches"
	prefix       string // of the full names of its refs
	description  string
}

// NewBranch makes the list resource nanogit_branch.
func NewBranch() list.ListResource {
	return &refList{
		kind: "branch", plural: "branches", prefix: resources.HeadsPrefix,
		description: "Lists the branches of a repository for `terraform query`, so that they can be imported all at once. Needs Terraform 1.14 or later.",
	}
}

// NewTag makes the list resource nanogit_tag.
func NewTag() list.ListResource {
	return &refList{
		kind: "tag", plural: "tags", prefix: resources.TagsPrefix,
		description: "Lists the tags of a repository for `terraform query`, so that they can be imported all at once. With `include_resource` each tag has its message, " +
			"tagger and target. Needs Terraform 1.14 or later.",
	}
}

var _ list.ListResourceWithConfigure = (*refList)(nil)

// refConfig is the block config of a list of branches or tags.
type refConfig struct {
	Repository types.String `tfsdk:"repository"`
	Include    types.List   `tfsdk:"include"`
	Exclude    types.List   `tfsdk:"exclude"`
}

// Metadata names the list resource.
func (l *refList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + l.kind
}

// Configure takes the session that the provider made.
func (l *refList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.session = resources.SessionOf(req, resp)
}

// ListResourceConfigSchema describes the block config.
func (l *refList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: l.description, Attributes: map[string]schema.Attribute{
		"repository": repositoryAttribute(),
		"include": patterns("Which " + l.plural + " are listed: patterns that are matched against short names, in which `*` stands for anything but a slash, " +
			"`**` for any number of parts between slashes, `?` for one character and `{a,b}` for either. Default: all of them."),
		"exclude": patterns("Which of them are not, by the same kind of patterns."),
	}}
}

// List streams the refs in the order of their names.
func (l *refList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config refConfig
	if diags := req.Config.Get(ctx, &config); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	repository := l.session.RepositoryFor(config.Repository, types.StringNull())
	if repository.IsNull() {
		stream.Results = list.ListResultsStreamDiagnostics(noRepository())
		return
	}
	report := func(err error) diag.Diagnostics {
		return resources.Report("Cannot list "+l.plural, session.Location{Repository: repository.ValueString()}, err)
	}
	repo, shown, err := l.session.OpenRepository(ctx, repository.ValueString())
	var tips []gitread.Tip
	if err == nil {
		tips, err = repo.Tips(ctx, l.prefix)
	}
	if err != nil {
		stream.Results = list.ListResultsStreamDiagnostics(report(err))
		return
	}
	s := source[gitread.Tip]{items: l.pick(config, tips), report: report, describe: l.branches(shown)}
	if l.prefix == resources.TagsPrefix {
		s.describe = l.tags(repo, shown, req.IncludeResource)
	}
	if l.prefix == resources.TagsPrefix && req.IncludeResource {
		s.ready = func(ctx context.Context, tips []gitread.Tip) error { return readTags(ctx, repo, tips) }
	}
	stream.Results = s.results(ctx, req)
}

// pick are the refs that the patterns choose.
func (l *refList) pick(c refConfig, tips []gitread.Tip) (picked []gitread.Tip) {
	choice := filecontent.Choice{Include: texts(c.Include), Exclude: texts(c.Exclude)}
	for _, tip := range tips {
		if choice.Picks(strings.TrimPrefix(tip.Ref, l.prefix)) {
			picked = append(picked, tip)
		}
	}
	return picked
}

// branches describes branches.
func (l *refList) branches(repository string) func(context.Context, gitread.Tip) (resources.Listed, error) {
	return func(_ context.Context, tip gitread.Tip) (resources.Listed, error) {
		return resources.ListedBranch(l.session, repository, tip), nil
	}
}

// tags describes tags. Nothing but commits can be tagged by a nanogit_tag: another tag is left out.
func (l *refList) tags(repo *gitqueue.Repo, repository string, state bool) func(context.Context, gitread.Tip) (resources.Listed, error) {
	return func(ctx context.Context, tip gitread.Tip) (resources.Listed, error) {
		listed, err := resources.ListedTag(ctx, l.session, repo, repository, tip, state)
		if errors.Is(err, gitread.ErrNotCommit) {
			listed, err = resources.Listed{}, nil
			listed.Warnings.AddWarning("A tag is left out", "The tag "+strings.TrimPrefix(tip.Ref, resources.TagsPrefix)+" leads to a directory or a file, and nanogit_tag tags commits.")
		}
		return listed, err
	}
}

// readTags reads the objects of tags: a request for these, and another for the commits and tags
// that annotated tags point at.
func readTags(ctx context.Context, repo *gitqueue.Repo, tips []gitread.Tip) error {
	var ids []gitobj.ID
	for _, tip := range tips {
		ids = append(ids, tip.Object)
	}
	if err := repo.Prefetch(ctx, ids); err != nil {
		return err
	}
	var targets []gitobj.ID
	for _, id := range ids {
		ob, err := repo.Object(ctx, id)
		if err != nil {
			return err
		}
		if tag, err := gitobj.ParseTag(id.Format(), ob.Data); ob.Kind == gitobj.KindTag && err == nil {
			targets = append(targets, tag.Object)
		}
	}
	return repo.Prefetch(ctx, targets)
}

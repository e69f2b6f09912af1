package listing

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/filecontent"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// fileList is the list resource nanogit_file.
type fileList struct {
	session *session.Session
}

// NewFile makes the list resource nanogit_file.
func NewFile() list.ListResource { return &fileList{} }

var _ list.ListResourceWithConfigure = (*fileList)(nil)

// fileConfig is the block config of a list of files.
type fileConfig struct {
	Repository types.String `tfsdk:"repository"`
	Ref        types.String `tfsdk:"ref"`
	Prefix     types.String `tfsdk:"prefix"`
	Include    types.List   `tfsdk:"include"`
	Exclude    types.List   `tfsdk:"exclude"`
}

// Metadata names the list resource.
func (l *fileList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_file"
}

// Configure takes the session that the provider made.
func (l *fileList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.session = resources.SessionOf(req, resp)
}

const fileDescription = "Lists the files of a branch for `terraform query`, so that they can be imported all at once. Submodules are left out, as are files whose names Terraform " +
	"cannot keep. With `include_resource` each file has its content, up to 1 MiB. Needs Terraform 1.14 or later."

// repositoryAttribute is the attribute repository of every list.
func repositoryAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "URL of the repository, without credentials. Default: the provider's `url` (`NANOGIT_URL`).",
		Optional:            true,
		Validators:          []validator.String{resources.ValidRepository()},
	}
}

// patterns is an attribute with glob patterns.
func patterns(description string) schema.ListAttribute {
	return schema.ListAttribute{
		MarkdownDescription: description,
		ElementType:         types.StringType, Optional: true,
		Validators: []validator.List{resources.NoNulls{}, listvalidator.ValueStringsAre(resources.ValidGlob())},
	}
}

// ListResourceConfigSchema describes the block config.
func (l *fileList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: fileDescription, Attributes: map[string]schema.Attribute{
		"repository": repositoryAttribute(),
		"ref": schema.StringAttribute{
			MarkdownDescription: "Branch whose files are listed, by its short name or as `refs/heads/…`: a `nanogit_file` belongs to a branch. Default: the provider's `branch` (`NANOGIT_BRANCH`), " +
				"else the branch that the remote's `HEAD` names.",
			Optional:   true,
			Validators: []validator.String{resources.ValidBranchRef()},
		},
		"prefix": schema.StringAttribute{
			MarkdownDescription: "Directory of the repository whose files are listed, without a slash at either end. Default: the root.",
			Optional:            true,
			Validators:          []validator.String{resources.ValidPrefix()},
		},
		"include": patterns("Which files are listed: patterns that are matched against paths below `prefix`, in which `*` stands for anything but a slash, " +
			"`**` for any number of directories, `?` for one character, `[a-z]` for one of a class and `{a,b}` for either. Default: every file."),
		"exclude": patterns("Which of them are not, by the same kind of patterns."),
	}}
}

// List streams the files in the order of their paths.
func (l *fileList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config fileConfig
	if diags := req.Config.Get(ctx, &config); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	repository := l.session.RepositoryFor(config.Repository, types.StringNull())
	if repository.IsNull() {
		stream.Results = list.ListResultsStreamDiagnostics(noRepository())
		return
	}
	branch := l.session.BranchFor(types.StringPointerValue(shortRef(config.Ref)), types.StringNull())
	at := session.Location{Repository: repository.ValueString(), Branch: branch.ValueString(), Path: config.Prefix.ValueString()}
	t, err := l.session.Open(ctx, at)
	var files []gitread.Entry
	var left []string
	if err == nil {
		files, left, err = listable(ctx, t)
	}
	if err != nil {
		stream.Results = list.ListResultsStreamDiagnostics(resources.Report("Cannot list files", t.Location, err))
		return
	}
	stream.Results = source[gitread.Entry]{
		items: config.pick(files),
		describe: func(ctx context.Context, e gitread.Entry) (resources.Listed, error) {
			return resources.ListedFile(ctx, l.session, t, e, req.IncludeResource)
		},
		report: func(err error) diag.Diagnostics { return resources.Report("Cannot list files", t.Location, err) },
		last:   leftOut(left),
	}.results(ctx, req)
}

// listable are the files below the directory of a target. A branch that is yet to be created has
// none.
func listable(ctx context.Context, t session.Target) ([]gitread.Entry, []string, error) {
	head, err := t.Branch.Head(ctx)
	if err == nil && head.IsZero() {
		err = &gitread.BranchError{Branch: t.Location.Branch}
	}
	if err != nil {
		return nil, nil, err
	}
	return resources.ListableFiles(ctx, t.Branch, t.Path)
}

// pick are the files that the patterns choose.
func (c fileConfig) pick(files []gitread.Entry) (picked []gitread.Entry) {
	choice := filecontent.Choice{Include: texts(c.Include), Exclude: texts(c.Exclude)}
	prefix := c.Prefix.ValueString()
	if prefix != "" {
		prefix += "/"
	}
	for _, e := range files {
		if choice.Picks(strings.TrimPrefix(e.Path, prefix)) {
			picked = append(picked, e)
		}
	}
	return picked
}

// leftOut is the warning about files that nanogit_file cannot manage.
func leftOut(paths []string) (diags diag.Diagnostics) {
	if len(paths) > 0 {
		diags.AddWarning("Files are left out", fmt.Sprintf("The names of %d files are none that Terraform keeps, or that every Git accepts: rename them to manage them. The first is %.200q.", len(paths), paths[0]))
	}
	return diags
}

// shortRef is the short name of a branch; nil for none.
func shortRef(ref types.String) *string {
	if ref.IsNull() {
		return nil
	}
	short := strings.TrimPrefix(ref.ValueString(), resources.HeadsPrefix)
	return &short
}

// texts are the strings of a list.
func texts(l types.List) (out []string) {
	for _, v := range l.Elements() {
		if s, ok := v.(types.String); ok {
			out = append(out, s.ValueString())
		}
	}
	return out
}

// noRepository is the error of a list that nobody tells its repository.
func noRepository() (diags diag.Diagnostics) {
	diags.AddError("No repository", "Neither this list nor the provider says which repository is meant. Set repository in the block config, url in the provider block, or NANOGIT_URL.")
	return diags
}

// Package promote holds the action nanogit_promote: it fast-forwards a branch to another commit.
//
//	branch, to ──► commits ──► gitread.Span ──► refused: commits that the branch alone has
//	                               └──► gitwriter.RefChange, by compare-and-swap
package promote

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// promotion is the action nanogit_promote.
type promotion struct {
	session *session.Session
}

// New makes the action nanogit_promote.
func New() action.Action { return &promotion{} }

var _ action.ActionWithConfigure = (*promotion)(nil)

// config is the block config of the action.
type config struct {
	Repository types.String `tfsdk:"repository"`
	Branch     types.String `tfsdk:"branch"`
	To         types.String `tfsdk:"to"`
}

// The attributes, as diagnostics name them.
var (
	atBranch = path.Root("branch")
	atTo     = path.Root("to")
)

// Metadata names the action.
func (p *promotion) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_promote"
}

const description = "Fast-forwards a branch to another commit: to the head of another branch, to a tag or to a commit id. No commit is made, and none is lost: " +
	"if the branch holds commits that the other does not, the action fails and names them. The branch is moved by compare-and-swap, so that a commit which somebody pushes " +
	"meanwhile is never overwritten. Needs Terraform 1.14 or later."

// Schema describes the block config.
func (p *promotion) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: description, Attributes: map[string]schema.Attribute{
		"repository": schema.StringAttribute{
			MarkdownDescription: "URL of the repository, without credentials. Default: the provider's `url` (`NANOGIT_URL`).",
			Optional:            true,
			Validators:          []validator.String{resources.ValidRepository()},
		},
		"branch": schema.StringAttribute{
			MarkdownDescription: "Short name of the branch that is moved. It must exist: `nanogit_branch` creates branches.",
			Required:            true,
			Validators:          []validator.String{resources.ValidBranchName()},
		},
		"to": schema.StringAttribute{
			MarkdownDescription: "The branch, tag, full ref (`refs/…`) or commit id of the same repository that `branch` is moved to. It is resolved when the action runs.",
			Required:            true,
			Validators:          []validator.String{resources.ValidCommitName()},
		},
	}}
}

// Configure takes the session that the provider made; there is none yet while a configuration is
// only validated.
func (p *promotion) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	configured, ok := req.ProviderData.(*session.Session)
	if !ok {
		resp.Diagnostics.AddError("Unusable provider data", fmt.Sprintf("The provider gave %T to its actions. Please report this.", req.ProviderData))
		return
	}
	p.session = configured
}

// Invoke moves the branch, and tells what it moved over.
func (p *promotion) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	defer p.session.Warn(&resp.Diagnostics)
	var c config
	if resp.Diagnostics.Append(req.Config.Get(ctx, &c)...); resp.Diagnostics.HasError() {
		return
	}
	repository := p.session.RepositoryFor(c.Repository, types.StringNull())
	if repository.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("repository"), "No repository",
			"Neither this action nor the provider says which repository is meant. Set repository here, url in the provider block, or NANOGIT_URL.")
		return
	}
	repo, shown, err := p.session.OpenRepository(ctx, repository.ValueString())
	said := ""
	if err == nil {
		said, err = promote(ctx, repo, c.Branch.ValueString(), c.To.ValueString())
	}
	if err != nil {
		at := session.Location{Repository: shown, Branch: c.Branch.ValueString()}
		resp.Diagnostics.Append(report(at, err)...)
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: said})
}

// promote moves a branch of a repository to a commit, and says what it did.
func promote(ctx context.Context, repo *gitqueue.Repo, branch, to string) (said string, err error) {
	if b, err := repo.Branch(ctx, branch); err == nil {
		b.AwaitPush() // of this apply's own commits
	}
	ref := resources.HeadsPrefix + branch
	old, err := repo.RefObject(ctx, ref)
	if err == nil && old.IsZero() {
		err = &gitread.BranchError{Branch: branch}
	}
	if err != nil {
		return "", err
	}
	found, err := repo.Find(ctx, to)
	if err != nil {
		return "", &targetError{err}
	}
	if found.Commit == old {
		return fmt.Sprintf("branch %q is at %s (%s) already", branch, to, old), nil
	}
	span, err := repo.Between(ctx, old, found.Commit)
	if err != nil {
		return "", err
	}
	if !span.Descends {
		return "", &divergedError{branch: branch, to: to, span: span}
	}
	if err := repo.SetRef(ctx, gitwriter.RefChange{Ref: ref, Old: old, New: found.Commit}); err != nil {
		return "", err
	}
	return fmt.Sprintf("branch %q moved from %s to %s (%s), over %s:%s", branch, old, to, found.Commit, count(span.Ahead, span.More), lines(span.Ahead)), nil
}

// targetError: the commit to move to cannot be found.
type targetError struct{ err error }

func (e *targetError) Error() string { return e.err.Error() }

func (e *targetError) Unwrap() error { return e.err }

// divergedError: a move would be no fast-forward.
type divergedError struct {
	branch, to string
	span       gitread.Span
}

func (e *divergedError) Error() string {
	lost := count(e.span.Behind, e.span.More)
	if len(e.span.Ahead) == 0 {
		return fmt.Sprintf("branch %q is ahead of %s already, by %s:%s\n\nThere is nothing to promote, and a branch is not moved back", e.branch, e.to, lost, lines(e.span.Behind))
	}
	return fmt.Sprintf("to move branch %q to %s is no fast-forward: the branch has %s that %s does not have, and that would be lost:%s\n\n"+
		"%s has %s that the branch does not have:%s\n\nMerge the branch into %s, or rebase that, and run the action again",
		e.branch, e.to, lost, e.to, lines(e.span.Behind), e.to, count(e.span.Ahead, e.span.More), lines(e.span.Ahead), e.to)
}

func count(commits []gitread.Spanned, more bool) string {
	n := gitread.Unreached{Count: len(commits), More: more}
	return n.String()
}

// mostLines bounds the commits that a message lists.
const mostLines = 10

// lines lists commits, each on a line of its own.
func lines(commits []gitread.Spanned) string {
	var b strings.Builder
	for i, c := range commits {
		if i == mostLines {
			fmt.Fprintf(&b, "\n  and %d more", len(commits)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %.100s", c)
	}
	return b.String()
}

// report is the diagnostic of an error.
func report(at session.Location, err error) []diag.Diagnostic {
	summary := "Cannot promote branch " + at.Branch
	var target *targetError
	var diverged *divergedError
	switch {
	case errors.As(err, &target), errors.As(err, &diverged):
		return resources.ReportAt(atTo, summary, at, err)
	case errors.Is(err, gitread.ErrNoBranch):
		return resources.ReportAt(atBranch, summary, at, err)
	}
	return resources.Report(summary, at, err)
}

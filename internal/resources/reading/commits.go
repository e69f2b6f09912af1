package reading

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/tfmodel"
)

const (
	// usualCommits is the default of limit, and mostCommits its bound: a commit takes about a
	// kilobyte of the state.
	usualCommits, mostCommits = 100, 1_000
)

// commitsData is data "nanogit_commits".
type commitsData struct{ source }

// NewCommits makes the data source nanogit_commits.
func NewCommits() datasource.DataSource { return &commitsData{} }

var _ datasource.DataSourceWithConfigure = (*commitsData)(nil)

// commitsModel has the attributes of data "nanogit_commits".
type commitsModel struct {
	place
	Path        types.String   `tfsdk:"path"`
	Limit       types.Int64    `tfsdk:"limit"`
	Since       types.String   `tfsdk:"since"`
	Until       types.String   `tfsdk:"until"`
	FirstParent types.Bool     `tfsdk:"first_parent"`
	Commits     []listedCommit `tfsdk:"commits"`
}

// listedCommit is a commit of the list.
type listedCommit struct {
	CommitID types.String `tfsdk:"commit_id"`
	commitValues
}

// Metadata names the data source.
func (d *commitsData) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_commits"
}

// Schema describes the data source.
func (d *commitsData) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	listed := commitAttributes()
	maps.Copy(listed, map[string]schema.Attribute{
		"commit_id": schema.StringAttribute{MarkdownDescription: "Id of the commit.", Computed: true},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists commits of a history, the newest first, as `git log` does: all commits that a branch, a tag or a commit leads to, or those that changed a path. " +
			"It reads commits, and for a path the directories that lead there, as far back as it takes; it never reads a file.",
		Attributes: placed(map[string]schema.Attribute{
			"path": schema.StringAttribute{
				MarkdownDescription: "A file or directory, relative to the root of the repository: only commits that changed it are listed. It need not exist any more. Default: all commits.",
				Optional:            true, Validators: []validator.String{validPath()},
			},
			"limit": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("Number of commits at most, from 1 to %d. Default: %d.", mostCommits, usualCommits),
				Optional:            true, Validators: []validator.Int64{int64validator.Between(1, mostCommits)},
			},
			"since": schema.StringAttribute{
				MarkdownDescription: "Only commits whose committer date is not before this one, as in RFC 3339: `2026-01-31T00:00:00Z`. The walk ends at older commits, as that of `git log --since` does.",
				Optional:            true, Validators: []validator.String{validDate()},
			},
			"until": schema.StringAttribute{
				MarkdownDescription: "Only commits whose committer date is not after this one, as in RFC 3339.",
				Optional:            true, Validators: []validator.String{validDate()},
			},
			"first_parent": schema.BoolAttribute{
				MarkdownDescription: "Whether to follow only the first parent of merges (`git log --first-parent`): the history of a branch into which others are merged. Default: `false`.",
				Optional:            true,
			},
			"commits": schema.ListNestedAttribute{
				MarkdownDescription: "The commits, the newest first.", Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: listed},
			},
		}),
	}
}

// validDate checks a date.
func validDate() validator.String {
	return resources.Check{Summary: "Invalid date", Meaning: "a date and time as in RFC 3339", Rule: func(s string) error {
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return fmt.Errorf("%.80q is no date and time as in RFC 3339, such as 2026-01-31T00:00:00Z", s)
		}
		return nil
	}}
}

// Read reads the history.
func (d *commitsData) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer d.session.Warn(&resp.Diagnostics)
	var m commitsModel
	resp.Diagnostics.Append(tfmodel.Get(ctx, tfsdk.State(req.Config), &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, diags := d.readHistory(ctx, &m)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	m.Commits = make([]listedCommit, len(found))
	for i, c := range found {
		m.Commits[i] = listedCommit{CommitID: types.StringValue(c.ID.String()), commitValues: valuesOf(c.Commit)}
	}
	resp.Diagnostics.Append(tfmodel.Set(ctx, &resp.State, &m)...)
}

// readHistory asks the question of the configuration.
func (d *commitsData) readHistory(ctx context.Context, m *commitsModel) ([]gitread.Logged, diag.Diagnostics) {
	p := m.Path.ValueString()
	about := question{what: "the history", path: p, at: atPath}
	if p != "" {
		about.what += " of " + p
	}
	at, diags := d.openHistory(ctx, &m.place, about)
	if diags.HasError() {
		return nil, diags
	}
	q := gitread.Query{Path: p, Limit: usualCommits, FirstParent: m.FirstParent.ValueBool(), Since: date(m.Since), Until: date(m.Until)}
	if !m.Limit.IsNull() {
		q.Limit = int(m.Limit.ValueInt64())
	}
	var err error
	if p != "" {
		if q.Path, err = spelling(ctx, at.Snapshot, p); err != nil {
			return nil, at.about.report(err)
		}
	}
	found, err := gitread.Log(ctx, at.Snapshot, q)
	if err != nil {
		return nil, at.about.report(err, narrowHistory(err))
	}
	return found, nil
}

// narrowHistory says how a shorter history is asked for; "" for other errors.
func narrowHistory(err error) string {
	if !errors.Is(err, gitread.ErrTooFar) {
		return ""
	}
	return "Ask for fewer commits with limit, or end the walk at a date with since: each commit back to the last one of the list has to be read."
}

// date is the time of an attribute that was checked; the zero time for null.
func date(s types.String) time.Time {
	t, _ := time.Parse(time.RFC3339, s.ValueString())
	return t
}

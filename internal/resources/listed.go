package resources

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// Listed is a resource as a list of resources gives it.
type Listed struct {
	Name     string // for people
	Identity any    // a struct with the attributes of the identity
	// State is a pointer to the model that an import of the resource gives; nil if only the
	// identity was asked for.
	State any
	// Warnings tell where State is less than the whole resource.
	Warnings diag.Diagnostics
}

// ListedFile describes a file of a branch as a nanogit_file. With state it reads the content, in
// requests that concurrent calls share.
func ListedFile(ctx context.Context, s *session.Session, t session.Target, have gitread.Entry, state bool) (Listed, error) {
	m := importedFile()
	m.Repository, m.Branch, m.Path = types.StringValue(t.Repository), types.StringValue(t.Location.Branch), types.StringValue(have.Path)
	settleID(s, &m)
	l := Listed{Name: have.Path, Identity: m.identity()}
	if !state {
		return l, nil
	}
	if err := m.refresh(ctx, t.Branch, have, true); err != nil {
		return l, err
	}
	if l.State = &m; m.Content.IsNull() && m.ContentBase64.IsNull() {
		l.Warnings.AddWarning("A file is too large to be shown", "The content of "+have.Path+
			" is left out, as it has more than 1 MiB: give the configuration a source for it.")
	}
	return l, nil
}

// ListableFiles are the files below a directory of a branch that nanogit_file can manage, sorted by
// path. left are the paths of those that it cannot, for their names.
func ListableFiles(ctx context.Context, b *gitqueue.Branch, dir string) (files []gitread.Entry, left []string, err error) {
	all, err := b.List(ctx, dir)
	for _, e := range all {
		switch {
		case e.Mode.IsSubmodule():
		case gitobj.ValidateEntry(e.Path, e.Mode) != nil || !norm.NFC.IsNormalString(e.Path):
			left = append(left, e.Path)
		default:
			files = append(files, e)
		}
	}
	return files, left, err
}

// ListedBranch describes a branch as a nanogit_branch. It makes no request.
func ListedBranch(s *session.Session, repository string, tip gitread.Tip) Listed {
	m := importedBranch(types.StringValue(repository), types.StringValue(strings.TrimPrefix(tip.Ref, headsPrefix)))
	settleID(s, &m)
	m.CommitID = types.StringValue(tip.Object.String())
	return Listed{Name: m.Name.ValueString(), Identity: m.identity(), State: &m}
}

// ListedTag describes a tag as a nanogit_tag. With state it reads the tag and its commit, unless
// they were read before (gitread.Repo.Prefetch). A tag that leads to no commit is a
// gitread.ErrNotCommit.
func ListedTag(ctx context.Context, s *session.Session, repo *gitqueue.Repo, repository string, tip gitread.Tip, state bool) (Listed, error) {
	m := importedTag(types.StringValue(repository), types.StringValue(strings.TrimPrefix(tip.Ref, tagsPrefix)))
	settleID(s, &m)
	l := Listed{Name: m.Name.ValueString(), Identity: m.identity()}
	if !state {
		return l, nil
	}
	commit, err := repo.Peel(ctx, tip.Object)
	if err == nil {
		err = m.describe(ctx, repo, tip.Object)
	}
	if err != nil {
		return l, err
	}
	m.setObject(tip.Object, commit)
	m.Target = m.CommitID
	l.State = &m
	return l, nil
}

// The names of refs in a repository begin so.
const (
	HeadsPrefix = headsPrefix
	TagsPrefix  = tagsPrefix
)

// Report is an error diagnostic for an operation on a location, of this headline, with the next
// step and at the attribute at fault, if these are known.
func Report(summary string, at session.Location, err error) diag.Diagnostics {
	s := subject{location: at}
	if where, ok := s.attributeOf(err); ok && where.Equal(atRepository) {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(where, summary, s.detail(err))}
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(summary, s.detail(err))}
}

// ReportAt is Report at an attribute, and without the advice that resources get.
func ReportAt(where path.Path, summary string, at session.Location, err error) diag.Diagnostics {
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(where, summary, subject{location: at}.detail(err))}
}

// SessionOf is the session that the provider made; nil while a configuration is only validated.
func SessionOf(req resource.ConfigureRequest, resp *resource.ConfigureResponse) *session.Session {
	return sessionOf(req, resp)
}

// ValidPrefix checks a directory of a repository; empty for its root.
func ValidPrefix() validator.String { return validPrefix() }

// ValidBranchName checks the short name of a branch that has to be named.
func ValidBranchName() validator.String { return validBranchName() }

// ValidBranchRef checks a branch by its short or full name.
func ValidBranchRef() validator.String {
	return Check{Summary: "Invalid ref", Meaning: "a branch, as main or refs/heads/main", Rule: func(ref string) error {
		return checkBranch(strings.TrimPrefix(ref, headsPrefix))
	}}
}

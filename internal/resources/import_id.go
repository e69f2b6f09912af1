package resources

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources/session"
)

// An id is what import takes: it names the same thing in every configuration of the provider that
// has the same url. The repository is a part of it where it is not the provider's:
//
//	nanogit_file    main:docs/a.md    https://host/org/r#main:docs/a.md
//	nanogit_files   main:docs         https://host/org/r#main:docs
//	nanogit_branch  topic             https://host/org/r#topic
//	nanogit_tag     v1                https://host/org/r#v1
//
// Former versions left the repository out. A plan keeps the id of a state whose place stays, and
// a refresh brings it up to date, so that neither shows a change.

// identified is a model with an id.
type identified interface {
	repository() types.String
	// rest is the id without a repository; unknown while its parts are.
	rest() types.String
	// alone reports whether an import of rest, without a repository, means this place.
	alone() bool
	id() *types.String
}

var (
	_ identified = (*fileModel)(nil)
	_ identified = (*filesModel)(nil)
	_ identified = (*branchModel)(nil)
	_ identified = (*tagModel)(nil)
)

// importID is the id by the provider's url; unknown while the url or a part is not known.
func importID(s *session.Session, m identified) types.String {
	rest, repository := m.rest(), m.repository()
	switch {
	case s == nil || s.URL.IsUnknown() || !known(repository) || !known(rest):
		return types.StringUnknown()
	case !s.URL.IsNull() && giturl.Same(repository.ValueString(), s.URL.ValueString()) && m.alone():
		return rest
	}
	return types.StringValue(importAddress(repository.ValueString()) + "#" + rest.ValueString())
}

// importAddress is an address in a form that no path of a file begins with. The short form of an
// SSH address without a user, host:path, looks like a branch and a path: its host gets brackets.
func importAddress(repository string) string {
	text := giturl.Canonical(repository)
	host, path, ok := strings.Cut(text, ":")
	if !ok || strings.Contains(text, "://") || strings.ContainsAny(host, "@[") {
		return text
	}
	return "[" + host + "]:" + path
}

// planID plans the id: that of the state, as long as the place is the same.
func planID[M identified](s *session.Session, m, prior M, creates bool) {
	if !creates && known(m.rest()) && m.rest().Equal(prior.rest()) && m.repository().Equal(prior.repository()) && known(*prior.id()) {
		*m.id() = *prior.id()
		return
	}
	*m.id() = importID(s, m)
}

// settleID sets an id that a plan left open.
func settleID(s *session.Session, m identified) {
	if !known(*m.id()) {
		*m.id() = importID(s, m)
	}
}

// refreshID brings the id up to date, and reports whether it was another one.
func refreshID(s *session.Session, m identified) (changed bool) {
	now := importID(s, m)
	if now.IsUnknown() || now.Equal(*m.id()) {
		return false
	}
	*m.id() = now
	return true
}

// branchRest is the rest of the ids of files: branch:path.
func branchRest(branch, path types.String) types.String {
	if !known(branch) || path.IsUnknown() {
		return types.StringUnknown()
	}
	return types.StringValue(branch.ValueString() + ":" + path.ValueString())
}

// branchAlone reports whether branch:path is read as just that.
func branchAlone(branch, path types.String) bool {
	got := parseImportID(branchRest(branch, path).ValueString())
	return got.Repository.IsNull() && got.Branch.Equal(branch) && got.Path.ValueString() == path.ValueString()
}

func (m *fileModel) repository() types.String { return m.Repository }
func (m *fileModel) rest() types.String       { return branchRest(m.Branch, m.Path) }
func (m *fileModel) alone() bool              { return branchAlone(m.Branch, m.Path) }
func (m *fileModel) id() *types.String        { return &m.ID }

func (m *filesModel) repository() types.String { return m.Repository }
func (m *filesModel) rest() types.String       { return branchRest(m.Branch, m.Prefix) }
func (m *filesModel) alone() bool              { return branchAlone(m.Branch, m.Prefix) }
func (m *filesModel) id() *types.String        { return &m.ID }

// No name of a ref has a colon in it, so that it is never taken for an address.

func (m *branchModel) repository() types.String { return m.Repository }
func (m *branchModel) rest() types.String       { return m.Name }
func (m *branchModel) alone() bool              { return true }
func (m *branchModel) id() *types.String        { return &m.ID }

func (m *tagModel) repository() types.String { return m.Repository }
func (m *tagModel) rest() types.String       { return m.Name }
func (m *tagModel) alone() bool              { return true }
func (m *tagModel) id() *types.String        { return &m.ID }

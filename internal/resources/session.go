package resources

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// Session is a configured provider, as its resources see it. It lives as long as the provider's
// process does and is safe for concurrent use.
type Session struct {
	// URL and Branch are used by resources that name none. Unknown: the configuration says so, but
	// not yet which.
	URL, Branch types.String
	// Partial is set while a part of the provider's configuration is not known yet: no remote may
	// be asked then.
	Partial bool
	// Overwrite is conflict = "overwrite": the changes of others at a managed path are overwritten,
	// not reported.
	Overwrite bool
	// Explicit is commit_mode = "explicit": files that say nothing else wait for the nanogit_commit
	// that names them.
	Explicit bool
	// Meta are message, author and push options of commits for which no nanogit_commit has others.
	Meta gitwriter.Meta
	// Stated says which parts of Meta a plan may show.
	Stated Stated
	// MaxObjectSize bounds the content of a file, in bytes; 0 for no bound.
	MaxObjectSize int64
	// WriteOnly: the engine knows write-only attributes.
	WriteOnly bool
	// Repository returns the writer of a repository, the same however often it is asked.
	Repository func(ctx context.Context, url string) (*gitqueue.Repo, error)

	// Warnings returns the warnings about background work, such as an object cache that failed.
	// Each is returned once. No result depends on them. It may be nil.
	Warnings func() diag.Diagnostics

	// Intents is the notice board of one run's resources, about the changes of each resource, by
	// path. It may be nil.
	Intents *intent.Board
	// Records is where the processes of a run leave records for those after them. It may be nil.
	Records *intent.Records

	// refreshed is set once this process has read a nanogit_commit: it is a process that plans, as
	// a process that applies never reads.
	refreshed atomic.Bool
	// unread holds the errors of refreshes, by place. The plan decides which of them are reported.
	unread sync.Map
	// read are the places that state had, and where a refresh found nothing.
	read sync.Map
	// attributes are those of .gitattributes files.
	attributes attributesAt
}

// errPartial: a resource is to be applied by a provider that is not configured.
var errPartial = errors.New("the provider's configuration is not known yet")

// repositoryError: the URL of a repository cannot be used.
type repositoryError struct {
	err error
	// secret: its text may hold a secret, so that no line of the configuration is to be shown.
	secret bool
}

// Error implements error.
func (e *repositoryError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *repositoryError) Unwrap() error { return e.err }

// place is where a file lives: the unit of everything that is remembered between two calls of
// Terraform.
type place struct{ repository, branch, path string }

// importID is the id of the place for `terraform import`.
func (p place) importID() string {
	return giturl.Canonical(p.repository) + "#" + p.branch + ":" + p.path
}

// target is a place whose branch can be asked.
type target struct {
	place
	branch *gitqueue.Branch
}

// open finds the branch of a place; an empty branch stands for the remote's default.
func (s *Session) open(ctx context.Context, p place) (target, error) {
	if s == nil || s.Partial {
		return target{place: p}, errPartial
	}
	err := checkRepository(p.repository)
	p.repository = giturl.Canonical(p.repository) // which has no secret, in errors either
	if err != nil {
		return target{place: p}, &repositoryError{err: err, secret: true}
	}
	repo, err := s.Repository(ctx, p.repository)
	if err != nil {
		return target{place: p}, &repositoryError{err: err}
	}
	branch, err := repo.Branch(ctx, p.branch)
	if err != nil {
		return target{place: p}, err
	}
	p.branch = branch.Name()
	branch.Anticipate(p.path)
	return target{place: p, branch: branch}, nil
}

// warn adds the warnings about background work to the next response.
func (s *Session) warn(diags *diag.Diagnostics) {
	if s != nil && s.Warnings != nil {
		diags.Append(s.Warnings()...)
	}
}

// maxObjectSize is the bound of contents in bytes; 0 for none, or none known yet.
func (s *Session) maxObjectSize() int64 {
	if s == nil {
		return 0
	}
	return s.MaxObjectSize
}

// repositoryFor is the repository of a resource: the one that it names, else the provider's. The
// same repository in another spelling in state stays as it is.
func (s *Session) repositoryFor(config, state types.String) types.String {
	switch {
	case known(config) && known(state) && giturl.Same(config.ValueString(), state.ValueString()):
		return state
	case !config.IsNull():
		return config
	case s == nil || s.URL.IsUnknown():
		return knownOr(state, types.StringUnknown())
	case !state.IsNull() && giturl.Same(state.ValueString(), s.URL.ValueString()):
		return state
	case s.URL.IsNull():
		return types.StringNull()
	}
	return types.StringValue(giturl.Canonical(s.URL.ValueString()))
}

// branchFor is the branch of a resource: the one that it names, else the provider's, else that in
// state. Null stands for the remote's default branch, which the caller has to ask for.
func (s *Session) branchFor(config, state types.String) types.String {
	switch {
	case !config.IsNull():
		return config
	case s == nil || s.Branch.IsUnknown():
		return knownOr(state, types.StringUnknown())
	case !s.Branch.IsNull():
		return s.Branch
	}
	return state
}

func knownOr(v, other types.String) types.String {
	if v.IsNull() || v.IsUnknown() {
		return other
	}
	return v
}

// formatOf is the object format of a branch's repository, for a branch that can be written to.
func formatOf(ctx context.Context, b *gitqueue.Branch) (gitobj.Format, error) {
	if _, err := b.Head(ctx); err != nil {
		return 0, err
	}
	return b.Format(ctx)
}

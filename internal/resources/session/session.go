// Package session is a configured provider, as its resources see it: their repository and branch,
// and the plans of the other resources of the run.
//
//	provider block ──► Session ──► Open: Location ──► Target, a branch to read and to change
//	                      ├──────► Owners: who has which path, as told on the notice board
//	                      ├──────► Refreshes: the findings of refreshes that a plan needs
//	                      └──────► Attributes: .gitattributes of the branch
package session

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/intent"
)

// Session is a configured provider block. It lives as long as the provider's process does and is
// safe for concurrent use. A nil Session stands for a provider that is not configured yet.
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
	// Signs: commits are signed with a key, and so are annotated tags that say nothing else.
	Signs bool
	// HostSigns: the host makes and signs the commits, but no tags.
	HostSigns bool
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

	// Intents is the notice board of the run's resources. It may be nil.
	Intents *intent.Board
	// Records is where the processes of a run leave records for those after them. It may be nil.
	Records *intent.Records

	refreshes  Refreshes
	attributes Attributes
	contents   Contents
}

// Stated says which parts of Meta are from the provider block itself. The process that applies is
// going to find them there again; its environment may be another.
type Stated struct {
	Author, Committer     StatedIdentity
	Trailers, PushOptions bool
}

// StatedIdentity is Stated for a person.
type StatedIdentity struct{ Name, Email bool }

// The values of commit_mode.
const (
	CommitAuto     = "auto"
	CommitExplicit = "explicit"
)

// CommitModes are the values of commit_mode.
var CommitModes = []string{CommitAuto, CommitExplicit}

// ErrPartial is the error of an operation while the provider's configuration is not known yet.
var ErrPartial = errors.New("the provider's configuration is not known yet")

// RepositoryError is the error of a repository whose URL cannot be used.
type RepositoryError struct {
	Err error
	// Secret: the text of the URL may hold a secret, so that no line of the configuration is to be
	// shown.
	Secret bool
}

// Error implements error.
func (e *RepositoryError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *RepositoryError) Unwrap() error { return e.Err }

// CheckRepository refuses texts that are no address, and credentials, which would be kept and shown
// in plan and state.
func CheckRepository(raw string) error {
	if raw == "" {
		return errors.New("the URL is empty: leave the attribute out to use the provider's url")
	}
	a, err := giturl.Read(raw)
	if err != nil {
		return err
	}
	if a.User != nil { // over SSH the user is a part of the address
		return errors.New("the URL has credentials in it, and would be shown with the plan and kept in state: " +
			"leave them out here and put them into the provider's auth, or for another host into its hosts")
	}
	return nil
}

// repo opens a repository. Errors are ErrPartial, a *RepositoryError, or of the remote.
func (s *Session) repo(ctx context.Context, url string) (*gitqueue.Repo, error) {
	if s == nil || s.Partial {
		return nil, ErrPartial
	}
	if err := CheckRepository(url); err != nil {
		return nil, &RepositoryError{Err: err, Secret: true}
	}
	repo, err := s.Repository(ctx, giturl.Canonical(url)) // which has no secret, in errors either
	if err != nil {
		return nil, &RepositoryError{Err: err}
	}
	return repo, nil
}

// OpenRepository returns the writer of a repository, and its address as it may be shown.
func (s *Session) OpenRepository(ctx context.Context, url string) (*gitqueue.Repo, string, error) {
	repo, err := s.repo(ctx, url)
	return repo, giturl.Canonical(url), err
}

// Describe asks the server of a repository for the repository's description.
func (s *Session) Describe(ctx context.Context, url string) (gitread.Description, error) {
	repo, err := s.repo(ctx, url)
	if err != nil {
		return gitread.Description{}, err
	}
	return repo.Describe(ctx)
}

// Open finds the branch of a location; an empty branch stands for the remote's default. The target
// of an error has a location that may be shown, and no branch.
func (s *Session) Open(ctx context.Context, l Location) (Target, error) {
	repo, err := s.repo(ctx, l.Repository)
	l.Repository = giturl.Canonical(l.Repository)
	if err != nil {
		return Target{Location: l}, err
	}
	branch, err := repo.Branch(ctx, l.Branch)
	if err != nil {
		return Target{Location: l}, err
	}
	l.Branch = branch.Name()
	branch.Anticipate(l.Path)
	return Target{Location: l, Branch: branch}, nil
}

// headAt is the commit at the branch of a location; zero where there is none, and where the branch
// cannot be asked. gone reports that the branch, or its every commit, is not there.
func (s *Session) headAt(ctx context.Context, l Location) (head gitobj.ID, gone bool) {
	t, err := s.Open(ctx, l)
	if err == nil {
		head, err = t.Branch.Head(ctx)
	}
	return head, errors.Is(err, gitread.ErrNoBranch) || err == nil && head.IsZero()
}

// SameBranch reports whether a location is on the target's branch under another name. For two
// addresses that hosts take for the same no server is asked: the old server may be out of service.
// Of two other addresses the commits at the branches decide: they are the same in a repository that
// was renamed, or that has moved to another host.
func (s *Session) SameBranch(ctx context.Context, old Location, t Target) bool {
	sameKey := giturl.Key(old.Repository) == giturl.Key(t.Repository)
	if sameKey && old.Branch == t.Location.Branch {
		return true
	}
	head, gone := s.headAt(ctx, old)
	switch {
	case old.Branch != t.Location.Branch:
		return sameKey && gone // the branch was renamed, or merged and deleted
	case head.IsZero():
		return false
	}
	now, err := t.Branch.Head(ctx)
	return err == nil && now == head
}

// Warn adds the warnings about background work to the next response.
func (s *Session) Warn(diags *diag.Diagnostics) {
	if s != nil && s.Warnings != nil {
		diags.Append(s.Warnings()...)
	}
}

// ContentLimit bounds the content of a file, in bytes; 0 for no bound, or none known yet.
func (s *Session) ContentLimit() int64 {
	if s == nil {
		return 0
	}
	return s.MaxObjectSize
}

// IsExplicit reports whether a resource with this commit_mode leaves its changes for a
// nanogit_commit.
func (s *Session) IsExplicit(mode types.String) bool {
	if mode.IsNull() {
		return s != nil && s.Explicit
	}
	return mode.ValueString() == CommitExplicit
}

// URLUnknown reports whether the repository of resources that name none is not known yet.
func (s *Session) URLUnknown() bool { return s == nil || s.Partial || s.URL.IsUnknown() }

// RepositoryFor is the repository of a resource: its own attribute, else the provider's. Another
// spelling of the same repository in state stays as it is.
func (s *Session) RepositoryFor(config, state types.String) types.String {
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

// BranchFor is the branch of a resource: its own attribute, else the provider's, else that in
// state. Null stands for the remote's default branch, which the caller has to ask for.
func (s *Session) BranchFor(config, state types.String) types.String {
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

func known(v types.String) bool { return !v.IsNull() && !v.IsUnknown() }

func knownOr(v, other types.String) types.String {
	if known(v) {
		return v
	}
	return other
}

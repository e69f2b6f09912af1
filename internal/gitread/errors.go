package gitread

import (
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Sentinels for decisions; errors.Is finds them through every wrapping.
var (
	// ErrNoBranch: the repository has branches, this branch is missing, and no branch to start it
	// from was given.
	ErrNoBranch = errors.New("no such branch")
	// ErrFormat: an object is named in another object format than the repository's.
	ErrFormat = errors.New("names of two object formats")
	// ErrClosed: the repository was closed.
	ErrClosed = errors.New("writer closed")
	// ErrTooLarge: an object exceeds the configured size.
	ErrTooLarge = errors.New("object exceeds the size limit")
	// ErrTooMany: a directory holds more files than are listed.
	ErrTooMany = errors.New("too many files")
	// ErrTooDeep: a directory is nested more deeply than any path that can be checked out.
	ErrTooDeep = errors.New("directories are nested too deeply")
	// ErrMissing: the remote does not send an object that its own trees or refs name.
	ErrMissing = errors.New("object missing on the remote")
)

// errDetached says that the remote's HEAD names a commit, or a branch that the server does not
// tell.
var errDetached = errors.New("the remote's HEAD names no branch: set branch")

// BranchError says that a branch is missing; it is an ErrNoBranch.
type BranchError struct {
	Branch string
	// From is the create_branch_from that does not exist either; empty if none was given.
	From string
}

func (e *BranchError) Error() string {
	if e.From != "" {
		return fmt.Sprintf("branch %q does not exist, and neither does %q, from which it was to be created: name an existing branch, tag or commit", e.Branch, e.From)
	}
	return fmt.Sprintf("branch %q does not exist: create it, or set create_branch_from to the branch, tag or commit that it is to start from", e.Branch)
}

// Unwrap makes the error an ErrNoBranch.
func (e *BranchError) Unwrap() error { return ErrNoBranch }

// isNoBranch reports that a snapshot cannot be had because the branch does not exist.
func isNoBranch(err error) bool { return errors.Is(err, ErrNoBranch) }

// LargeError says that an object is too large to be held in memory; the error around it names the
// object. It is an ErrTooLarge.
type LargeError struct {
	ID gitobj.ID
	// Size is the object's size in bytes; -1 if the server sends a delta that is too large to be
	// applied.
	Size int64
	// Limit is the number of bytes that may be held.
	Limit int64
}

func (e *LargeError) Error() string {
	if e.Size < 0 {
		return fmt.Sprintf("%v: the server sends it as a delta, and the %d bytes that are held in memory do not suffice to apply it",
			ErrTooLarge, e.Limit)
	}
	return fmt.Sprintf("%v: it has %d bytes, and at most %d are held in memory", ErrTooLarge, e.Size, e.Limit)
}

// Unwrap makes the error an ErrTooLarge.
func (e *LargeError) Unwrap() error { return ErrTooLarge }

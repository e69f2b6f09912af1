package gitwriter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Sentinels for decisions; errors.Is finds them through every wrapping.
var (
	// ErrNoBranch: the repository has branches, but not this one, and no branch to start it from
	// was given.
	ErrNoBranch = errors.New("no such branch")
	// ErrConflict: a path does not hold what the author of the change believed.
	ErrConflict = errors.New("changed by somebody else")
	// ErrLeftOut: the change would apply, but another one of its set does not.
	ErrLeftOut = errors.New("left out, because another change of the same set cannot be made")
	// ErrObstacle: the path cannot be a file, for what the branch holds on the way to it.
	ErrObstacle = gitobj.ErrObstacle
	// ErrRefused: the server refused the push and would refuse it again.
	ErrRefused = errors.New("push refused")
	// ErrAttempts: the branch moved under every attempt, for as long as attempts are allowed.
	ErrAttempts = errors.New("branch kept moving")
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
	// ErrNotStaged: a commit names content that nobody staged and that the branch does not hold.
	ErrNotStaged = errors.New("named by the commit, and neither staged nor on the branch")
	// ErrMissing: the remote does not send an object that its own trees or refs name.
	ErrMissing = errors.New("object missing on the remote")
)

// BranchError says that a branch is missing; it is an ErrNoBranch.
type BranchError struct {
	Branch string
	// From is the create_branch_from that could not be found either; empty when none was given.
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

// ConflictError says that a path holds something else than the author of a change believed; it is
// an ErrConflict.
type ConflictError struct {
	Change Change
	Path   string
	Want   Expectation
	Have   Entry
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: the branch holds %s at %q where %s was expected: somebody else changed it since it was last read",
		e.Change, e.Have.describe(), e.Path, e.Want)
}

// Unwrap makes the error an ErrConflict.
func (e *ConflictError) Unwrap() error { return ErrConflict }

// ObstacleError says what on the branch keeps a path from being a file; it is an ErrObstacle.
type ObstacleError = gitobj.ObstacleError

// RefusedError is a push that the server refused; it is an ErrRefused.
type RefusedError struct {
	Branch string
	// Reason is the server's own word from report-status: "pre-receive hook declined", "protected
	// branch hook declined", …
	Reason string
	// Messages are the lines that the server printed, without their "remote:".
	Messages []string
	// Hint is what to try, when the server's words are known; else "".
	Hint string
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the server refused the push to branch %q: %s", e.Branch, e.Reason)
	for _, m := range e.Messages {
		b.WriteString("\nremote: ")
		b.WriteString(m)
	}
	return b.String()
}

// Unwrap makes the error an ErrRefused.
func (e *RefusedError) Unwrap() error { return ErrRefused }

func (e Entry) describe() string {
	if !e.Exists() {
		return "nothing"
	}
	return e.Mode.Describe() + " " + e.ID.String()
}

// isNoBranch reports that a snapshot cannot be had because the branch is not there.
func isNoBranch(err error) bool { return errors.Is(err, ErrNoBranch) }

// UnstagedError says that the content of a change was not staged and is not on the branch (any
// more). Once it is staged the same change can be made.
type UnstagedError struct{ Change Change }

func (e *UnstagedError) Error() string {
	return fmt.Sprintf("%s: blob %s is neither staged nor on the branch", e.Change, e.Change.Blob)
}

// DuplicateError says that two changes of one commit put different content at one path; it is an
// ErrConflict.
type DuplicateError struct{ Path string }

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("path %q is written by two resources with different content: keep one of them", e.Path)
}

// Unwrap makes the error an ErrConflict.
func (e *DuplicateError) Unwrap() error { return ErrConflict }

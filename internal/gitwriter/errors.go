package gitwriter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// Sentinels for decisions; errors.Is finds them through every wrapping.
var (
	// ErrConflict: a path does not have the entry that the author of the change expected.
	ErrConflict = errors.New("changed by somebody else")
	// ErrLeftOut: the change would apply, but another change of its set does not.
	ErrLeftOut = errors.New("left out, because another change of the same set cannot be made")
	// ErrRefused: the server refused the push and would refuse it again.
	ErrRefused = errors.New("push refused")
	// ErrAttempts: the branch moved under every attempt, for as long as attempts are allowed.
	ErrAttempts = errors.New("branch kept moving")
	// ErrUnsigned: the commit could not be signed, so nothing was pushed.
	ErrUnsigned = errors.New("the commit cannot be signed")
)

// ConflictError says that a path has another entry than the author of a change expected; it is an
// ErrConflict.
type ConflictError struct {
	Change Change
	Path   string
	Want   Expectation
	Have   gitread.Entry
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: the branch holds %s at %q where %s was expected: somebody else changed it since it was last read",
		e.Change, e.Have.Describe(), e.Path, e.Want)
}

// Unwrap makes the error an ErrConflict.
func (e *ConflictError) Unwrap() error { return ErrConflict }

// RefusedError is a push that the server refused; it is an ErrRefused.
type RefusedError struct {
	Ref string // full name
	// Reason is the server's own word from report-status: "pre-receive hook declined", "protected
	// branch hook declined", …
	Reason string
	// Messages are the lines that the server printed, without their "remote:".
	Messages []string
	// Hint is the next step to try, if the server's words are known; else "".
	Hint string
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the server refused the push to %s: %s", RefName(e.Ref), e.Reason)
	for _, m := range e.Messages {
		b.WriteString("\nremote: ")
		b.WriteString(m)
	}
	return b.String()
}

// Unwrap makes the error an ErrRefused.
func (e *RefusedError) Unwrap() error { return ErrRefused }

// UnstagedError says that the content of a change was not staged and is not on the branch (any
// more). Once it is staged the same change can be made.
type UnstagedError struct{ Change Change }

func (e *UnstagedError) Error() string {
	return fmt.Sprintf("%s: blob %s is neither staged nor on the branch", e.Change, e.Change.Blob)
}

// DuplicateError says that two changes of a commit put different content at the same path; it is an
// ErrConflict.
type DuplicateError struct{ Path string }

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("path %q is written by two resources with different content: keep one of them", e.Path)
}

// Unwrap makes the error an ErrConflict.
func (e *DuplicateError) Unwrap() error { return ErrConflict }

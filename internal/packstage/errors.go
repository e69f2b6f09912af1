package packstage

import (
	"errors"
	"fmt"
)

// What callers of a stage may decide on.
var (
	// ErrClosed says that the stage, or the pack, was used after Close.
	ErrClosed = errors.New("stage is closed")
	// ErrNotStaged says that the stage does not hold the object that was named.
	ErrNotStaged = errors.New("object is not staged")
	// ErrTooLarge says that an object is larger than Options.MaxObjectSize.
	ErrTooLarge = errors.New("object is larger than the limit")
)

// Error is what went wrong with the temporary file. It concerns the call that returns it; what was staged before is
// unharmed.
type Error struct {
	Op        string // what was done: "create", "write", "read"
	Directory string // where the file lies
	Err       error  // the system's answer
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s temporary file in staging directory %q: %v", e.Op, e.Directory, e.Err)
}

// Unwrap returns the system's answer, so that errors.Is finds syscall.ENOSPC and the like.
func (e *Error) Unwrap() error { return e.Err }

package packstage

import (
	"errors"
	"fmt"
)

// Errors that a stage's callers may act on.
var (
	// ErrClosed says that the stage, or the pack, was used after Close.
	ErrClosed = errors.New("stage is closed")
	// ErrNotStaged says that the stage does not hold the object that was named.
	ErrNotStaged = errors.New("object is not staged")
	// ErrFormat says that the object format is not known yet, or differs from that of the objects
	// that were put.
	ErrFormat = errors.New("object format")
	// ErrTooLarge says that an object is larger than Options.MaxObjectSize.
	ErrTooLarge = errors.New("object is larger than the limit")
)

// Error is a failure of the storage of staged objects. It concerns the call that returns it;
// objects staged before are unharmed.
type Error struct {
	Op        string // the operation: "create", "write", "read", "close"
	Directory string // the directory of the temporary file; empty in Memory mode, which has none
	Err       error  // the system's error
}

// Error names the operation, the directory and the cause, and the next step for the user.
func (e *Error) Error() string {
	if e.Directory == "" {
		return fmt.Sprintf("%s staged objects in memory: %v: free some, or set staging_mode = \"disk\"", e.Op, e.Err)
	}
	next := "make it a directory that can be written to, or set staging.directory to another one"
	if e.Op != "create" {
		next = "make room there, or set staging.directory to one that has it"
	}
	return fmt.Sprintf("%s temporary file in staging directory %q: %v: %s", e.Op, e.Directory, e.Err, next)
}

// Unwrap returns the system's error, so that errors.Is finds syscall.ENOSPC and the like.
func (e *Error) Unwrap() error { return e.Err }

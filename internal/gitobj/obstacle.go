package gitobj

import (
	"errors"
	"fmt"
)

// ErrObstacle says that a path cannot be a file, for an entry that a tree holds on the way to it.
var ErrObstacle = errors.New("path is blocked")

// ObstacleError names the entry of a tree that keeps a path from being a file; it is an
// ErrObstacle.
type ObstacleError struct {
	// Path is the path that was asked for.
	Path string
	// At is the entry in its way: a leading directory of Path that is none, or Path itself when it
	// is a directory.
	At   string
	Mode Mode
}

func (e *ObstacleError) Error() string {
	if e.At == e.Path {
		return fmt.Sprintf("path %q is %s on the branch, not a file", e.Path, e.Mode.Describe())
	}
	return fmt.Sprintf("path %q cannot be written: %q is %s on the branch, not a directory", e.Path, e.At, e.Mode.Describe())
}

// Unwrap makes the error an ErrObstacle.
func (e *ObstacleError) Unwrap() error { return ErrObstacle }

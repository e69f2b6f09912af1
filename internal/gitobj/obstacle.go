package gitobj

import (
	"errors"
	"fmt"
)

// ErrObstacle says that a path cannot be a file because of an entry that the tree holds on the way
// to it.
var ErrObstacle = errors.New("path is blocked")

// ObstacleError names the entry of a tree that keeps a path from being a file; it wraps
// ErrObstacle.
type ObstacleError struct {
	// Path is the requested path.
	Path string
	// At is the path of the entry that blocks it: a leading part of Path that is not a directory,
	// or Path itself when it is a directory.
	At   string
	Mode Mode
}

// Error names the path and the entry that blocks it.
func (e *ObstacleError) Error() string {
	if e.At == e.Path {
		return fmt.Sprintf("path %q is %s on the branch, not a file", e.Path, e.Mode.Describe())
	}
	return fmt.Sprintf("path %q cannot be written: %q is %s on the branch, not a directory", e.Path, e.At, e.Mode.Describe())
}

// Unwrap returns ErrObstacle.
func (e *ObstacleError) Unwrap() error { return ErrObstacle }

package gitwire

import "errors"

// Classes of failed requests, for errors.Is. A transport wraps them; a Report has the outcome of a
// push that the server answered (Final, MayPass).
var (
	// ErrTransient: the same request may succeed when it is repeated.
	ErrTransient = errors.New("the server could not be reached or did not finish its answer")
	// ErrUnknown: the server may have acted on a push. Only the reference itself tells.
	ErrUnknown = errors.New("the outcome of the push is not known")
)

package sshclient

import "errors"

// The kinds of an [Error], for errors.Is.
var (
	ErrConfig      = errors.New("the SSH configuration cannot be used")
	ErrKey         = errors.New("the private key cannot be used")
	ErrHostKey     = errors.New("the server's host key is not trusted")
	ErrDenied      = errors.New("the server does not let us in")
	ErrProtocol    = errors.New("no common SSH protocol")
	ErrNotFound    = errors.New("the server was not found")
	ErrUnreachable = errors.New("the server could not be reached")
	ErrClosed      = errors.New("the SSH client is closed")
)

// Error is the reason why a command could not be started. Its texts hold no secrets.
type Error struct {
	Kind  error  // a sentinel of this package
	Host  string // the server at fault, which may be a jump host: "example.com:22"
	Err   error  // the cause; may be nil
	Words string // the server's words, uncleaned; may be ""
	Hint  string // the next step for the user; may be ""

	// lasting: another attempt in this process will not help.
	lasting bool
}

// Error names the server, the cause and the next step.
func (e *Error) Error() string {
	text := "SSH"
	if e.Host != "" {
		text += " to " + e.Host
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	} else {
		text += ": " + e.Kind.Error()
	}
	return text
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

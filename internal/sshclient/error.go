package sshclient

import "errors"

// What an [Error] is about, for errors.Is.
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

// Error is why a command could not be started. Its texts hold no secrets.
type Error struct {
	Kind  error  // one of the sentinels above
	Host  string // the server that it is about, which may be one on the way: "example.com:22"
	Err   error  // the cause; may be nil
	Words string // what the server said, uncleaned; may be ""
	Hint  string // what to try; may be ""

	// lasting: trying again in this process will not help.
	lasting bool
}

// Error is the server, the cause and what to try.
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

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

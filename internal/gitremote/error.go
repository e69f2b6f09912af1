package gitremote

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// What an [Error] is about, for errors.Is.
var (
	ErrURL            = errors.New("the repository URL cannot be used")
	ErrInsecure       = errors.New("the connection would not be encrypted")
	ErrAuthentication = errors.New("the server does not accept the credentials")
	ErrForbidden      = errors.New("the server denies access")
	ErrNotFound       = errors.New("the repository was not found")
	ErrHostKey        = errors.New("the server's SSH host key is not trusted")
	ErrTLS            = errors.New("no trusted TLS connection")
	ErrProtocol       = errors.New("the server does not answer in a Git protocol that is understood")
	ErrServer         = errors.New("the server reported an error")
	ErrTooLarge       = errors.New("a size limit was passed")
	ErrTransient      = errors.New("the server could not be reached or did not finish its answer")
)

// Error is a failed operation on a remote. Its texts hold no secrets.
type Error struct {
	Op         string        // "list references of", "fetch from", "push to"
	URL        string        // of the repository, without credentials
	Status     int           // HTTP status; 0 when it was not about one
	Server     string        // the server's own words, cleaned and bounded; may be ""
	Kind       error         // one of the sentinels above; nil when the context ended
	Hint       string        // what to try, a sentence; may be ""
	RetryAfter time.Duration // how long the server asks to wait; 0 if it did not say
	Err        error         // the cause; may be nil

	unknown   bool // the server may have acted on it
	attempts  int  // how often it was tried, if more than once
	told      *told
	empty     bool // the response had no byte at all
	unreached bool // no connection was made, so the server has not heard of it
	silent    bool // no byte of an answer came, and the server has answered nothing before
}

// Error is one line or more: operation, repository, cause, the server's words, what to try.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + " " + e.URL + ": ")
	switch {
	case e.Status != 0:
		fmt.Fprintf(&b, "HTTP %d %s", e.Status, http.StatusText(e.Status))
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	case e.Kind != nil:
		b.WriteString(e.Kind.Error())
	}
	if e.Server != "" {
		fmt.Fprintf(&b, ": the server says: %s", e.Server)
	}
	if e.attempts > 1 {
		fmt.Fprintf(&b, " (tried %d times)", e.attempts)
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	var l []error
	if e.Kind != nil {
		l = append(l, e.Kind)
	}
	if e.Err != nil {
		l = append(l, e.Err)
	}
	return l
}

// Unknown reports whether a Push failed in a way that leaves open whether the server acted on it.
// Only reading the reference tells.
func Unknown(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.unknown
}

// Transient reports whether trying again later may help.
func Transient(err error) bool { return errors.Is(err, ErrTransient) }

// Unknown is the function of this name, for callers who know a remote by its methods only.
func (r *Remote) Unknown(err error) bool { return Unknown(err) }

// Transient is the function of this name, for callers who know a remote by its methods only.
func (r *Remote) Transient(err error) bool { return Transient(err) }

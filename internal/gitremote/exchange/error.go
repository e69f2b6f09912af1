package exchange

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/hosts"
)

// The kinds of an [Error], for errors.Is.
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
	ErrTransient      = gitwire.ErrTransient
)

// Error is a failed operation on a remote. Its texts hold no secrets.
type Error struct {
	Op         string        // "list references of", "fetch from", "push to"
	URL        string        // of the repository, without credentials
	Status     int           // HTTP status of the response; 0 if another failure is the cause
	StatusText string        // the name of Status, such as "Unauthorized"
	Server     string        // the server's own words, cleaned and bounded; may be ""
	Kind       error         // of the kinds above; nil when the context ended
	Hint       string        // a sentence on the way out; may be ""
	RetryAfter time.Duration // the time that the server asks to wait; 0 if it names none
	Err        error         // the cause; may be nil

	// The remaining fields are for decisions, and are in no text but the number of attempts.

	Acted     bool  // the server may have acted on the request
	Attempts  int   // how often the operation was attempted, if more than once
	Told      *Told // where Repeated looks; nil: the error is reported in full each time
	Empty     bool  // the response had no byte at all
	Unreached bool  // no connection was made, so the server does not know of the request
	Answered  bool  // the head of a response came
	NoAnswer  bool  // the request was sent and no byte of a response came within Limits.Stall
	Silent    bool  // NoAnswer, from a server that has answered nothing before
}

// Error returns the operation, the repository, the cause, the server's words and the hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + " " + e.URL + ": ")
	switch {
	case e.Status != 0:
		fmt.Fprintf(&b, "HTTP %d %s", e.Status, e.StatusText)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	case e.Kind != nil:
		b.WriteString(e.Kind.Error())
	}
	if e.Server != "" {
		fmt.Fprintf(&b, ": the server says: %s", e.Server)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (tried %d times)", e.Attempts)
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Is makes an error after which the server may have acted a gitwire.ErrUnknown.
func (e *Error) Is(target error) bool { return target == gitwire.ErrUnknown && e.Acted }

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

// errTrouble is the cause of a transient error, in place of a cause with another meaning.
var errTrouble = errors.New("the server is in trouble")

// MakeTransient turns e into an error that is worth another attempt, because the server's words
// speak of trouble that passes.
func (e *Error) MakeTransient() { e.Kind, e.Err, e.Hint = ErrTransient, errTrouble, "" }

// Unexplained reports whether an error with the cause err is transient for want of a better
// explanation: it is neither a stall, nor the server's own words about trouble, nor a damaged pack,
// after which this side gave up the response.
func (e *Error) Unexplained(err error) bool {
	_, damaged := errors.AsType[*gitwire.DamagedError](err)
	return e.Kind == ErrTransient && !damaged && !errors.Is(e.Err, ErrStalled) && !errors.Is(e.Err, errTrouble)
}

// kinds are the errors of those classes of refusals that say more than a status does.
var kinds = map[hosts.Class]error{
	hosts.Credentials: ErrAuthentication, hosts.Rights: ErrForbidden, hosts.NotFound: ErrNotFound, hosts.Broken: ErrServer,
}

// Recognize gives e the kind and the hint of a host's words, and reports whether they are known.
func (e *Error) Recognize(words string) bool { return e.take(hosts.Explain(e.Status, words)) }

// RecognizeCommand is Recognize for the words of a command that failed.
func (e *Error) RecognizeCommand(words string) bool { return e.take(hosts.ExplainCommand(words)) }

func (e *Error) take(s hosts.Saying, ok bool) bool {
	if !ok {
		return false
	}
	e.Hint = s.Hint
	if kind := kinds[s.Class]; kind != nil {
		e.Kind = kind
	}
	return true
}

// HintWiki extends the hint of an ErrNotFound if the URL is that of a wiki, as GitHub, GitLab,
// Gitea and Bitbucket name them: hosts make its repository when it is first needed.
func (e *Error) HintWiki() {
	name := strings.TrimSuffix(strings.TrimRight(e.URL, "/"), ".git")
	if e.Kind == ErrNotFound && strings.HasSuffix(name, ".wiki") {
		e.Hint += "; a wiki is a repository once it has a page: write the first one on the host"
	}
}

// Dialing reports whether a failure of the network is a failure to make a connection.
func Dialing(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

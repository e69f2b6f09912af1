package exchange

import (
	"slices"
	"strings"
	"sync"
)

// Told records the mistakes that were reported in full already, by all remotes of a pool: two
// hundred resources with the same wrong token need a single full message.
type Told struct{ mistakes sync.Map }

// mistake holds the fields in which two errors of the same mistake agree.
type mistake struct {
	where  string // the host if the mistake is about the host, else the repository
	kind   error
	status int
	hint   string
}

// perHost are the kinds of mistakes about a host as a whole: credentials, certificates, keys.
var perHost = []error{ErrAuthentication, ErrInsecure, ErrTLS, ErrHostKey}

// repeated are the kinds of mistakes that every operation on a repository meets.
var repeated = append(slices.Clone(perHost), ErrForbidden, ErrNotFound, ErrURL)

// Repeated reports whether it was asked about an error of the same mistake before, in this process.
// Then Brief is enough for the user.
func (e *Error) Repeated() bool {
	if e.Told == nil || !slices.Contains(repeated, e.Kind) {
		return false
	}
	m := mistake{where: e.URL, kind: e.Kind, status: e.Status, hint: e.Hint}
	if slices.Contains(perHost, e.Kind) {
		m.where = hostOf(e.URL)
	}
	_, before := e.Told.mistakes.LoadOrStore(m, true)
	return before
}

// hostOf is the scheme, user and host of a repository's URL.
func hostOf(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// Brief is Error without the server's words and without the hint, once both have been reported.
func (e *Error) Brief() string {
	brief := *e
	brief.Server, brief.Hint, brief.Attempts = "", "", 0
	return brief.Error()
}

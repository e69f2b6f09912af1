package gitremote

import (
	"slices"
	"strings"
	"sync"
)

// told is what was told in full already, by all remotes of a pool. Two hundred resources with one
// wrong token are one mistake, of which one message is enough.
type told struct{ seen sync.Map }

// mistake is what errors have in common that are one and the same.
type mistake struct {
	where  string // the host of a mistake that is about the host, else the repository
	kind   error
	status int
	hint   string
}

// perHost are kinds of mistakes that are the host's as a whole: credentials, certificates, keys.
var perHost = []error{ErrAuthentication, ErrInsecure, ErrTLS, ErrHostKey}

// repeated are the kinds of mistakes that every operation on a repository meets alike.
var repeated = append(slices.Clone(perHost), ErrForbidden, ErrNotFound, ErrURL)

// Repeated reports whether an error of the same mistake was asked about before, in this process. It
// is for whoever tells users: Brief is enough then.
func (e *Error) Repeated() bool {
	if e.told == nil || !slices.Contains(repeated, e.Kind) {
		return false
	}
	m := mistake{where: e.URL, kind: e.Kind, status: e.Status, hint: e.Hint}
	if slices.Contains(perHost, e.Kind) {
		m.where = hostOf(e.URL)
	}
	_, seen := e.told.seen.LoadOrStore(m, true)
	return seen
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

// Brief is the error without the server's words and without a hint, for when both have been told.
func (e *Error) Brief() string {
	brief := *e
	brief.Server, brief.Hint, brief.attempts = "", "", 0
	return brief.Error()
}

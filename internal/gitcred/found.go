package gitcred

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Finder looks for the credentials of repositories that nobody configured any for.
type Finder struct {
	// Netrc are the files to look in, the first that exists.
	Netrc []string
	// Helper asks git; nil for never.
	Helper *Helper

	read  sync.Once // guards what follows
	netrc *Netrc
	path  string
	err   error
}

// source is the origin of the credentials that requests carry.
type source uint8

const (
	fromNowhere source = iota // there are none
	fromNetrc
	fromURL // a user name without a password
	fromHelper
)

// search is the state of the search for credentials with git's helpers.
type search uint8

const (
	searching search = iota // the helpers may be asked
	noneKnown               // they have none for the repository
	noOthers                // they have only those that the server refused
	bothWrong               // the server refused two of theirs in a row
	failed                  // they cannot be asked: Found.failure is the reason
)

// Outcomes of Found.others that are no failures.
var (
	errNoOthers  = errors.New("git's credential helpers have no others")
	errBothWrong = errors.New("those of git's credential helpers were refused twice")
)

// searchEnd returns the state of a search that an error ended.
func searchEnd(err error) search {
	var none *noneError
	switch {
	case errors.As(err, &none) && none.helpers == "":
		return noneKnown
	case errors.Is(err, errNoOthers):
		return noOthers
	case errors.Is(err, errBothWrong):
		return bothWrong
	}
	return failed
}

// For returns the credentials of a repository. username, if any, is the one to find a password for.
// Nothing is read or started before the first request.
func (f *Finder) For(u *url.URL, username string) *Found {
	return &Found{finder: f, url: u, username: username}
}

// WithUnused makes About tell of credentials that somebody may have meant for the repository, and why
// they are not used.
func (f *Found) WithUnused(unused string) *Found {
	f.unused = unused
	return f
}

func (f *Finder) login(host, username string) (Login, bool) {
	f.read.Do(func() { f.netrc, f.path, f.err = ReadNetrc(f.Netrc) })
	if f.netrc == nil {
		return Login{}, false
	}
	return f.netrc.Find(host, username)
}

// Found is the credentials of one repository, found where people leave them: those of .netrc go
// with the first request, for they cost a look into a file; git's helpers, which cost the start of
// processes, are asked when the server wants credentials, or others than these.
type Found struct {
	secret.Hidden
	finder   *Finder
	url      *url.URL
	username string
	unused   string // credentials that do not count here, and why; may be ""

	asking sync.Mutex // held while a helper is asked

	mu      sync.Mutex // guards what follows
	looked  bool
	source  source
	header  string      // what goes with requests; "" for nothing
	bare    bool        // header is a user name without a password, until a helper is asked
	helped  *Credential // what header is of, if it is a helper's
	asked   Query       // that helped answers
	settled bool        // the helpers know that the server took it
	refused int         // how many of the helpers' credentials were refused since the last that was taken
	search  search
	failure error // of a search that failed
	secrets []string
}

// Authorize puts what was found on a request, if anything was.
func (f *Found) Authorize(r *http.Request) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookLocked()
	if f.source != fromNowhere {
		r.Header.Set("Authorization", f.header)
	}
	return nil
}

// lookLocked looks into .netrc, once.
func (f *Found) lookLocked() {
	if f.looked {
		return
	}
	f.looked = true
	if l, ok := f.finder.login(f.url.Hostname(), f.username); ok {
		secret := l.Password
		if secret == "" {
			secret, f.bare = l.Username, true
		}
		f.useLocked(fromNetrc, basic(l.Username, l.Password), secret)
	} else if f.username != "" {
		// A user name alone may be all that it takes: some hosts take a token in its place.
		f.bare = true
		f.useLocked(fromURL, basic(f.username, ""), f.username)
	}
}

func (f *Found) useLocked(from source, header string, secrets ...string) {
	f.source, f.header = from, header
	_, sent, _ := strings.Cut(header, " ")
	for _, s := range append(secrets, sent) {
		if !slices.Contains(f.secrets, s) {
			f.secrets = append(f.secrets, s)
		}
	}
}

// Secrets lists every text that must not appear in any message.
func (f *Found) Secrets() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.secrets)
}

// Pending reports whether a request would go without credentials while there is somebody to ask for
// them.
func (f *Found) Pending() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookLocked()
	return f.helped == nil && (f.source == fromNowhere || f.bare) && f.search == searching && f.finder.Helper != nil
}

// Refused asks git's helpers for credentials, or for others. It reports whether there are some that
// the server has not refused yet.
func (f *Found) Refused(r *http.Request, challenges []string) (again bool) {
	f.asking.Lock()
	defer f.asking.Unlock()
	f.mu.Lock()
	sent, header, helped, state := r.Header.Get("Authorization"), f.header, f.helped, f.search
	f.mu.Unlock()
	if sent != header {
		return true // others were found meanwhile
	}
	if state != searching {
		return false
	}
	q := Query{URL: f.url, Username: f.username, Challenges: challenges}
	c, err := f.others(r.Context(), q, helped)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil && c.header() == header {
		err = errNoOthers
	}
	if err != nil {
		if r.Context().Err() == nil {
			f.search, f.failure = searchEnd(err), err
		}
		return false
	}
	f.helped, f.asked, f.settled = c, q, false
	f.useLocked(fromHelper, c.header(), c.secrets()...)
	return true
}

// others are credentials that a helper has, after it was told that the former ones are no good,
// once.
func (f *Found) others(ctx context.Context, q Query, former *Credential) (*Credential, error) {
	h := f.finder.Helper
	if h == nil {
		return nil, new(noneError)
	}
	if former != nil {
		f.mu.Lock()
		f.refused++
		enough, asked := f.refused > 1, f.asked
		f.mu.Unlock()
		if err := h.Reject(ctx, asked, former); err != nil {
			return nil, err
		}
		if enough {
			return nil, errBothWrong
		}
	}
	return h.Fill(ctx, q)
}

// Accepted tells the helper whose credentials a server took for the first time, so that it may keep
// them.
func (f *Found) Accepted(r *http.Request) {
	f.mu.Lock()
	c, q := f.helped, f.asked
	news := c != nil && !f.settled && r.Header.Get("Authorization") == f.header
	if news {
		f.settled, f.refused = true, 0
	}
	f.mu.Unlock()
	if news {
		_ = f.finder.Helper.Approve(r.Context(), q, c) // whether it is kept is no concern of this run
	}
}

// About says in words where the credentials are from; given is false when there are none, and the
// words say why.
func (f *Found) About() (given bool, words string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookLocked()
	var b strings.Builder
	switch f.source {
	case fromNetrc:
		b.WriteString("the credentials are from " + f.finder.path)
	case fromURL:
		b.WriteString("the credentials are from the user name in the URL")
	case fromHelper:
		b.WriteString("the credentials are from git's credential helpers")
	default:
		b.WriteString("none are configured")
		switch {
		case f.finder.err != nil:
			fmt.Fprintf(&b, ", the .netrc cannot be read (%v)", f.finder.err)
		case f.finder.path != "":
			fmt.Fprintf(&b, ", %s has none for this host", f.finder.path)
		}
	}
	given = f.source != fromNowhere
	switch {
	case f.search == noneKnown && !given:
		b.WriteString(", and git has none for it")
	case f.search == noOthers || f.search == bothWrong || f.search == failed:
		fmt.Fprintf(&b, "; %v", f.failure)
	}
	if f.unused != "" {
		b.WriteString("; " + f.unused)
	}
	return given, b.String()
}

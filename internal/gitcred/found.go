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

// Finder looks for the credentials of repositories for which none are configured.
type Finder struct {
	// Netrc are the paths of the .netrc; the first that exists is read.
	Netrc []string
	// Helper asks git; without it git is not asked.
	Helper *Helper

	read  sync.Once // guards the fields below
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

// For returns the credentials of a repository. username, if any, is the user whose password is to
// be found. Nothing is read or started before the first request.
func (f *Finder) For(u *url.URL, username string) *Found {
	return &Found{finder: f, url: u, username: username}
}

// WithUnused sets texts that About adds. unused are the credentials that somebody may have meant
// for the repository, and why they are not used. missing is said if no credentials are found: the
// variables that would have held some.
func (f *Found) WithUnused(unused, missing string) *Found {
	f.unused, f.missing = unused, missing
	return f
}

func (f *Finder) login(host, username string) (Login, bool) {
	f.read.Do(func() { f.netrc, f.path, f.err = ReadNetrc(f.Netrc) })
	if f.netrc == nil {
		return Login{}, false
	}
	return f.netrc.Find(host, username)
}

// Found are the credentials of a repository that were found in their usual locations. Those of
// .netrc are sent with the first request, since looking into a file costs little. Git's helpers
// cost the start of processes: they are asked when the server wants credentials, or refuses those
// of .netrc.
type Found struct {
	secret.Hidden
	finder   *Finder
	url      *url.URL
	username string
	unused   string // credentials that do not count here, and why; may be ""
	missing  string // the variables that would have held credentials; may be ""

	asking sync.Mutex // held while a helper is asked

	mu      sync.Mutex // guards the fields below
	looked  bool
	source  source
	header  string      // the value of Authorization; "" for none
	bare    bool        // header is a user name without a password, until a helper is asked
	helped  *Credential // the helper's credential in header; nil for another source
	asked   Query       // the query that helped answers
	settled bool        // the helpers were told that the server accepted it
	refused int         // how many of the helpers' credentials were refused since the last accepted credential
	search  search
	failure error // of a search that failed
	secrets []string
}

// Authorize adds the credentials to a request, if any were found.
func (f *Found) Authorize(r *http.Request) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookLocked()
	if f.source != fromNowhere {
		r.Header.Set("Authorization", f.header)
	}
	return nil
}

// lookLocked looks into .netrc, the first time.
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
		// A user name alone may suffice: some hosts take a token in its position.
		f.bare = true
		f.useLocked(fromURL, basic(f.username, ""), f.username)
	}
}

// useLocked sets the credentials that requests carry. secrets are the texts in them to keep secret.
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

// Pending reports whether a request would carry no credentials although a helper may have some.
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
		return true // another call found others meanwhile
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

// others asks the helpers for credentials. It first tells them that the server refused the former.
// The second refusal in a row ends the search.
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

// Accepted tells the helpers that the server accepted their credentials, the first time, so that
// they may keep them.
func (f *Found) Accepted(r *http.Request) {
	f.mu.Lock()
	c, q := f.helped, f.asked
	news := c != nil && !f.settled && r.Header.Get("Authorization") == f.header
	if news {
		f.settled, f.refused = true, 0
	}
	f.mu.Unlock()
	if news {
		_ = f.finder.Helper.Approve(r.Context(), q, c) // this run does not depend on whether it is kept
	}
}

// About describes the source of the credentials in words; given is false when there are none, and
// the words say why.
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
	if f.missing != "" && !given {
		b.WriteString("; " + f.missing)
	}
	return given, b.String()
}

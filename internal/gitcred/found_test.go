package gitcred

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAboutNamesTheSourceAndHowTheSearchEnded checks the words for each source and each end of a
// search with git's helpers.
func TestAboutNamesTheSourceAndHowTheSearchEnded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source source
		end    error
		given  bool
		words  string
	}{
		"nothing yet":            {fromNowhere, nil, false, "none are configured, /netrc has none for this host"},
		"netrc":                  {fromNetrc, nil, true, "the credentials are from /netrc"},
		"the URL":                {fromURL, nil, true, "the credentials are from the user name in the URL"},
		"a helper":               {fromHelper, nil, true, "the credentials are from git's credential helpers"},
		"no helper has any":      {fromNowhere, new(noneError), false, "none are configured, /netrc has none for this host, and git has none for it"},
		"none besides the netrc": {fromNetrc, new(noneError), true, "the credentials are from /netrc"},
		"a helper that failed":   {fromNetrc, &noneError{": it ended"}, true, "the credentials are from /netrc; git has no credentials for it: it ended"},
		"no others":              {fromHelper, errNoOthers, true, "the credentials are from git's credential helpers; git's credential helpers have no others"},
		"refused twice":          {fromHelper, errBothWrong, true, "the credentials are from git's credential helpers; those of git's credential helpers were refused twice"},
		"git failed":             {fromNowhere, errNoGit, false, "none are configured, /netrc has none for this host; there is no git to ask for its credential helpers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &Found{finder: &Finder{path: "/netrc"}, looked: true, source: c.source}
			if c.end != nil {
				f.search, f.failure = searchEnd(c.end), c.end
			}
			if given, words := f.About(); given != c.given || words != c.words {
				t.Errorf("got %v, %q; want %v, %q", given, words, c.given, c.words)
			}
		})
	}
}

// A variable that is missing matters only where no credentials were found.
func TestAboutNamesVariablesThatAreUnusedOrMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source source
		want   string
	}{
		{fromNowhere, "none are configured; T is unused; V is not set"},
		{fromURL, "the credentials are from the user name in the URL; T is unused"},
	} {
		f := &Found{finder: new(Finder), looked: true, source: c.source}
		if _, words := f.WithUnused("T is unused", "V is not set").About(); words != c.want {
			t.Errorf("got %q, want %q", words, c.want)
		}
	}
}

// TestTheEndOfASearchIsTypedAndNotAText looks through wrapping, and ignores the texts of errors.
func TestTheEndOfASearchIsTypedAndNotAText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want search
	}{
		{new(noneError), noneKnown},
		{fmt.Errorf("fill: %w", new(noneError)), noneKnown},
		{&noneError{": it ended"}, failed},
		{fmt.Errorf("fill: %w", errNoOthers), noOthers},
		{fmt.Errorf("fill: %w", errBothWrong), bothWrong},
		{errors.New(new(noneError).Error()), failed},
		{errors.New(errNoOthers.Error()), failed},
	} {
		if got := searchEnd(c.err); got != c.want {
			t.Errorf("%v: got state %d, want %d", c.err, got, c.want)
		}
	}
}

// TestACancelledRequestDoesNotEndTheSearch: the next request may ask again.
func TestACancelledRequestDoesNotEndTheSearch(t *testing.T) {
	t.Parallel()
	f := (&Finder{Helper: &Helper{}}).For(address(t, "https://h.example/r.git"), "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f.Refused(httptest.NewRequestWithContext(ctx, http.MethodGet, "https://h.example/r.git", nil), nil) || !f.Pending() {
		t.Errorf("the search ended with state %d", f.search)
	}
}

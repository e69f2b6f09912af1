package giturl

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// misspelt are addresses with credentials in them, each of which is wrong in another way.
var misspelt = []string{
	"oauth2:s3cret@host.example/org/r.git",
	"oauth2:s3cret/host.example/org/r.git",
	"s3cret@host.example/org/r.git",
	"https://ci:7/xs3cret@host.example/r.git",
	"https://ci:7/x@s3cret@host.example/r.git",
	"https://s3cret/EN@host.example/r",
	"https://ci:s3cret/EN@host.example/r",
	"https://ci:s3?cret@host.example/r",
	"https://ci?s3cret@host.example/r",
	"https://ci#s3cret@host.example/r",
	"https://ci:s3#cret@host.example/r",
	"https://ci:s3cret\\@host.example/r",
	"https://ci:s3cret@host.example\\r",
	"https://ci:s3 cret@host.example/r",
	"https://ci:s3\tcret@host.example/r",
	"https://ci:s3%zzcret@host.example/r",
	"https://ci:s3cret@host example/r",
	"https://ci:s3cret/host.example/r",
	"https://ci%3As3cret%40host.example/r",
	"https://ci:s3cret\uff20host.example/r",
	"https://s3cret\uff20host.example/r",
	"https:/ci:s3cret@host.example/r",
	"https:ci:s3cret@host.example/r",
	"https//ci:s3cret@host.example/r",
	"https;//ci:s3cret@host.example/r",
	"https ://ci:s3cret@host.example/r",
	"https:://ci:s3cret@host.example/r",
	"https://https://ci:s3cret@host.example/r",
	"htps://ci:s3cret@host.example/r",
	"s3cret://host.example/r",
	"://ci:s3cret@host.example/r",
	"//ci:s3cret@host.example/r",
	"//s3cret@host.example/r",
	"/ci:s3cret@host.example/r",
	"/https://ci:s3cret@host.example/r",
	"file://ci:s3cret@host.example/r",
	"file://s3cret/r",
	"git://ci:s3cret@host.example/r",
	"ftp://ci:s3cret@host.example/r",
	"git+https://ci:s3cret@host.example/r",
	"ext::ci:s3cret@host.example/r",
	"ci:s3cret@host.example:org/r",
	"ci:x/s3cret@host.example:org/r",
	"ci:s3cret:x@host.example/r",
	"[ci:s3cret@host.example]:r",
	"[ci:s3cret@host.example:22]:r",
	"[host.example]:s3cret@x/r",
	"ssh://ci:s3cret@host.example/r",
	"ssh://ci:7/xs3cret@host.example/r",
	"ssh://ci:s3/cret@host.example/r",
	"ssh://s3cret/EN@host.example/r",
	"ssh:ci:s3cret@host.example/r",
	"https://host.example/r?token=s3cret",
	"https://host.example/r#s3cret",
	"https://host.example?s3cret",
	"https://s3cret",
	"https://s3cret/",
	"https://@",
	"https://ci:s3cret@",
	"https://ci:s3cret@/r",
	"https://ci:s3cret@:443/r",
	"'https://ci:s3cret@host.example/r'",
	"url=https://ci:s3cret@host.example/r",
	"<https://ci:s3cret@host.example/r>",
	"ghp_s3cret0123456789abcdef@github.com:org/r.git",
	"https://github.com/ghp_s3cret0123456789abcdef/org/r.git",
	"https://bitbucket.org/ATATT3xFfGF0s3cret0123456789abcdef/org/r.git",
	"ssh://glpat-s3cret0123456789abcdef@host.example/r",
	"host.example:glpat-s3cret0123456789abcdef/r",
	"s3cret0123456789012345678901234567890123@host.example:org/r",
	"s3cret",
	"",
}

// Of an address that is misspelt nothing is shown, and no host is looked up.
func TestNothingIsShownOfAMisspeltAddress(t *testing.T) {
	t.Parallel()
	for _, raw := range misspelt {
		for _, raw := range []string{raw, " " + raw, strings.ToUpper(raw), strings.Replace(raw, "https", "HTTPS", 1)} {
			a, err := Read(raw)
			if err == nil {
				t.Errorf("%q was read as %s", raw, a)
				continue
			}
			if strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "cret") || strings.Contains(err.Error(), ".example") {
				t.Errorf("%q: %v", raw, err)
			}
			if shown := a.String() + Canonical(raw) + Key(raw); strings.ReplaceAll(shown, Unreadable, "") != "" {
				t.Errorf("%q is shown as %q", raw, shown)
			}
			if ssh, ok, err := ParseSSH(raw); ok && (err == nil || ssh != SSH{}) {
				t.Errorf("%q: over SSH it is %+v, %v", raw, ssh, err)
			}
		}
		if !MayHoldSecret(raw) && strings.Contains(raw, "@") {
			t.Errorf("%q holds no secret", raw)
		}
	}
}

func TestAddressesAreReadAndShown(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://jo:s3cret@Host.Example:443/Org/r.git/": "https://host.example/Org/r.git",
		"HTTP://s3cret@host.example:80/r":               "http://host.example/r",
		"https://jo:s3%2Fcr%40et@host.example:8443/r":   "https://host.example:8443/r",
		"https://host.example/~jo%40work/r":             "https://host.example/~jo%40work/r",
		"https://host.example/a%2Fb":                    "https://host.example/a%2Fb",
		"https://[::1]:8443/r":                          "https://[::1]:8443/r",
		"https://b\u00fccher.example/r":                 "https://b%C3%BCcher.example/r",
		"https://host.example:/r":                       "https://host.example/r",
		"ssh://git@host.example/srv/jo%40work/r":        "ssh://git@host.example/srv/jo%40work/r",
		"git@host.example:org/r.git":                    "git@host.example:org/r.git",
		"/srv/jo@work/r":                                "file:///srv/jo@work/r",
		"file:///srv/jo@work/r/":                        "file:///srv/jo@work/r",
		"FILE://localhost/srv/r":                        "file:///srv/r",
	} {
		a, err := Read(raw)
		if err != nil || a.String() != want {
			t.Errorf("%q is shown as %q, %v: want %q", raw, a, err, want)
			continue
		}
		if again, err := Read(a.String()); err != nil || again.String() != want {
			t.Errorf("%q is read again as %q, %v", want, again, err)
		}
		if !Same(raw, want) || Same(raw, "https://other.example/r") {
			t.Errorf("%q: not the same as itself, or the same as another", raw)
		}
	}
	if !Same("what is none", "what is none") || Same("what is none", "another") {
		t.Error("texts that are no addresses are the same when they are equal, and only then")
	}
}

// The text before the last '@' of an address over HTTP is never shown, nor taken for a host; the
// shown form is read as the same address again.
func FuzzRead(f *testing.F) {
	for _, raw := range misspelt {
		f.Add(raw)
	}
	for _, raw := range []string{"https://jo:p@host.example/r", "git@host:org/r", "[jo@::1]:r", "ssh://h/~/r", "file:///srv/a@b", "/srv/r", "[[::1]:22]:r", "[0]::", "[ssh]:r", "/0/.."} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := Read(raw)
		if err != nil {
			if shown := a.String() + Canonical(raw) + Key(raw); strings.ReplaceAll(shown, Unreadable, "") != "" {
				t.Errorf("%q: %v, and it is shown as %q", raw, err, shown)
			}
			if fixed(err) {
				return
			}
			t.Errorf("%q: the error %q is none of those that quote nothing", raw, err)
			return
		}
		shown := a.String()
		again, err := Read(shown)
		if err != nil || again.String() != shown {
			t.Errorf("%q is shown as %q, and that is read as %q, %v", raw, shown, again, err)
		}
		i := strings.LastIndexByte(raw, '@')
		if a.URL == nil || i < 0 {
			return
		}
		if a.User == nil || strings.Contains(shown, "@") {
			t.Errorf("%q is shown as %q, and the user is %q", raw, shown, a.User)
		}
		after, _, _ := strings.Cut(raw[i+1:], "/")
		want, err := url.Parse("https://" + strings.TrimSpace(after))
		if err != nil || !strings.EqualFold(want.Hostname(), a.URL.Hostname()) {
			t.Errorf("%q: the host is %q, and %q stands behind the last '@'", raw, a.URL.Hostname(), after)
		}
	})
}

// fixed reports whether an error is a sentinel of this package: their texts contain no part of an
// address.
func fixed(err error) bool {
	// An error that wraps a sentinel might quote the address.
	return slices.Contains([]error{
		ErrUnreadable, ErrMisplaced, ErrToken, ErrPassword, errForm, errDirectory, errNoPath, errExtras,
		errAddress, errPath, errQuery, errSlashes, errHelper,
	}, err)
}

func TestUserInformationIsNotPrinted(t *testing.T) {
	t.Parallel()
	a, err := Read("https://jo:s3cret@host.example/r")
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s %q", a, a, a, a, a); strings.Contains(text, "s3cret") {
		t.Errorf("it prints as %s", text)
	}
}

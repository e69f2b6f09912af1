package giturl

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// Faults of URLs. None of these texts quotes the URL: any part of a misspelt URL may be a password.
var (
	ErrUnreadable = errors.New("the value cannot be read as a URL: write https://host/path, with special characters in user name and password percent-encoded")
	ErrMisplaced  = errors.New("an '@' stands behind the host: in a user name or password write '/' as %2F, '?' as %3F and '#' as %23, in a path '@' as %40; " +
		"a URL begins with https:// or ssh://")
	ErrToken = errors.New("the value has an access token where no credentials are taken from: leave it out, and set auth.token")
)

// Parse reads a URL with an authority, scheme://[user[:password]@]host[:port]/path. All URLs that a
// user writes are read here. net/url is too lenient: it takes "https://ci:7/xTOKEN@host/r" for a
// path on the host ci, quotes the parts that it cannot read, and accepts any character in a host's
// name.
func Parse(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	scheme, rest, found := strings.Cut(raw, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	if !found || !isScheme(scheme) || strings.ContainsFunc(raw, unprintable) || strings.ContainsAny(rest[:end], ` \`) {
		return nil, ErrUnreadable
	}
	if strings.Contains(rest[end:], "@") && (end > 0 || !strings.EqualFold(scheme, "file")) {
		return nil, ErrMisplaced
	}
	u, err := url.Parse(raw)
	if err != nil || strings.ContainsFunc(u.Host, foreign) {
		return nil, ErrUnreadable
	}
	if hasToken(rest[strings.LastIndexByte(rest[:end], '@')+1:]) {
		return nil, ErrToken
	}
	return u, nil
}

// isScheme applies RFC 3986, section 3.1.
func isScheme(s string) bool {
	for i, c := range s {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

func unprintable(c rune) bool { return c < ' ' || c == 0x7f || c == unicode.ReplacementChar }

// foreign reports whether a character is in no host, port or list of them. Letters of any script
// are allowed.
func foreign(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsMark(c) && !unicode.IsDigit(c) && !strings.ContainsRune(".-_~:,[]%", c)
}

// tokens matches the access tokens of hosts that mark them: GitHub, GitLab, Bitbucket.
var tokens = regexp.MustCompile(`(?i)\b(gh[opsur]_[a-z0-9]{16}|github_pat_[a-z0-9_]{16}|gl(pat|dt|rt|ptt|cbt|ft|soat|oas|imt|agent)-[a-z0-9_-]{16}|AT(BB|[AC]TT)[a-z0-9]{16})`)

// MayHoldSecret reports whether a text that was meant to be a URL may contain user information, in
// any misspelling.
func MayHoldSecret(s string) bool {
	if _, rest, found := strings.Cut(s, "://"); found {
		s = rest
	}
	return strings.ContainsAny(s, "@:?#") || hasToken(s)
}

func hasToken(s string) bool { return tokens.MatchString(s) }

// longestUser is the length of the longest user name over SSH, in bytes. A longer name is a token
// in the user's position.
const longestUser = 39

// namesOfTokens are user names that hosts define for tokens. No host has such a name: an address
// that begins with it is a URL without its scheme.
var namesOfTokens = []string{"oauth2", "x-access-token", "x-token-auth", "gitlab-ci-token", "x-oauth-basic", "x-bitbucket-api-token-auth"}

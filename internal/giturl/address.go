package giturl

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"unicode"
)

// Address is the location of a repository: on a server, over HTTP or SSH, or in a directory of this
// machine.
type Address struct {
	URL       *url.URL      // https or http, without user information; nil for others
	User      *url.Userinfo // the user information of URL; nil without it
	SSH       *SSH          // nil for others
	Directory string        // absolute; "" for others
}

// Unreadable replaces an address that cannot be read, in all texts that are printed or kept.
const Unreadable = "(no URL of a repository)"

var (
	errForm      = errors.New("the value is not the URL of a repository: write https://host/path, ssh://user@host/path or user@host:path, or file:///path for one on this machine")
	errDirectory = errors.New("the URL names no directory of this machine: write file:///path")
	errNoPath    = errors.New("the URL names a host, but no repository on it: write https://host/path")
	errExtras    = errors.New("the URL of a repository has no ?query and no #fragment: write these characters as %3F and %23")
)

// Read reads the address of a repository in every supported form: https://, http://, ssh:// and
// file:// URLs, user@host:path, and an absolute path. Errors do not quote it.
func Read(raw string) (Address, error) {
	raw = strings.TrimSpace(raw)
	if filepath.IsAbs(raw) {
		return readPath(raw)
	}
	if a, ok, err := ParseSSH(raw); ok {
		if err != nil {
			return Address{}, err
		}
		return Address{SSH: &a}, nil
	}
	scheme, _, found := strings.Cut(raw, "://")
	switch scheme = strings.ToLower(scheme); {
	case found && scheme == "file":
		return readFile(raw)
	case !found || scheme != "https" && scheme != "http":
		return Address{}, errForm
	}
	u, err := Parse(raw)
	switch {
	case err != nil:
		return Address{}, err
	case u.Hostname() == "":
		return Address{}, ErrUnreadable
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.HasSuffix(raw, "#"):
		return Address{}, errExtras
	case strings.Trim(u.Path, "/") == "":
		return Address{}, errNoPath
	}
	user := u.User
	u.User = nil
	u.Scheme, u.Host = scheme, strings.ToLower(u.Host)
	if port := u.Port(); port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return Address{URL: u, User: user}, nil
}

// readPath reads an absolute path. It refuses a path that contains a URL, or begins like a URL
// without its scheme.
func readPath(raw string) (Address, error) {
	first, _, _ := strings.Cut(strings.TrimLeft(filepath.ToSlash(raw), "/"), "/")
	at := strings.LastIndexByte(first, '@')
	switch {
	case strings.Contains(raw, "://") || at >= 0 && (strings.HasPrefix(raw, "//") || strings.Contains(first[:at], ":")):
		return Address{}, errForm
	case strings.ContainsFunc(raw, func(c rune) bool { return c == 0 || c == unicode.ReplacementChar }), strings.Trim(filepath.ToSlash(filepath.Clean(raw)), "/.") == "":
		return Address{}, errDirectory
	case hasToken(raw):
		return Address{}, ErrToken
	}
	return Address{Directory: filepath.Clean(raw)}, nil
}

func readFile(raw string) (Address, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host != "" && !strings.EqualFold(u.Host, "localhost") || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") == "" {
		return Address{}, errDirectory
	}
	p := u.Path
	if runtime.GOOS == "windows" { // file:///C:/path
		p = strings.TrimPrefix(p, "/")
	}
	p = filepath.FromSlash(p)
	if !filepath.IsAbs(p) {
		return Address{}, errDirectory
	}
	return readPath(p)
}

// String returns the canonical form of the address, by which resources share a writer and which is
// printed and kept in state. It has no credentials, the scheme and host in lower case, no default
// port and no slash at the end. A directory has the form file:///path. An SSH address keeps the
// user, who is a part of it, and the port as it is written. Read reads the form as the same
// address.
func (a Address) String() string {
	switch {
	case a.URL != nil:
		return a.URL.String()
	case a.SSH != nil:
		return a.SSH.String()
	case a.Directory != "":
		return (&url.URL{Scheme: "file", Path: path.Clean("/" + strings.TrimLeft(filepath.ToSlash(a.Directory), "/"))}).String()
	}
	return Unreadable
}

// Origin returns the server that credentials are for: scheme, host and port. A directory has none.
func (a Address) Origin() *url.URL {
	switch {
	case a.URL != nil:
		return a.URL
	case a.SSH != nil:
		return a.SSH.Origin()
	}
	return &url.URL{Scheme: "file"}
}

// Canonical returns the String of an address, or Unreadable if it cannot be read.
func Canonical(raw string) string {
	a, err := Read(raw)
	if err != nil {
		return Unreadable
	}
	return a.String()
}

// Same reports whether two addresses are equal, apart from their spelling.
func Same(a, b string) bool {
	canonical := Canonical(a)
	return a == b || canonical != Unreadable && canonical == Canonical(b)
}

// Format implements fmt.Formatter: an address is printed without user information, with any verb.
func (a Address) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

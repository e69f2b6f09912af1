package giturl

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// SSH is the location of a repository on a server over SSH.
type SSH struct {
	User string // "" when none is named
	Host string // a name, an alias of ~/.ssh/config or an address; IPv6 without brackets; in lower case
	Port string // "" when none is named
	Path string // as the service gets it: "/srv/r.git", "~/r.git", "org/r.git"
}

// Faults of SSH addresses. None of these texts quotes the address: it may hold a password.
var (
	ErrPassword = errors.New("SSH takes no password from a URL: remove it, and name a key in auth.ssh or use an agent")
	errAddress  = errors.New("the value cannot be read as an SSH address: write ssh://user@host/path or user@host:path")
	errPath     = errors.New("the address names a host, but no repository on it: write ssh://user@host/path or user@host:path")
	errQuery    = errors.New("an SSH address has no ?query and no #fragment: write these characters as %3F and %23")
	errSlashes  = errors.New("the address has a scheme without // after it: write ssh://host/path or https://host/path")
	errHelper   = errors.New("remote helpers (helper::address) are not used: write ssh://user@host/path or user@host:path")
)

// ParseSSH reads an address. ok is false for a text that is no SSH address but may be another
// address: https://…, file://…, a path. With an error no address is returned: any part of it may be
// a password.
func ParseSSH(raw string) (a SSH, ok bool, err error) {
	raw = strings.TrimSpace(raw)
	if scheme, _, found := strings.Cut(raw, "://"); found && !strings.ContainsAny(scheme, "/:@") {
		if !strings.EqualFold(scheme, "ssh") {
			return SSH{}, false, nil
		}
		a, err = parseURL(raw)
		return a, true, err
	}
	a, ok, err = parseShort(raw)
	return a, ok, err
}

// parseURL reads ssh://[user@]host[:port]/path. "/~user/r" is relative to that user's home (git:
// connect.c, parse_connect_url).
func parseURL(raw string) (SSH, error) {
	u, err := Parse(raw)
	switch {
	case errors.Is(err, ErrUnreadable):
		return SSH{}, errAddress
	case err != nil:
		return SSH{}, err
	}
	a := SSH{User: u.User.Username(), Host: strings.ToLower(u.Hostname()), Port: u.Port(), Path: strings.TrimRight(u.Path, "/")}
	if strings.HasPrefix(a.Path, "/~") {
		a.Path = a.Path[1:]
	}
	if _, has := u.User.Password(); has {
		return SSH{}, ErrPassword
	}
	if u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return SSH{}, errQuery
	}
	return a.checked()
}

// parseShort reads [user@]host:path. The host ends at the first colon, which no slash may precede,
// or is in brackets: [::1]:path, [host:port]:path, [user@host:port]:path (git: connect.c,
// url_is_local_not_ssh and get_host_and_port; t5601 has these forms).
func parseShort(raw string) (a SSH, ok bool, err error) {
	user, rest := "", raw
	if i := strings.IndexByte(raw, '['); i > 0 && raw[i-1] == '@' && !strings.ContainsAny(raw[:i], "/:") {
		user, rest = raw[:i-1], raw[i:]
	}
	if strings.HasPrefix(rest, "[") {
		host, path, found := cutBracket(rest)
		if !found {
			return SSH{}, false, nil
		}
		a = bracketed(host)
		if user != "" {
			a.User = user
		}
		a.Path = strings.TrimRight(path, "/")
		return a.short()
	}
	host, path, found := strings.Cut(raw, ":")
	if !found || strings.ContainsRune(host, '/') {
		return SSH{}, false, nil
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		a.User, host = host[:i], host[i+1:]
	}
	a.Host, a.Path = strings.ToLower(host), strings.TrimRight(path, "/")
	// user:password@host:path would be the host "user" and a path with the password in it.
	if i := strings.LastIndexByte(path, '@'); i >= 0 && strings.IndexByte(path[i:], ':') > 0 {
		return SSH{}, true, ErrPassword
	}
	return a.short()
}

// short checks an address in the form host:path, which may also be the beginning of a URL without
// its scheme.
func (a SSH) short() (SSH, bool, error) {
	switch {
	case strings.HasPrefix(a.Path, ":"): // also after a host in brackets, which String leaves out
		return SSH{}, true, errHelper
	case a.User == "" && slices.Contains([]string{"ssh", "http", "https", "file"}, a.Host):
		return SSH{}, true, errSlashes
	case strings.ContainsRune(a.Path, '@'):
		return SSH{}, true, ErrMisplaced
	case a.User == "" && slices.Contains(namesOfTokens, a.Host), hasToken(a.Path):
		return SSH{}, true, ErrToken
	}
	a, err := a.checked()
	return a, true, err
}

// checked returns the address, or none and the reason.
func (a SSH) checked() (SSH, error) {
	if err := a.check(); err != nil {
		return SSH{}, err
	}
	return a, nil
}

// cutBracket splits "[…]:path" at the bracket that closes the first bracket.
func cutBracket(s string) (inside, path string, ok bool) {
	depth := 0
	for i, c := range s {
		switch c {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				path, ok = strings.CutPrefix(s[i+1:], ":")
				return s[1:i], path, ok
			}
		}
	}
	return "", "", false
}

// bracketed reads the text in brackets: an IPv6 address, or [user@]host:port.
func bracketed(s string) (a SSH) {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		a.User, s = s[:i], s[i+1:]
	}
	a.Host = s
	if strings.HasPrefix(s, "[") || strings.Count(s, ":") == 1 {
		if host, port, err := net.SplitHostPort(s); err == nil {
			a.Host, a.Port = host, port
		}
	}
	a.Host = strings.ToLower(a.Host)
	return a
}

// check refuses an address that no request could name. A host or a path with a hyphen at its
// beginning would be taken for an option by programs (git: "strange hostname blocked").
func (a SSH) check() error {
	for _, s := range []string{a.User, a.Host, a.Path} {
		if strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == 0xfffd }) {
			return errAddress
		}
	}
	if a.Port != "" {
		if n, err := strconv.ParseUint(a.Port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != a.Port {
			return errAddress
		}
	}
	switch {
	case !IsHost(a.Host) || strings.HasPrefix(a.User, "-"):
		return errAddress
	case strings.ContainsAny(a.User, ":/[]@ ") || strings.HasPrefix(a.Path, "-") || strings.TrimSpace(a.Path) != a.Path:
		return errAddress
	case len(a.User) > longestUser || hasToken(a.User):
		return ErrToken
	case strings.Trim(a.Path, "/") == "" || a.Path == "~":
		return errPath
	}
	return nil
}

// IsHost reports whether s can be the name, the alias or the address of a host, in lower case.
func IsHost(s string) bool {
	if strings.ContainsRune(s, ':') {
		_, err := netip.ParseAddr(s)
		return err == nil && !strings.ContainsRune(s, '%')
	}
	return s != "" && s[0] != '-' && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_'
	})
}

// String returns the canonical form: ssh://host/path for an absolute path and for a path below a
// home directory, and host:path for other paths, which ssh:// cannot express.
func (a SSH) String() string {
	if strings.HasPrefix(a.Path, "~") || strings.HasPrefix(a.Path, "/") && !strings.HasPrefix(a.Path, "/~") {
		u := url.URL{Scheme: "ssh", Host: a.hostPort(), Path: "/" + strings.TrimPrefix(a.Path, "/")}
		if a.User != "" {
			u.User = url.User(a.User)
		}
		if strings.HasPrefix(a.Path, "//") {
			u.Path = a.Path
		}
		// Parse refuses an '@' after the host, and net/url writes it unescaped.
		authority, rest, _ := strings.Cut(strings.TrimPrefix(u.String(), "ssh://"), "/")
		return "ssh://" + authority + "/" + strings.ReplaceAll(rest, "@", "%40")
	}
	user := ""
	if a.User != "" {
		user = a.User + "@"
	}
	if a.Port != "" {
		return "[" + user + a.hostPort() + "]:" + a.Path
	}
	return user + a.hostPort() + ":" + a.Path
}

func (a SSH) hostPort() string {
	if a.Port != "" {
		return net.JoinHostPort(a.Host, a.Port)
	}
	if strings.ContainsRune(a.Host, ':') {
		return "[" + a.Host + "]"
	}
	return a.Host
}

// Origin returns the server that credentials are for: ssh://host or ssh://host:port.
func (a SSH) Origin() *url.URL { return &url.URL{Scheme: "ssh", Host: a.hostPort()} }

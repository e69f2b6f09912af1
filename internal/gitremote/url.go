package gitremote

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// parseURL checks a repository's URL and takes the credentials out of it.
func parseURL(raw string, allowInsecure bool) (*url.URL, *url.Userinfo, error) {
	refuse := func(u, format string, args ...any) error {
		return &Error{Op: "open", URL: u, Kind: ErrURL, Err: fmt.Errorf(format, args...)}
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		// The parser quotes its input, which may hold a password.
		return nil, nil, refuse("the repository", "its URL is not one: %w", ErrURL)
	}
	user := u.User
	u.User = nil
	shown := u.Redacted()
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, nil, refuse(shown, "scheme %q: https:// and http:// are possible", u.Scheme)
	case u.Hostname() == "":
		return nil, nil, refuse(shown, "no host")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		u.RawQuery, u.Fragment, u.ForceQuery = "", "", false // it may hold a token
		return nil, nil, refuse(u.Redacted(), "a repository's URL has no ?query and no #fragment")
	}
	if u.Scheme == "http" && !allowInsecure && !loopback(u.Hostname()) {
		return nil, nil, &Error{
			Op: "open", URL: shown, Kind: ErrInsecure, Err: ErrInsecure,
			Hint: "use https://, or set allow_insecure_http = true if the network between is trusted",
		}
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, user, nil
}

func loopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// endpoint is the address of a service below the repository: "/info/refs", "/git-upload-pack".
func endpoint(base *url.URL, path, query string) *url.URL {
	u := *base
	u.Path += path
	if u.RawPath != "" {
		u.RawPath += path
	}
	u.RawQuery = query
	return &u
}

// sameOrigin reports whether credentials for a may be sent to b.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(hostPort(a), hostPort(b))
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// movedTo finds where the repository is, from where one of its services was redirected to. ok is false when the
// target is not that service on the same origin.
func movedTo(from, target *url.URL, path string) (base *url.URL, ok bool) {
	if target.User != nil || !sameOrigin(from, target) || !strings.HasSuffix(target.Path, path) {
		return nil, false
	}
	b := *target
	b.Path = strings.TrimSuffix(b.Path, path)
	b.RawPath = strings.TrimSuffix(b.RawPath, path)
	b.RawQuery, b.Fragment, b.RawFragment, b.ForceQuery = "", "", "", false
	return &b, true
}

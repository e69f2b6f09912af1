package httpwire

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// endpoint returns the address of a service below the repository: "/info/refs", "/git-upload-pack".
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

// movedTo returns the new address of the repository, given the address that a service of it was
// redirected to. ok is false when the target is not that service on the same origin.
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

// signIn reports whether a page or an address is for logging in: hosts and proxies show it to those
// whose credentials they do not know, in place of an error.
func signIn(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc([]string{
		"signin", "sign-in", "sign_in", "sign in", "login", "log-in", "log in", "saml", "/sso", "oauth2", "/adfs", "single sign-on", "authenticate",
	}, func(s string) bool { return strings.Contains(text, s) })
}

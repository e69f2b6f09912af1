package gitremote

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// readURL reads a repository's address. Nothing of what cannot be read is shown: it may be a
// password.
func readURL(raw string, allowInsecure bool) (giturl.Address, error) {
	a, err := giturl.Read(raw)
	if err != nil {
		return a, &Error{Op: "open", URL: "the repository", Kind: ErrURL, Err: err}
	}
	if a.URL != nil && a.URL.Scheme == "http" && !allowInsecure && !loopback(a.URL.Hostname()) {
		return a, &Error{
			Op: "open", URL: a.String(), Kind: ErrInsecure, Err: ErrInsecure,
			Hint: "use https://, or set allow_insecure_http = true if the network between is trusted",
		}
	}
	return a, nil
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

// movedTo finds where the repository is, from where one of its services was redirected to. ok is
// false when the target is not that service on the same origin.
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

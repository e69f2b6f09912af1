package gitremote

import (
	"net/netip"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// readURL reads a repository's address. An address that cannot be read is not shown: parts of it
// may be a password.
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

package httpwire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// proxyHint is the hint for a proxy that wants credentials (407).
const proxyHint = "the proxy wants credentials, or others: put them into HTTPS_PROXY (or HTTP_PROXY), as http://user:password@host:port with special characters percent-encoded"

// proxyError is the answer of a proxy that does not open a tunnel (RFC 9110, 9.3.6).
type proxyError struct {
	host   string // of the proxy
	status int
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s answers HTTP %d %s", e.host, e.status, http.StatusText(e.status))
}

// explain gives kind and hint to the error of a request that came no further than the proxy.
func (e *proxyError) explain(to *exchange.Error) {
	switch e.status {
	case http.StatusProxyAuthRequired, http.StatusUnauthorized:
		to.Kind, to.Hint = exchange.ErrAuthentication, proxyHint
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		to.Kind, to.Hint = exchange.ErrForbidden, "the proxy does not let requests through to this host and port: have it allowed, or reach the host without the proxy by NO_PROXY"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		to.Kind, to.Hint = exchange.ErrTransient, "the proxy cannot reach the host: check the host's name, and whether it is to be reached without the proxy (NO_PROXY)"
	default:
		to.Kind, to.Hint = exchange.ErrServer, "check the proxy settings of the environment: HTTPS_PROXY, HTTP_PROXY, NO_PROXY"
	}
}

// errProxyURL does not quote the URL: it may hold a password.
var errProxyURL = errors.New("the URL of the proxy in HTTPS_PROXY or HTTP_PROXY cannot be read: write http://user:password@host:port, with '/' in the password as %2F, '@' as %40")

// proxyOf is the proxy that the environment names for a request. A path with an '@' in it is the
// rest of a password with a '/', the beginning of which would be looked up as the proxy's host.
func proxyOf(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil || u != nil && !readable(u) {
		return nil, errProxyURL
	}
	return u, nil
}

func readable(proxy *url.URL) bool {
	return !strings.Contains(proxy.Path+proxy.RawQuery+proxy.Fragment, "@")
}

// tunnelled is for http.Transport.OnProxyConnectResponse.
func tunnelled(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{host: proxy.Host, status: resp.StatusCode}
}

// proxies are the credentials of the proxies in the environment, for redaction: net/http sends
// them, and quotes the whole of a variable that it does not understand.
type proxies struct{}

// Authorize does nothing: see proxies.
func (proxies) Authorize(*http.Request) error { return nil }

// Secrets are the user names and passwords in the variables.
func (proxies) Secrets() []string {
	var s []string
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		info, _, ok := cutLast(os.Getenv(name), "@")
		if !ok {
			continue
		}
		if _, after, ok := strings.Cut(info, "://"); ok {
			info = after
		}
		user, password, _ := strings.Cut(info, ":")
		plain, err := url.PathUnescape(password)
		if err != nil {
			plain = password
		}
		if name, err := url.PathUnescape(user); err == nil {
			user = name
		}
		s = append(s, password)
		s = append(s, Basic{Username: user, Password: plain}.Secrets()...)
	}
	return s
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

package provider

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// environment are the credentials in NANOGIT_TOKEN, or in NANOGIT_USERNAME and NANOGIT_PASSWORD.
//
// They are meant for the hosts that NANOGIT_HOST names, and for no other. Without NANOGIT_HOST they
// are meant for the host of the provider's url: the person who set them knew a single host, and a
// module may name any.
type environment struct {
	auth    gitremote.Auth // nil for none
	source  string         // the variables that auth is from
	held    string         // the variable that holds a secret, also without auth; "" for none
	missing string         // why auth is nil: the variables that are not set
	hosts   []string       // of NANOGIT_HOST: host or host:port, in small letters; nil if it is not set
}

// environment reads the variables. The token wins over the password.
func (r *reader) environment() environment {
	e := environment{hosts: r.environmentHosts()}
	user, password, token := r.env("NANOGIT_USERNAME"), r.env("NANOGIT_PASSWORD"), r.env("NANOGIT_TOKEN")
	switch {
	case token != "":
		auth := r.token(user, token)
		e.auth, e.source, e.held = auth, "NANOGIT_TOKEN", "NANOGIT_TOKEN"
		if user != "" {
			e.source = "NANOGIT_USERNAME and NANOGIT_TOKEN"
		} else if auth.Check() != nil {
			e.source += ", and NANOGIT_USERNAME is not set"
		}
	case user != "" && password != "":
		e.auth, e.source, e.held = gitremote.Basic{Username: user, Password: password}, "NANOGIT_USERNAME and NANOGIT_PASSWORD", "NANOGIT_PASSWORD"
	case password != "":
		e.held, e.missing = "NANOGIT_PASSWORD", "NANOGIT_PASSWORD is set in the environment, but NANOGIT_USERNAME is not: if it is an access token, set NANOGIT_TOKEN instead"
	case user != "":
		e.missing = "NANOGIT_USERNAME is set in the environment, but neither NANOGIT_TOKEN nor NANOGIT_PASSWORD is"
	case e.hosts != nil:
		e.missing = "NANOGIT_HOST names this host, but NANOGIT_TOKEN is not set"
	default:
		e.missing = "NANOGIT_TOKEN is not set in the environment"
	}
	return e
}

// environmentHosts reads NANOGIT_HOST. A value that cannot be read is an error, and names no host:
// credentials must not go by a guess.
func (r *reader) environmentHosts() []string {
	value := r.env("NANOGIT_HOST")
	if value == "" {
		return nil
	}
	hosts := []string{}
	for entry := range strings.SplitSeq(value, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if inner, ok := strings.CutPrefix(entry, "["); ok && strings.HasSuffix(inner, "]") {
			entry = strings.TrimSuffix(inner, "]") // an IPv6 address without a port
		}
		if entry == "" {
			continue // a comma at the end
		}
		if !isHostPort(entry) {
			// The value is not repeated: it may be a URL with a password.
			r.invalidEnv("NANOGIT_HOST", errors.New("it lists hosts as host or host:port, separated by commas, without scheme, user or path, as in git.example.com,git.example.org:8443"))
			return []string{}
		}
		hosts = append(hosts, entry)
	}
	if len(hosts) == 0 {
		r.invalidEnv("NANOGIT_HOST", errors.New("it names no host"))
	}
	return hosts
}

// isHostPort reports whether a text is a host, or a host and a port. An IPv6 address with a port
// has brackets.
func isHostPort(s string) bool {
	if net.ParseIP(s) != nil {
		return true
	}
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
		if host = h; strings.HasPrefix(s, "[") {
			return net.ParseIP(host) != nil
		}
	}
	return host != "" && !strings.ContainsAny(host, "/\\@:?#*[]%'\"") && !strings.ContainsFunc(host, func(c rune) bool { return c <= ' ' })
}

// isFor reports whether the credentials are meant for the host of a URL. own is the origin of the
// provider's url.
func (e environment) isFor(u *url.URL, own string) bool {
	if e.hosts == nil {
		return own != "" && origin(u) == own
	}
	return slices.Contains(e.hosts, strings.ToLower(hostPort(u))) || slices.Contains(e.hosts, strings.ToLower(u.Hostname()))
}

// isForOrigin reports whether the credentials are meant for the provider's url.
func (e environment) isForOrigin(own string) bool {
	u, err := url.Parse(own)
	return err == nil && own != "" && e.isFor(u, own)
}

// unused says why the credentials do not go to the host of a URL, and the variables that are
// missing if there are none.
func (e environment) unused(u *url.URL, own string) (unused, missing string) {
	var where, first string
	switch {
	case e.hosts != nil:
		where = "for " + strings.Join(e.hosts, ", ") + " alone, as NANOGIT_HOST says"
		first = fmt.Sprintf("add %s to it, or ", u.Host)
		missing = "NANOGIT_HOST does not name this host, and NANOGIT_TOKEN is not set"
	case own != "":
		where = "for " + own + " alone, as the provider's url says"
		missing = "NANOGIT_TOKEN and NANOGIT_HOST are not set in the environment"
	default:
		where = "for the host of the provider's url alone, which names none"
		first = fmt.Sprintf("set url (or NANOGIT_URL) if all files are there, or set NANOGIT_HOST to %s, or ", u.Host)
		missing = "NANOGIT_TOKEN and NANOGIT_HOST are not set in the environment"
	}
	if e.held == "" {
		return "", missing
	}
	unused = fmt.Sprintf("%s is set in the environment, but not used here, for it is meant %s: %sput the credentials into hosts[%q].auth", e.held, where, first, u.Host)
	if e.hosts == nil && own != "" {
		unused += ", or name all hosts that it is meant for in NANOGIT_HOST"
	}
	return unused, ""
}

// sourced are configured credentials that name their source in an error.
type sourced struct {
	secret.Hidden
	gitremote.Auth
	source string
}

// About implements httpwire.Sourced.
func (s sourced) About() (given bool, words string) {
	return true, "the credentials are from " + s.source
}

// Authorize implements gitremote.Auth.
func (s sourced) Authorize(r *http.Request) error {
	if err := s.Auth.Authorize(r); err != nil {
		return fmt.Errorf("%w; the credentials are from %s", err, s.source)
	}
	return nil
}

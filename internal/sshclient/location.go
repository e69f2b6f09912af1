package sshclient

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

// location is the location of a server: its address and settings, after the configuration was read.
type location struct {
	options  *Options
	name     string // the requested name, perhaps an alias
	host     string // to connect to
	port     string
	user     string
	settings settings
	hops     []*location // on the way, the nearest to us first
}

// maxHops bounds the number of jump hosts.
const maxHops = 8

// address is the host and port to connect to.
func (p *location) address() string { return net.JoinHostPort(p.host, p.port) }

// knownAs returns the name of the server in known_hosts: an alias as it is, else the host, with its
// port unless that is 22 (sshconnect.c, get_hostfile_hostname_ipaddr).
func (p *location) knownAs() string {
	switch {
	case p.settings.hostKeyAlias != "":
		return strings.ToLower(p.settings.hostKeyAlias)
	case p.port != "22":
		return "[" + strings.ToLower(p.host) + "]:" + p.port
	}
	return strings.ToLower(p.host)
}

// find reads the configuration for a host and for the jump hosts on the way to it.
func (o *Options) find(user, host, port string) (*location, error) {
	p, err := o.location(user, host, port)
	if err != nil {
		return nil, err
	}
	way, err := o.way(p, p.settings.proxyJump, []*location{p})
	if err != nil {
		return nil, err
	}
	p.hops = way
	return p, nil
}

// location reads the configuration for a host. A user in the address precedes that of the options,
// and this precedes the configuration's.
func (o *Options) location(user, host, port string) (*location, error) {
	if user == "" {
		user = o.User
	}
	s, err := o.readConfig(host, user)
	if err != nil {
		return nil, err
	}
	p := &location{options: o, name: host, host: s.hostName, port: port, user: user, settings: s}
	for _, fill := range []struct {
		field *string
		with  string
	}{{&p.port, s.port}, {&p.port, "22"}, {&p.user, s.user}, {&p.user, localUser()}} {
		if *fill.field == "" {
			*fill.field = fill.with
		}
	}
	if err := checkTokens(slices.Concat(s.identityFiles, s.certificateFiles, s.userKnownHosts, []string{s.identityAgent})...); err != nil {
		return nil, &Error{Kind: ErrConfig, Host: host, Err: err}
	}
	if p.user == "" {
		return nil, &Error{Kind: ErrConfig, Host: host, Err: errors.New("no user name: put one before the host (user@host)")}
	}
	return p, nil
}

// way lists the jump hosts on the way to p, in the order of ssh -J. Each is configured like a host,
// and the first may have jump hosts of its own. behind holds the hosts further on, which are never
// jump hosts for themselves ("Host *" with "ProxyJump gate").
func (o *Options) way(p *location, jumps string, behind []*location) ([]*location, error) {
	if jumps == "" {
		return nil, nil
	}
	if len(behind) > maxHops {
		return nil, &Error{Kind: ErrConfig, Host: p.name, Err: fmt.Errorf("ProxyJump goes over more than %d hosts", maxHops)}
	}
	list := strings.Split(jumps, ",")
	last := strings.TrimSpace(list[len(list)-1])
	user, host, port, err := splitHop(last)
	if err != nil {
		return nil, &Error{Kind: ErrConfig, Host: p.name, Err: err}
	}
	hop, err := o.hop(host, port).location(user, host, port)
	if err != nil {
		return nil, err
	}
	for _, b := range behind {
		if b.address() == hop.address() {
			return nil, nil
		}
	}
	before := strings.Join(list[:len(list)-1], ",")
	if before == "" {
		before = hop.settings.proxyJump
	}
	way, err := o.way(hop, before, append(behind, hop))
	if err != nil {
		return nil, err
	}
	return append(way, hop), nil
}

// splitHop reads [user@]host[:port] or ssh://[user@]host[:port].
func splitHop(s string) (user, host, port string, err error) {
	rest, isURL := strings.CutPrefix(s, "ssh://")
	if !isURL {
		rest = s
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		user, rest = rest[:i], rest[i+1:]
	}
	host = rest
	if strings.Count(rest, ":") == 1 || strings.HasPrefix(rest, "[") && !strings.HasSuffix(rest, "]") {
		if host, port, err = net.SplitHostPort(rest); err != nil {
			return "", "", "", fmt.Errorf("ProxyJump: %.100q is no host", s)
		}
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if !giturl.IsHost(host) || port != "" && !isPort(port) {
		return "", "", "", fmt.Errorf("ProxyJump: %.100q is no host", s)
	}
	return user, host, port, nil
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// file expands the name of a file in the configuration: ~, ${VARIABLE} and %-tokens (ssh_config(5),
// "TOKENS").
func (p *location) file(name string) string {
	return p.tokens(p.options.expandVariables(p.options.expandHome(name)))
}

// tokens replaces the tokens of file names.
func (p *location) tokens(s string) string {
	alias := p.settings.hostKeyAlias
	if alias == "" {
		alias = p.name
	}
	local, _ := os.Hostname() // "" names a file that does not exist
	short, _, _ := strings.Cut(local, ".")
	id := strconv.Itoa(os.Getuid())
	return strings.NewReplacer("%%", "%", "%h", p.host, "%n", p.name, "%p", p.port, "%r", p.user, "%u", localUser(),
		"%d", p.options.home(), "%k", alias, "%l", local, "%L", short, "%i", id).Replace(s)
}

// checkTokens refuses names of files with tokens that are not replaced, such as %C, which ssh(1)
// computes from all others.
func checkTokens(names ...string) error {
	for _, name := range names {
		for _, after, found := strings.Cut(name, "%"); found; _, after, found = strings.Cut(after, "%") {
			if after == "" || !strings.ContainsRune("%hnprudklLi", rune(after[0])) {
				return fmt.Errorf("%.200q has a token that is not supported: there are %%d, %%h, %%i, %%k, %%L, %%l, %%n, %%p, %%r, %%u and %%%%", name)
			}
			after = after[1:]
		}
	}
	return nil
}

// expandHome replaces ~ and ~user at the beginning.
func (o *Options) expandHome(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok || name == "~" {
		return filepath.Join(o.home(), rest)
	}
	if other, ok := strings.CutPrefix(name, "~"); ok {
		who, rest, _ := strings.Cut(other, "/")
		if u, err := user.Lookup(who); err == nil && u.HomeDir != "" {
			return filepath.Join(u.HomeDir, rest)
		}
	}
	return name
}

// expandVariables replaces ${NAME}.
func (o *Options) expandVariables(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "${")
		b.WriteString(before)
		name, after, ends := strings.Cut(rest, "}")
		if !found || !ends {
			if found {
				b.WriteString("${" + rest)
			}
			return b.String()
		}
		b.WriteString(o.getenv(name))
		s = after
	}
}

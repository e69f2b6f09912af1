package sshclient

import (
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Policy says how to treat a server whose host key is not known.
type Policy int

// The policies.
const (
	Strict    Policy = iota // it is an error
	AcceptNew               // the key is kept, and no other is accepted from then on
	Insecure                // any key is accepted
)

var policies = [...]string{Strict: "strict", AcceptNew: "accept-new", Insecure: "insecure"}

// Policies are the names of the policies, the default first.
func Policies() []string { return policies[:] }

// String is the name of the policy.
func (p Policy) String() string { return policies[p] }

// ParsePolicy finds a policy by its name.
func ParsePolicy(name string) (Policy, error) {
	for i, s := range policies {
		if s == name {
			return Policy(i), nil
		}
	}
	return Strict, fmt.Errorf("%.40q is none of %s", name, strings.Join(policies[:], ", "))
}

// Options say how to log in and which servers to trust. The zero value has OpenSSH's defaults.
// Options must not be changed once they are in use.
type Options struct {
	secret.Hidden
	User string // where neither the address nor, for a jump host, the configuration names a user; "": see location
	Key  *Key   // the only key, apart from the agent's; nil: the agent's keys and the identities of the configuration
	// Agent says whether the agent is asked; nil: if there is no Key.
	Agent *bool

	KnownHosts     *string // lines of known_hosts, instead of files
	KnownHostsFile string  // a file that replaces those of the configuration
	Policy         Policy

	// Hop returns the options for a jump host, by name and port as in ProxyJump; port may be "".
	// Where it is nil or returns nil, no Key is used there, and the known hosts are those of these
	// options.
	Hop func(host, port string) *Options

	ConfigFiles []string             // nil: ~/.ssh/config and /etc/ssh/ssh_config; earlier ones win
	Getenv      func(string) string  // nil: os.Getenv
	Limits      Limits               // zero: the defaults
	Logf        func(string, ...any) // logs events worth knowing; may be nil; called from several goroutines
	Dial        dialFunc             // nil: TCP
}

// Limits bound waiting. A zero field has its default.
type Limits struct {
	Connect   time.Duration // for a hop: name, TCP, handshake and login; default 30 s
	KeepAlive time.Duration // silence after which a keep-alive request is sent; default 20 s
	Lost      time.Duration // further silence after which the connection counts as lost; default 40 s
	Idle      time.Duration // time without any command at work after which a connection is closed; default 5 min
	Farewell  time.Duration // for the server to confirm that a session is over; default 10 s
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		of   *time.Duration
		late time.Duration
	}{{&l.Connect, 30 * time.Second}, {&l.KeepAlive, 20 * time.Second}, {&l.Lost, 40 * time.Second}, {&l.Idle, 5 * time.Minute}, {&l.Farewell, 10 * time.Second}} {
		if *d.of <= 0 {
			*d.of = d.late
		}
	}
	return l
}

func (o *Options) getenv(name string) string {
	if o.Getenv != nil {
		return o.Getenv(name)
	}
	return os.Getenv(name)
}

func (o *Options) logf(format string, args ...any) {
	if o.Logf != nil {
		o.Logf(format, args...)
	}
}

// home returns the directory that ~ stands for; "" if there is none.
func (o *Options) home() string {
	if o.Getenv != nil {
		for _, name := range []string{"HOME", "USERPROFILE"} {
			if dir := o.Getenv(name); dir != "" {
				return dir
			}
		}
		return ""
	}
	dir, _ := os.UserHomeDir() // without a home there is no configuration
	return dir
}

// localUser returns the name of the user of this process.
func localUser() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	if i := strings.LastIndexByte(u.Username, '\\'); i >= 0 { // Windows: domain\user
		return u.Username[i+1:]
	}
	return u.Username
}

// hop returns the options for a jump host.
func (o *Options) hop(host, port string) *Options {
	if o.Hop != nil {
		if own := o.Hop(host, port); own != nil {
			return own
		}
	}
	way := *o
	way.User, way.Key, way.Agent = "", nil, nil
	return &way
}

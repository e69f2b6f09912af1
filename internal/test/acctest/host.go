package acctest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Host is a Git server that no test has started, with a repository that tests may write to. Tests
// that need nothing but a repository run on it too, on branches of their own (see [Host.Run] and
// [NewRepo]).
type Host struct {
	Name     string // of its subtests
	URL      string
	Username string
	Password string
	Token    string
	CAFile   string // certificates to trust, in PEM
	// KeyFile and KnownHosts are files for SSH: a private key, and the keys of hosts.
	KeyFile, KnownHosts string
	// Branch is a branch that stays. An empty repository gets it, since most hosts let nobody
	// remove their default branch.
	Branch string

	begin sync.Once
	begun error
}

// Hosts returns the hosts that the environment names: NANOGIT_ACC_URL and NANOGIT_ACC_SSH_URL,
// which may be the same repository.
func Hosts(getenv func(string) string) (hosts []*Host) {
	base := cmp.Or(getenv("NANOGIT_ACC_BRANCH"), "main")
	if url := getenv("NANOGIT_ACC_URL"); url != "" {
		hosts = append(hosts, &Host{
			Name: "NANOGIT_ACC_URL", URL: url, Branch: base, CAFile: getenv("NANOGIT_ACC_CA_FILE"),
			Username: getenv("NANOGIT_ACC_USERNAME"), Password: getenv("NANOGIT_ACC_PASSWORD"), Token: getenv("NANOGIT_ACC_TOKEN"),
		})
	}
	if url := getenv("NANOGIT_ACC_SSH_URL"); url != "" {
		hosts = append(hosts, &Host{
			Name: "NANOGIT_ACC_SSH_URL", URL: url, Branch: base, KeyFile: getenv("NANOGIT_ACC_SSH_KEY_FILE"),
			KnownHosts: cmp.Or(getenv("NANOGIT_ACC_SSH_KNOWN_HOSTS_FILE"), filepath.Join(getenv("HOME"), ".ssh", "known_hosts")),
		})
	}
	return hosts
}

// running has the place of each test that [Host.Run] or [Kind.Run] runs, by the test's name.
var running sync.Map

// Run runs a test, as a subtest of its own, for which [NewRepo] and [NewWorkspace] are about this
// host.
func (h *Host) Run(t *testing.T, name string, test func(*testing.T)) bool {
	t.Helper()
	return t.Run(name, func(t *testing.T) {
		running.Store(t.Name(), h)
		test(t)
	})
}

// overSSH reports whether the URL means SSH: "ssh://host/path" or "user@host:path".
func (h *Host) overSSH() bool {
	return strings.HasPrefix(h.URL, "ssh://") || !strings.Contains(h.URL, "://") && !filepath.IsAbs(h.URL)
}

// settings are lines of a provider block.
func (h *Host) settings(branch string) string {
	lines := fmt.Sprintf("  branch = %q\n", branch)
	if h.CAFile != "" {
		lines += fmt.Sprintf("  tls = { ca_cert_file = %q }\n", h.CAFile)
	}
	if h.overSSH() {
		ssh := fmt.Sprintf("known_hosts_file = %q", h.KnownHosts)
		if h.KeyFile != "" {
			ssh += fmt.Sprintf(", private_key_file = %q", h.KeyFile)
		}
		lines += "  auth = { ssh = { " + ssh + " } }\n"
	}
	return lines
}

// environment returns the provider's environment: credentials, which are in no configuration, and
// the proxy settings.
func (h *Host) environment() []string {
	env := outward()
	for name, value := range map[string]string{"NANOGIT_USERNAME": h.Username, "NANOGIT_PASSWORD": h.Password, "NANOGIT_TOKEN": h.Token} {
		if value != "" && !h.overSSH() {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// gitEnvironment returns the environment with which git reaches the host.
func (h *Host) gitEnvironment() []string {
	env := outward()
	if h.overSSH() {
		ssh := []string{"ssh", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=" + quoteShell(h.KnownHosts)}
		if h.KeyFile != "" {
			ssh = append(ssh, "-o", "IdentitiesOnly=yes", "-i", quoteShell(h.KeyFile))
		}
		return append(env, "GIT_SSH_COMMAND="+strings.Join(ssh, " "))
	}
	if h.CAFile != "" {
		env = append(env, "GIT_SSL_CAINFO="+h.CAFile)
	}
	if secret := cmp.Or(h.Token, h.Password); secret != "" {
		user := cmp.Or(h.Username, "git")
		header := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+secret))
		env = append(env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraHeader", "GIT_CONFIG_VALUE_0="+header)
	}
	return env
}

// outward returns the variables without which the provider may not reach another host.
func outward() (env []string) {
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return slices.Clip(env)
}

// quoteShell writes a word as sh reads it.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

//go:build unix

package acctest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// unchunked are statuses of servers and proxies that take no body in chunks.
var unchunked = []int{403, 404, 405, 406, 413, 415, 422}

// kinds starts servers for the test t, and returns them with the ways to reach them. Kinds that
// differ only in a status are left out but for the first, unless every is set.
func kinds(t *testing.T, every bool) []*acctest.Kind {
	t.Helper()
	sha256 := gittest.RepoOptions{Format: "sha256"}
	tipsOnly := gittest.RepoOptions{Config: map[string]string{"uploadpack.allowAnySHA1InWant": "false"}}
	// The hook's child has the pipe of the push for longer than the report is waited for after.
	leavesChild := gittest.RepoOptions{Hooks: map[string]string{"post-receive": "#!/bin/sh\nsleep 4 &\n"}}
	directory := func(r *gittest.Repo) string { return "file://" + r.Dir }
	plain := gittest.New(t, gittest.Options{})
	all := []*acctest.Kind{
		{Name: "HTTP", Server: plain},
		{Name: "HTTP, without filters", Server: gittest.New(t, gittest.Options{NoFilter: true})},
		{Name: "HTTP, version 0", Server: gittest.New(t, gittest.Options{V0Only: true})},
		{Name: "HTTP, version 0, without filters, tips only", Server: gittest.New(t, gittest.Options{V0Only: true, NoFilter: true}), Repo: tipsOnly},
		{Name: "HTTP, SHA-256", Server: gittest.New(t, gittest.Options{}), Repo: sha256},
		{Name: "HTTP, whose hook leaves a child behind", Server: gittest.New(t, gittest.Options{}), Repo: leavesChild},
		{Name: "a directory", Server: gittest.New(t, gittest.Options{}), URL: directory},
		{Name: "a directory, SHA-256", Server: gittest.New(t, gittest.Options{}), Repo: sha256, URL: directory},
		withClientCertificate(t), throughProxy(t), takesSigned(t, "sha1"), takesSigned(t, "sha256"),
	}
	for _, filters := range []bool{true, false} {
		all = append(all, &acctest.Kind{
			Name:   fmt.Sprintf("HTTP, commits only, filters: %v", filters),
			Server: gittest.New(t, gittest.Options{CommitsOnly: true, NoFilter: !filters}),
		})
	}
	for _, status := range unchunked {
		if every || status == unchunked[0] {
			all = append(all, &acctest.Kind{
				Name: fmt.Sprintf("HTTP, %d to bodies in chunks", status), Server: gittest.New(t, gittest.Options{RefuseChunked: status}),
			})
		}
	}
	for _, key := range [][]string{{"ed25519"}, {"ecdsa", "-b", "256"}, {"ecdsa", "-b", "521"}, {"rsa", "-b", "3072"}} {
		all = append(all, overSSHWith(t, gittest.Options{}, key))
	}
	child := overSSHWith(t, gittest.Options{}, []string{"ed25519"})
	child.Name, child.Repo = "SSH, whose hook leaves a child behind", leavesChild
	commits := overSSHWith(t, gittest.Options{CommitsOnly: true}, []string{"ed25519"})
	commits.Name = "SSH, commits only"
	return append(all, overJump(t), child, commits)
}

// takesSigned returns a server that refuses unsigned commits. The key comes from the environment.
func takesSigned(t *testing.T, format string) *acctest.Kind {
	key, repo := signedOnlyRepo(t, format, "")
	return &acctest.Kind{
		Name: "HTTP, signed commits only, " + format, Server: gittest.New(t, gittest.Options{}), Repo: repo,
		Env: []string{"NANOGIT_SIGNING_FORMAT=ssh", "NANOGIT_SIGNING_KEY_FILE=" + key},
	}
}

func withClientCertificate(t *testing.T) *acctest.Kind {
	server := gittest.New(t, gittest.Options{TLS: true, ClientCert: true})
	cert, key := server.ClientPEM()
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return &acctest.Kind{
		Name: "TLS, a private authority and a client certificate", Server: server,
		Settings: fmt.Sprintf("  tls = { ca_cert_pem = %q, client_cert_pem = %q, client_key_pem = file(%q) }\n", server.CAPEM(), cert, file),
	}
}

// throughProxy returns a server that is reached only through the proxy, and whose certificate
// authority the machine trusts.
func throughProxy(t *testing.T) *acctest.Kind {
	server := gittest.New(t, gittest.Options{TLS: true, Username: "jo", Password: password})
	proxy := gittest.NewProxy(t, server, "proxy", "p%/w@rd")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(server.CAPEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if st, all := proxy.Stats(), server.Stats(); st.Refused != 0 || st.Elsewhere != 0 || st.Tunnels != all.Connections {
			t.Errorf("the proxy counted %+v, the server %d connections and %d requests", st, all.Connections, all.Requests)
		}
	})
	return &acctest.Kind{
		Name: "TLS, through a proxy that wants credentials", Server: server,
		URL: func(r *gittest.Repo) string {
			return "https://" + gittest.ProxyHost + strings.TrimPrefix(r.URL(), server.URL())
		},
		Env: []string{"HTTPS_PROXY=" + proxy.URL("proxy", "p%/w@rd"), "SSL_CERT_FILE=" + ca, "NANOGIT_USERNAME=jo", "NANOGIT_PASSWORD=" + password},
	}
}

// overSSHWith is an sshd that lets a key in of the type that ssh-keygen(1) is asked for.
func overSSHWith(t *testing.T, o gittest.Options, keyType []string) *acctest.Kind {
	server := gittest.New(t, o)
	x := server.NewSSH(t, gittest.SSHOptions{HostKeys: keyType[:1]})
	key := filepath.Join(t.TempDir(), "id")
	err := gittest.KeyGen(key, append([]string{"-t"}, keyType...)...)
	if err == nil {
		err = x.Authorize(key + ".pub")
	}
	if err != nil {
		t.Fatal(err)
	}
	return &acctest.Kind{
		Name: "SSH, with a key of " + strings.Join(keyType, " "), Server: server, URL: x.URL,
		Settings: fmt.Sprintf("  auth = { ssh = { private_key_file = %q, known_hosts = %q } }\n", key, x.KnownHosts(t, keyType[0])),
	}
}

// overJump returns an sshd behind a jump host, which ~/.ssh/config names.
func overJump(t *testing.T) *acctest.Kind {
	server := gittest.New(t, gittest.Options{})
	x, gate := server.NewSSH(t, gittest.SSHOptions{}), gittest.NewSSH(t, gittest.SSHOptions{})
	home := t.TempDir()
	config := fmt.Sprintf("Host target\n  HostName 127.0.0.1\n  Port %s\n  IdentityFile %s\n  ProxyJump gate\nHost gate\n  HostName 127.0.0.1\n  Port %s\n  IdentityFile %s\n",
		x.Port(), x.Key, gate.Port(), gate.Key)
	err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700)
	for name, text := range map[string]string{"config": config, "known_hosts": x.KnownHosts(t) + gate.KnownHosts(t)} {
		if err == nil {
			err = os.WriteFile(filepath.Join(home, ".ssh", name), []byte(text), 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := x.Connections(); gate.Connections() != n {
			t.Errorf("%d connections, and %d to the host that is jumped over", n, gate.Connections())
		}
	})
	return &acctest.Kind{
		Name: "SSH, over a jump host", Server: server, Env: []string{"HOME=" + home, "SSH_AUTH_SOCK="},
		URL: func(r *gittest.Repo) string { return "ssh://" + x.User + "@target" + r.Dir },
	}
}

// Each kind of server sees the life of many files. With NANOGIT_ACC_KINDS set, as `make kinds`
// does, each gets all tests that need nothing but a repository.
func TestEachKindOfServer(t *testing.T) {
	everything := os.Getenv("NANOGIT_ACC_KINDS") != ""
	for _, kind := range kinds(t, everything) {
		t.Run(kind.Name, func(t *testing.T) {
			if !everything {
				t.Parallel()
			}
			for _, a := range anywhere {
				if everything || a.name == lifeOfMany {
					kind.Run(t, a.name, a.test)
				}
			}
		})
	}
}

package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const sshURL = "git@git.example.com:org/r.git"

// newKey makes a key pair and returns the file of the private key and its text.
func newKey(t *testing.T, args ...string) (file, text string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "id")
	if err := gittest.KeyGen(file, append([]string{"-t", "ed25519"}, args...)...); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, string(b)
}

// TestWrongSSHSettingsAreRefusedAtTheirAttributeWithoutTheirSecrets has an ssh block and a part of
// its error in each case.
func TestWrongSSHSettingsAreRefusedAtTheirAttributeWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	plain, plainText := newKey(t)
	locked, lockedText := newKey(t, "-N", "s3cret-passphrase")
	public, err := os.ReadFile(plain + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		ssh  object
		want string
	}{
		"two keys":                         {object{"private_key_pem": plainText, "private_key_file": plain}, "auth.ssh.private_key_pem: Conflicting"},
		"known hosts twice":                {object{"known_hosts": "", "known_hosts_file": "/x"}, "auth.ssh.known_hosts: Conflicting"},
		"a passphrase without a key":       {object{"passphrase": "s3cret"}, "auth.ssh.passphrase: A passphrase without"},
		"an encrypted key, no passphrase":  {object{"private_key_pem": lockedText}, "auth.ssh.passphrase: No passphrase"},
		"an encrypted file, no passphrase": {object{"private_key_file": locked}, "auth.ssh.passphrase: No passphrase"},
		"a wrong passphrase":               {object{"private_key_pem": lockedText, "passphrase": "s3cret-other"}, "auth.ssh.passphrase: Wrong passphrase"},
		"a file that is not there":         {object{"private_key_file": "/nonexistent/id"}, "auth.ssh.private_key_file: Unusable"},
		"a directory":                      {object{"private_key_file": "/"}, "auth.ssh.private_key_file: Unusable"},
		"the public half":                  {object{"private_key_pem": string(public)}, "public half"},
		"a PuTTY key":                      {object{"private_key_pem": "PuTTY-User-Key-File-3: s3cret"}, "puttygen"},
		"what is no key":                   {object{"private_key_pem": "s3cret"}, "begins with a line"},
		"nothing":                          {object{"private_key_pem": " \n"}, "it is empty"},
		"a key that was cut off":           {object{"private_key_pem": plainText[:120] + "\n-----END OPENSSH PRIVATE KEY-----\n"}, "auth.ssh.private_key_pem: Unusable"},
		"a policy that there is none of":   {object{"host_key_policy": "ask"}, "auth.ssh.host_key_policy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := read(t, object{"url": sshURL, "auth": object{"ssh": tc.ssh}}, nil)
			var text strings.Builder
			for _, d := range diags {
				if at, ok := d.(diag.DiagnosticWithPath); ok {
					text.WriteString(at.Path().String() + ": ")
				}
				text.WriteString(d.Summary() + ": " + d.Detail() + "\n")
			}
			if !diags.HasError() || !strings.Contains(text.String(), tc.want) {
				t.Errorf("want %q in:\n%s", tc.want, text.String())
			}
			for _, secret := range []string{"s3cret", lockedText[60:100], plainText[60:100]} {
				if strings.Contains(text.String(), secret) {
					t.Errorf("a secret is in:\n%s", text.String())
				}
			}
		})
	}
}

// TestSSHSettingsGoWhereTheyWereGivenForAndNowhereElse looks up the settings of URLs of the
// provider's own host, of hosts with an entry, and of others.
func TestSSHSettingsGoWhereTheyWereGivenForAndNowhereElse(t *testing.T) {
	t.Parallel()
	file, text := newKey(t, "-N", "pass phrase")
	block := object{
		"url": sshURL,
		"auth": object{"token": "own", "ssh": object{
			"private_key_pem": text, "passphrase": "pass phrase", "username": "own", "known_hosts": "# none", "host_key_policy": "accept-new",
		}},
		"hosts": object{
			"other.example.com":     object{"auth": object{"ssh": object{"username": "other", "use_agent": false}}},
			"port.example.com:2222": object{"auth": object{"token": "t", "ssh": object{"username": "port", "private_key_file": file, "passphrase": "pass phrase", "known_hosts_file": "/known"}}},
			"git.example.com":       object{"auth": object{"ssh": object{"username": "same host"}}},
		},
	}
	s, diags := read(t, block, map[string]string{"NANOGIT_TOKEN": "env"})
	if diags.HasError() {
		t.Fatal(diags)
	}
	for repo, want := range map[string]string{
		sshURL:                                   "own",
		"ssh://git@git.example.com:22/other.git": "own",
		"ssh://jo@git.example.com/other.git":     "own",
		"ssh://git.example.com:2222/r.git":       "same host",
		"other.example.com:r.git":                "other",
		"ssh://other.example.com:99/r":           "other",
		"[port.example.com:2222]:r":              "port",
		"port.example.com:r":                     "",
		"evil.example.com:r":                     "",
	} {
		a, err := giturl.Read(repo)
		if err != nil {
			t.Fatal(err)
		}
		o := s.access.ssh(a.Origin())
		if o.User != want {
			t.Errorf("%s: the options of %q, want those of %q", repo, o.User, want)
		}
		if want == "" && (o.Key != nil || o.KnownHosts != nil || o.Policy != sshclient.Strict) {
			t.Errorf("%s: it gets what is meant for others", repo)
		}
	}
	own := s.access.own.ssh
	if own.Key == nil || own.Policy != sshclient.AcceptNew || *own.KnownHosts != "# none" || own.Agent != nil {
		t.Error("the provider's own block is not what was configured")
	}
	if o := s.access.hop("other.example.com", ""); o == nil || o.User != "other" || *o.Agent {
		t.Error("a host on the way does not get its entry")
	}
	if o := s.access.hop("gate.example.com", "2222"); o != nil {
		t.Error("a host on the way gets what is meant for others")
	}
	if o := s.access.hop("port.example.com", "2222"); o == nil || o.Key == nil || o.KnownHostsFile != "/known" {
		t.Error("a host on the way, by its port, does not get its entry")
	}
	a, err := giturl.Read("https://git.example.com/r.git")
	if err != nil {
		t.Fatal(err)
	}
	if s.access.find(a.Origin()).auth != nil {
		t.Error("the token is sent to another scheme")
	}
}

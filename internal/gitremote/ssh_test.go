package gitremote_test

import (
	"crypto/sha3"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// trusting are options that know a server's host key and have a key that it lets in. Nothing of
// whoever runs the test counts.
func trusting(t *testing.T, x *gittest.SSHServer) *sshclient.Options {
	t.Helper()
	o := bare()
	o.Key, o.KnownHosts = key(t, x.Key, ""), new(x.KnownHosts(t))
	return o
}

// bare are options without a configuration, an environment or a home.
func bare() *sshclient.Options {
	return &sshclient.Options{ConfigFiles: []string{}, Getenv: func(string) string { return "" }}
}

// home returns the options of a user whose home is this directory.
func home(dir string, env ...string) *sshclient.Options {
	return &sshclient.Options{ConfigFiles: []string{filepath.Join(dir, ".ssh", "config")}, Getenv: func(name string) string {
		for _, e := range append(env, "HOME="+dir) {
			if value, ok := strings.CutPrefix(e, name+"="); ok {
				return value
			}
		}
		return ""
	}}
}

func key(t *testing.T, file, passphrase string) *sshclient.Key {
	t.Helper()
	k, err := sshclient.ReadKey(file, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newKey(t *testing.T, file string, args ...string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := gittest.KeyGen(file, args...); err != nil {
		t.Fatal(err)
	}
	return file
}

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// sshd starts a server with a repository.
func sshd(t *testing.T, o gittest.SSHOptions) (*gittest.SSHServer, *gittest.Repo) {
	t.Helper()
	s := gittest.New(t, gittest.Options{})
	return s.NewSSH(t, o), s.NewRepo(t, "o/r.git", gittest.RepoOptions{})
}

// over opens a repository over SSH.
func over(t *testing.T, url string, ssh *sshclient.Options) *gitremote.Remote {
	t.Helper()
	return open(t, url, func(o *gitremote.Options) { o.SSH = ssh })
}

// works lists and fetches.
func works(t *testing.T, repo *gittest.Repo, r *gitremote.Remote) {
	t.Helper()
	refs, err := r.ListRefs(t.Context(), "refs/heads/main")
	if err != nil || len(refs) != 1 || refs[0].ID.String() != repo.Head(t) {
		t.Fatalf("got %v, %v; want %s", refs, err, repo.Head(t))
	}
}

// refused lists, which fails: with an error of a kind that says all of this.
func refused(t *testing.T, r *gitremote.Remote, kind error, words ...string) string {
	t.Helper()
	_, err := r.ListRefs(t.Context(), "HEAD")
	if !errors.Is(err, kind) {
		t.Fatalf("got %v; want %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in\n%v", w, err)
		}
	}
	return err.Error()
}

func fingerprint(t *testing.T, public string) string {
	t.Helper()
	pub, _, _, _, err := ssh.ParseAuthorizedKey([]byte(public))
	if err != nil {
		t.Fatal(err)
	}
	return ssh.FingerprintSHA256(pub)
}

func TestEveryKindOfKeyOpensTheServer(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{})
	for name, args := range map[string][]string{
		"ed25519":                  {"-t", "ed25519"},
		"ed25519, encrypted":       {"-t", "ed25519", "-N", "pass phrase"},
		"ECDSA 256":                {"-t", "ecdsa", "-b", "256"},
		"ECDSA 384, SEC 1":         {"-t", "ecdsa", "-b", "384", "-m", "PEM"},
		"ECDSA 521, PKCS#8":        {"-t", "ecdsa", "-b", "521", "-m", "PKCS8"},
		"RSA":                      {"-t", "rsa", "-b", "2048"},
		"RSA, PKCS#1":              {"-t", "rsa", "-b", "2048", "-m", "PEM"},
		"RSA, PKCS#1, encrypted":   {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "pass phrase"},
		"RSA, PKCS#8, encrypted":   {"-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "pass phrase"},
		"ECDSA, PKCS#8, encrypted": {"-t", "ecdsa", "-m", "PKCS8", "-N", "pass phrase"},
	} {
		file := newKey(t, filepath.Join(t.TempDir(), "id"), args...)
		if err := x.Authorize(file + ".pub"); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passphrase := ""
			if slices.Contains(args, "pass phrase") {
				passphrase = "pass phrase"
				if _, err := sshclient.ReadKey(file, ""); !errors.Is(err, sshclient.ErrPassphraseMissing) {
					t.Errorf("without its passphrase: %v", err)
				}
				if _, err := sshclient.ReadKey(file, "another one"); !errors.Is(err, sshclient.ErrPassphraseWrong) || strings.Contains(err.Error(), "another one") {
					t.Errorf("with a wrong passphrase: %v", err)
				}
			}
			o := trusting(t, x)
			o.Key = key(t, file, passphrase)
			works(t, repo, over(t, x.URL(repo), o))
		})
	}
}

func TestCertificatesOfUsersAndHosts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := newKey(t, filepath.Join(dir, "ca"), "-t", "ed25519")
	authority, err := os.ReadFile(ca + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	x, repo := sshd(t, gittest.SSHOptions{Config: "TrustedUserCAKeys " + ca + ".pub\n"})
	tool := func(args ...string) {
		t.Helper()
		if err := gittest.KeyTool(args...); err != nil {
			t.Fatal(err)
		}
	}
	// The server's certificate appears beside its key; sshd reads its configuration for each
	// connection.
	tool("-q", "-s", ca, "-h", "-I", "host", "-n", "127.0.0.1", filepath.Join(x.Dir, "host_ed25519.pub"))
	config := filepath.Join(x.Dir, "sshd_config")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(text)+"HostCertificate "+filepath.Join(x.Dir, "host_ed25519-cert.pub")+"\n")
	user := newKey(t, filepath.Join(dir, "user"), "-t", "rsa", "-b", "2048")
	tool("-q", "-s", ca, "-I", "user", "-n", x.User, user+".pub")
	old := newKey(t, filepath.Join(dir, "old"), "-t", "ed25519")
	tool("-q", "-s", ca, "-I", "old", "-n", x.User, "-V", "20200101:20200102", old+".pub")
	trusted := "@cert-authority [127.0.0.1]:* " + string(authority)

	t.Run("both", func(t *testing.T) {
		o := trusting(t, x)
		o.Key, o.KnownHosts = key(t, user, ""), &trusted
		works(t, repo, over(t, x.URL(repo), o))
	})
	t.Run("a user's that is out of date", func(t *testing.T) {
		o := trusting(t, x)
		o.Key = key(t, old, "")
		refused(t, over(t, x.URL(repo), o), gitremote.ErrAuthentication, "is not valid now")
	})
	t.Run("CertificateFile beside a key from elsewhere", func(t *testing.T) {
		alone := newKey(t, filepath.Join(dir, "alone", "id"), "-t", "ed25519")
		tool("-q", "-s", ca, "-I", "alone", "-n", x.User, alone+".pub")
		if err := os.Rename(alone+"-cert.pub", filepath.Join(dir, "cert.pub")); err != nil {
			t.Fatal(err)
		}
		o := trusting(t, x)
		o.Key = key(t, alone, "")
		o.ConfigFiles = []string{write(t, filepath.Join(dir, "config"), "CertificateFile "+filepath.Join(dir, "cert.pub")+"\n")}
		works(t, repo, over(t, x.URL(repo), o))
	})
	t.Run("an authority that is revoked", func(t *testing.T) {
		o := trusting(t, x)
		o.KnownHosts = new(trusted + "@revoked * " + string(authority))
		refused(t, over(t, x.URL(repo), o), gitremote.ErrHostKey, "is revoked (known_hosts, line 2)")
	})
	t.Run("an authority for other hosts", func(t *testing.T) {
		o := trusting(t, x)
		o.KnownHosts = new("@cert-authority *.example.com " + string(authority))
		refused(t, over(t, x.URL(repo), o), gitremote.ErrHostKey, "is not known")
	})
	t.Run("another authority", func(t *testing.T) {
		o := trusting(t, x)
		o.KnownHosts = new("@cert-authority * " + x.PublicHostKey(t, "ed25519"))
		refused(t, over(t, x.URL(repo), o), gitremote.ErrHostKey, `host certificate "host"`, "@cert-authority")
	})
	t.Run("a certificate for another host", func(t *testing.T) {
		o := trusting(t, x)
		o.KnownHosts = &trusted
		o.ConfigFiles = []string{write(t, filepath.Join(dir, "alias"), "HostKeyAlias other.example.com\n")}
		o.KnownHosts = new("@cert-authority * " + string(authority))
		refused(t, over(t, x.URL(repo), o), gitremote.ErrHostKey, "other.example.com")
	})
}

func TestAgentAndIdentitiesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{Config: "MaxAuthTries 2\n"})
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".ssh", "known_hosts"), x.KnownHosts(t))
	private, err := os.ReadFile(x.Key)
	if err != nil {
		t.Fatal(err)
	}
	socket := serveAgent(t, string(private))

	t.Run("the agent", func(t *testing.T) {
		works(t, repo, over(t, x.URL(repo), home(dir, "SSH_AUTH_SOCK="+socket)))
	})
	t.Run("no agent and no key", func(t *testing.T) {
		refused(t, over(t, x.URL(repo), home(dir)), gitremote.ErrAuthentication, "there is none to offer", "SSH_AUTH_SOCK is not set", "private_key_file")
	})
	t.Run("an agent that is gone", func(t *testing.T) {
		refused(t, over(t, x.URL(repo), home(dir, "SSH_AUTH_SOCK="+filepath.Join(dir, "gone"))), gitremote.ErrAuthentication, "the agent does not answer")
	})
	t.Run("an agent that is not to be asked", func(t *testing.T) {
		o := home(dir, "SSH_AUTH_SOCK="+socket)
		o.Agent = new(false)
		refused(t, over(t, x.URL(repo), o), gitremote.ErrAuthentication, "there is none to offer")
	})
	t.Run("a key and the agent beside it", func(t *testing.T) {
		o := home(dir, "SSH_AUTH_SOCK="+socket)
		other := newKey(t, filepath.Join(t.TempDir(), "id"), "-t", "ed25519")
		o.Key = key(t, other, "")
		refused(t, over(t, x.URL(repo), o), gitremote.ErrAuthentication, "("+other+")", "ED25519 "+o.Key.Fingerprint())
		o = home(dir, "SSH_AUTH_SOCK="+socket)
		o.Key, o.Agent = key(t, other, ""), new(true)
		works(t, repo, over(t, x.URL(repo), o))
	})
	t.Run("a usual identity", func(t *testing.T) {
		mine := t.TempDir()
		write(t, filepath.Join(mine, ".ssh", "known_hosts"), x.KnownHosts(t))
		write(t, filepath.Join(mine, ".ssh", "id_ed25519"), string(private))
		works(t, repo, over(t, x.URL(repo), home(mine)))
	})
	t.Run("an encrypted identity", func(t *testing.T) {
		mine := t.TempDir()
		write(t, filepath.Join(mine, ".ssh", "known_hosts"), x.KnownHosts(t))
		newKey(t, filepath.Join(mine, ".ssh", "id_ed25519"), "-t", "ed25519", "-N", "pass phrase")
		refused(t, over(t, x.URL(repo), home(mine)), gitremote.ErrAuthentication, "id_ed25519 is encrypted: add it to an agent")
	})
	t.Run("an alias, and the named key first of many", func(t *testing.T) {
		mine := t.TempDir()
		named := write(t, filepath.Join(mine, "keys", "named"), string(private))
		var others []string
		for i := range 4 {
			text, err := os.ReadFile(newKey(t, filepath.Join(mine, "keys", fmt.Sprint(i)), "-t", "ed25519"))
			if err != nil {
				t.Fatal(err)
			}
			others = append(others, string(text))
		}
		full := serveAgent(t, append(others, string(private))...)
		write(t, filepath.Join(mine, ".ssh", "known"), "work "+x.PublicHostKey(t, "ed25519")+"\n")
		write(t, filepath.Join(mine, ".ssh", "config"), fmt.Sprintf(`
# a comment
Include conf.d/*
Host work
  HostName = 127.0.0.1
  Port %s
  User "%s"
  IdentityFile ~/keys/%%n-key
  IdentitiesOnly yes
  HostKeyAlias work
  UserKnownHostsFile %%d/.ssh/known
Host *
  User nobody
`, x.Port(), x.User))
		if err := os.Rename(named, filepath.Join(mine, "keys", "work-key")); err != nil {
			t.Fatal(err)
		}
		r := over(t, "work:"+repo.Dir[1:], home(mine, "SSH_AUTH_SOCK="+full))
		refused(t, r, gitremote.ErrNotFound) // the path is not absolute: see below
		works(t, repo, over(t, "work:o/r.git", home(mine, "SSH_AUTH_SOCK="+full)))
		works(t, repo, over(t, "work:~/o/r.git", home(mine, "SSH_AUTH_SOCK="+full)))
		works(t, repo, over(t, "ssh://work/~/o/r.git/", home(mine, "SSH_AUTH_SOCK="+full)))
	})
}

// reluctant is an agent whose user refuses some keys (ssh-add -c).
type reluctant struct {
	agent.Agent
	refuses map[string]bool // by fingerprint
	asked   atomic.Int64
}

func (a *reluctant) Sign(key ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	return a.SignWithFlags(key, data, 0)
}

func (a *reluctant) Extension(string, []byte) ([]byte, error) {
	return nil, agent.ErrExtensionUnsupported
}

func (a *reluctant) SignWithFlags(key ssh.PublicKey, data []byte, _ agent.SignatureFlags) (*ssh.Signature, error) {
	a.asked.Add(1)
	if a.refuses[ssh.FingerprintSHA256(key)] {
		return nil, errors.New("no")
	}
	return a.Agent.Sign(key, data)
}

// OpenSSH goes on with the next key, and so do we: ssh(1) is asked as well.
func TestAnAgentThatDoesNotSign(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{})
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".ssh", "known_hosts"), x.KnownHosts(t))
	ring := agent.NewKeyring()
	var prints []string
	for i := range 4 { // the last key is of nobody
		file := newKey(t, filepath.Join(dir, fmt.Sprint(i)), "-t", "ed25519")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		private, err := ssh.ParseRawPrivateKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
			t.Fatal(err)
		}
		prints = append(prints, key(t, file, "").Fingerprint())
		if i < 3 {
			if err := x.Authorize(file + ".pub"); err != nil {
				t.Fatal(err)
			}
		}
	}
	serve := func(refused ...string) (*reluctant, string) {
		a := &reluctant{Agent: ring, refuses: map[string]bool{}}
		for _, r := range refused {
			a.refuses[r] = true
		}
		return a, listenAgent(t, a)
	}
	t.Run("the first keys", func(t *testing.T) {
		a, socket := serve(prints[:2]...)
		works(t, repo, over(t, x.URL(repo), home(dir, "SSH_AUTH_SOCK="+socket)))
		if n := a.asked.Load(); n != 3 {
			t.Errorf("the agent signed %d times, want 3", n)
		}
		_, socket = serve(prints[:2]...)
		cmd := exec.Command("ssh", "-F", "none", "-o", "UserKnownHostsFile="+filepath.Join(dir, ".ssh", "known_hosts"), "-o", "IdentityFile=none",
			"-o", "BatchMode=yes", "-p", x.Port(), x.User+"@127.0.0.1", "git-upload-pack 'o/r.git'")
		cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
		if out, err := cmd.CombinedOutput(); !strings.Contains(string(out), "refs/heads/main") {
			t.Errorf("ssh(1) does not go on: %v, %.400q", err, out)
		}
	})
	t.Run("every key", func(t *testing.T) {
		a, socket := serve(prints...)
		told := refused(t, over(t, x.URL(repo), home(dir, "SSH_AUTH_SOCK="+socket)), gitremote.ErrAuthentication,
			"that the agent does not sign with", prints[0], prints[2], "it takes no other", "ssh-add -c")
		if strings.Contains(told, "does not let user") || a.asked.Load() != 3 {
			t.Errorf("%d times asked: %s", a.asked.Load(), told)
		}
	})
	t.Run("the only key", func(t *testing.T) {
		alone := home(dir, "SSH_AUTH_SOCK=")
		_, socket := serve(prints[0])
		alone.ConfigFiles = []string{write(t, filepath.Join(dir, "one"), "IdentitiesOnly yes\nIdentityAgent "+socket+"\nIdentityFile "+filepath.Join(dir, "0")+"\n")}
		told := refused(t, over(t, x.URL(repo), alone), gitremote.ErrAuthentication, "that the agent does not sign with", prints[0])
		if strings.Contains(told, "it takes no other") {
			t.Errorf("there is no other: %s", told)
		}
	})
}

// serveAgent serves keys on a socket.
func serveAgent(t *testing.T, keys ...string) (socket string) {
	t.Helper()
	ring := agent.NewKeyring()
	for _, k := range keys {
		private, err := ssh.ParseRawPrivateKey([]byte(k))
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
			t.Fatal(err)
		}
	}
	return listenAgent(t, ring)
}

// listenAgent serves an agent on a socket.
func listenAgent(t *testing.T, ring agent.Agent) (socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") //nolint:usetesting // a socket's name has to be short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = agent.ServeAgent(ring, conn) // it ends with the connection
				_ = conn.Close()
			}()
		}
	}()
	return filepath.Join(dir, "s")
}

func TestProxyJumpGoesOverEveryHop(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{})
	first, second := gittest.NewSSH(t, gittest.SSHOptions{}), gittest.NewSSH(t, gittest.SSHOptions{})
	dir := t.TempDir()
	config := fmt.Sprintf(`
Host target
  HostName 127.0.0.1
  Port %s
  ProxyJump first,%s@second:%s
Host first
  HostName 127.0.0.1
  Port %s
  IdentityFile %s
Host second
  HostName 127.0.0.1
  IdentityFile %s
Host *
  ProxyJump first
`, x.Port(), second.User, second.Port(), first.Port(), first.Key, second.Key)
	options := func(known string) *sshclient.Options {
		o := home(dir)
		o.ConfigFiles = []string{write(t, filepath.Join(t.TempDir(), "config"), config)}
		o.Key, o.KnownHosts = key(t, x.Key, ""), &known
		return o
	}
	url := "ssh://" + x.User + "@target" + repo.Dir
	r := over(t, url, options(x.KnownHosts(t)+first.KnownHosts(t)+second.KnownHosts(t)))
	works(t, repo, r)
	works(t, repo, r)
	if a, b, c := first.Connections(), second.Connections(), x.Connections(); a != 1 || b != 1 || c != 1 {
		t.Errorf("%d, %d and %d connections, want one each", a, b, c)
	}
	// Each hop has to prove who it is, and is named when it does not.
	refused(t, over(t, url, options(x.KnownHosts(t)+first.KnownHosts(t))), gitremote.ErrHostKey, "127.0.0.1:"+second.Port(), "is not known")
	refused(t, over(t, url, options(x.KnownHosts(t)+second.KnownHosts(t))), gitremote.ErrHostKey, "127.0.0.1:"+first.Port())
	refused(t, over(t, url, options(first.KnownHosts(t)+second.KnownHosts(t))), gitremote.ErrHostKey, "127.0.0.1:"+x.Port())
	// A hop's own options count for it alone.
	o := options(x.KnownHosts(t) + first.KnownHosts(t) + second.KnownHosts(t))
	o.Hop = func(host, port string) *sshclient.Options {
		if host != "second" || port != second.Port() {
			return nil
		}
		own := options(second.KnownHosts(t))
		own.Key = key(t, first.Key, "")
		return own
	}
	refused(t, over(t, url, o), gitremote.ErrAuthentication, "127.0.0.1:"+second.Port(), o.Hop("second", second.Port()).Key.Fingerprint())
}

func TestAJumpHostThatForwardsNothing(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{})
	gate := gittest.NewSSH(t, gittest.SSHOptions{Config: "AllowTcpForwarding no\n"})
	o := trusting(t, x)
	o.ConfigFiles = []string{write(t, filepath.Join(t.TempDir(), "config"), fmt.Sprintf("Host gate\n  HostName 127.0.0.1\n  Port %s\n  IdentityFile %s\nHost *\n  ProxyJump gate\n", gate.Port(), gate.Key))}
	o.KnownHosts = new(x.KnownHosts(t) + gate.KnownHosts(t))
	refused(t, open(t, x.URL(repo), func(r *gitremote.Options) { r.SSH, r.Limits.Attempts = o, 1 }), gitremote.ErrTransient, "does not connect", "ProxyJump may forward")
}

func TestHostKeysThatAreNotKnown(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{HostKeys: []string{"ed25519", "ecdsa", "rsa"}})
	other := newKey(t, filepath.Join(t.TempDir(), "other"), "-t", "ed25519")
	public, err := os.ReadFile(other + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	name := "[127.0.0.1]:" + x.Port()
	with := func(known string, policy sshclient.Policy) *gitremote.Remote {
		o := trusting(t, x)
		o.KnownHosts, o.Policy = &known, policy
		return over(t, x.URL(repo), o)
	}
	shown := fingerprint(t, x.PublicHostKey(t, "ed25519"))

	t.Run("unknown", func(t *testing.T) {
		text := refused(t, with("# nobody\n", sshclient.Strict), gitremote.ErrHostKey, "is not known", "accept-new")
		i := strings.Index(text, name+" ")
		if i < 0 {
			t.Fatalf("no line to add in\n%s", text)
		}
		works(t, repo, with(text[i:], sshclient.Strict)) // the remedy is a command
	})
	t.Run("changed", func(t *testing.T) {
		for _, policy := range []sshclient.Policy{sshclient.Strict, sshclient.AcceptNew} {
			refused(t, with(name+" "+string(public), policy), gitremote.ErrHostKey, "has changed", shown, fingerprint(t, string(public)), "known_hosts, line 1", "ask who runs it",
				name+" "+x.PublicHostKey(t, "ed25519"))
		}
		works(t, repo, with(name+" "+string(public), sshclient.Insecure))
	})
	t.Run("revoked", func(t *testing.T) {
		for _, policy := range []sshclient.Policy{sshclient.Strict, sshclient.AcceptNew} {
			refused(t, with(x.KnownHosts(t)+"@revoked * "+x.PublicHostKey(t, "ed25519"), policy), gitremote.ErrHostKey, "is revoked", shown)
		}
	})
	t.Run("any one of several keys", func(t *testing.T) {
		for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
			works(t, repo, with(x.KnownHosts(t, kind), sshclient.Strict))
		}
	})
	t.Run("hashed names, patterns, no port", func(t *testing.T) {
		for _, host := range []string{knownhosts.HashHostname(name), "*", "[127.0.0.?]:*", "127.0.0.1", "example.com," + name} {
			works(t, repo, with(host+" "+x.PublicHostKey(t, "ed25519"), sshclient.Strict))
		}
		for _, host := range []string{"!" + name + ",!127.0.0.1,*", "[127.0.0.1]:1", knownhosts.HashHostname("other")} {
			refused(t, with(host+" "+x.PublicHostKey(t, "ed25519"), sshclient.Strict), gitremote.ErrHostKey, "is not known")
		}
		refused(t, with("127.0.0.1 "+string(public), sshclient.Strict), gitremote.ErrHostKey, "is not known") // on another port it is not missed
	})
	t.Run("accept-new writes the file once", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "new", "known_hosts")
		for range 2 {
			o := trusting(t, x)
			o.KnownHosts, o.KnownHostsFile, o.Policy = nil, file, sshclient.AcceptNew
			works(t, repo, over(t, x.URL(repo), o))
		}
		text, err := os.ReadFile(file)
		if want := name + " " + strings.TrimSpace(x.PublicHostKey(t, "ed25519")); err != nil || !strings.HasPrefix(want, strings.TrimSpace(string(text))) || strings.Count(string(text), "\n") != 1 {
			t.Errorf("got %q, %v; want %q", text, err, want)
		}
		o := trusting(t, x)
		o.KnownHosts, o.KnownHostsFile = nil, file
		works(t, repo, over(t, x.URL(repo), o))
	})
	t.Run("accept-new without a file remembers for the process", func(t *testing.T) {
		works(t, repo, with("", sshclient.AcceptNew))
	})
	t.Run("a file that is missing", func(t *testing.T) {
		o := trusting(t, x)
		o.KnownHosts, o.KnownHostsFile = nil, "/nonexistent/known_hosts"
		refused(t, over(t, x.URL(repo), o), gitremote.ErrURL, "/nonexistent/known_hosts")
	})
}

func TestWhatKeepsAServerFromServing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		command string
		kind    error
		words   []string
	}{
		"GitHub: no repository":     {"echo 'ERROR: Repository not found.' >&2; exit 1", gitremote.ErrNotFound, []string{"ERROR: Repository not found.", "may not see"}},
		"GitHub: read only":         {"echo 'ERROR: The key you are authenticating with has been marked as read only.' >&2; exit 1", gitremote.ErrForbidden, []string{"right to write"}},
		"GitLab: no repository":     {"printf 'remote: \\nremote: ========\\nremote: \\nremote: ERROR: The project you were looking for could not be found or you don'\"'\"'t have permission to view it.\\nremote: \\n' >&2; exit 1", gitremote.ErrNotFound, []string{"says: ERROR: The project you were"}},
		"gitolite":                  {"echo 'FATAL: R any o/r jo DENIED by fallthru' >&2; exit 1", gitremote.ErrForbidden, []string{"DENIED by fallthru", "role"}},
		"git is not installed":      {"echo 'bash: git-upload-pack: command not found' >&2; exit 127", gitremote.ErrServer, []string{"has to be installed"}},
		"a shell that greets":       {"echo 'Welcome to example.com!'", gitremote.ErrProtocol, []string{"Welcome to example.com!", ".bashrc"}},
		"no shell":                  {"echo 'This account is currently not available.'; exit 1", gitremote.ErrProtocol, []string{"currently not available"}},
		"a greeting in hexadecimal": {"printf 'face the music\\n'; sleep 60", gitremote.ErrProtocol, []string{"says: face the music", ".bashrc"}},
		"only four letters":         {"printf 'dead\\n'; sleep 60", gitremote.ErrProtocol, []string{"says: dead", ".bashrc"}},
		"an unknown refusal":        {"echo 'the moon is not right' >&2; exit 1", gitremote.ErrServer, []string{"reported an error: the server says: the moon is not right"}},
		"a long refusal":            {"i=0; while [ $i -lt 3000 ]; do echo \"rule $i\"; i=$((i+1)); done >&2; echo 'ERROR: Repository not found.' >&2; exit 1", gitremote.ErrNotFound, []string{"ERROR: Repository not found."}},
		"a mirror on Gitea":         {"printf 'Gitea: Unauthorized\\nMirror Repository org/r is read-only\\n' >&2; exit 1", gitremote.ErrForbidden, []string{"the server denies access: the server says: Gitea: Unauthorized"}},
		"load":                      {"echo 'unable to handle this request due to load' >&2; exit 1", gitremote.ErrTransient, []string{"due to load", "(tried "}},
		"a warning and nothing":     {"echo 'perl: warning: Setting locale failed. No such file or directory' >&2; exit 1", gitremote.ErrTransient, []string{"Setting locale failed", "(tried "}},
		"killed":                    {"echo 'at work' >&2; kill -9 $$", gitremote.ErrTransient, []string{"at work", "(tried "}},
		"a lost other end":          {"echo 'fatal: the remote end hung up unexpectedly' >&2; exit 128", gitremote.ErrTransient, []string{"hung up", "(tried "}},
		"no words at all":           {"exit 3", gitremote.ErrTransient, []string{"ends too early"}},
		"no repository, says git":   {"exec git upload-pack /nonexistent", gitremote.ErrNotFound, []string{"does not appear to be a git repository"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, repo := sshd(t, gittest.SSHOptions{Command: tt.command})
			r := over(t, x.URL(repo), trusting(t, x))
			refused(t, r, tt.kind, tt.words...)
			_, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: id(t, repo.Head(t))}}}, nil)
			if !errors.Is(err, tt.kind) || gitremote.Unknown(err) {
				t.Errorf("push: %v, unknown: %t", err, gitremote.Unknown(err))
			}
		})
	}
}

// A server that prints why, gives no report and says by its status that it failed has refused the
// push; one that is lost meanwhile has not.
func TestAPushThatFailsWithoutAReport(t *testing.T) {
	t.Parallel()
	const advertise = "printf '004e" + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + " main\\000report-status side-band-64k\\n0000'; head -c 50 >/dev/null; "
	for name, tt := range map[string]struct {
		end       string
		kind      error
		transient bool
	}{
		"band 2 and a status":   {"printf '0014\\002no room for it\\n'; exit 1", gitremote.ErrServer, false},
		"band 2 and its end":    {"printf '0014\\002no room for it\\n0000'; exit 0", gitremote.ErrServer, false},
		"band 3":                {"printf '0014\\003no room for it\\n'; exit 128", gitremote.ErrServer, false},
		"errors and a status":   {"echo 'no room for it' >&2; exit 128", gitremote.ErrServer, false},
		"band 2, then killed":   {"printf '0014\\002no room for it\\n'; kill -9 $$", gitremote.ErrTransient, true},
		"errors that will pass": {"echo 'no room for it, please try again in a minute' >&2; exit 1", gitremote.ErrTransient, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, repo := sshd(t, gittest.SSHOptions{Command: advertise + tt.end})
			r := over(t, x.URL(repo), trusting(t, x))
			old := id(t, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
			report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old}}}, nil)
			if !errors.Is(err, tt.kind) || gitremote.Transient(err) != tt.transient || !gitremote.Unknown(err) || strings.Count(err.Error(), "no room for it") != 1 {
				t.Errorf("got %+v, %v, unknown: %t", report, err, gitremote.Unknown(err))
			}
		})
	}
}

func TestServersThatAreNotThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	web := gittest.New(t, gittest.Options{})
	for name, tt := range map[string]struct {
		url   string
		kind  error
		words []string
	}{
		"nobody listens":      {"ssh://git@" + refusing + "/r", gitremote.ErrTransient, []string{"refused", refusing, "tried 2 times"}},
		"a name that is none": {"git@git.invalid:r", gitremote.ErrNotFound, []string{"git.invalid", "host's name"}},
		"a web server":        {"ssh://git@" + strings.TrimPrefix(web.URL(), "http://") + "/r", gitremote.ErrTransient, []string{"an SSH server has to answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t, tt.url, func(o *gitremote.Options) { o.SSH, o.Limits.Attempts, o.Limits.Connect = bare(), 2, 1 })
			refused(t, r, tt.kind, tt.words...)
		})
	}
}

// A server that does not know our key is asked once, however many ask for it.
func TestARefusalIsRemembered(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{})
	o := trusting(t, x)
	o.Key = key(t, newKey(t, filepath.Join(t.TempDir(), "id"), "-t", "rsa", "-b", "2048"), "")
	r := over(t, x.URL(repo), o)
	for range 5 {
		refused(t, r, gitremote.ErrAuthentication, "user "+x.User, "RSA "+o.Key.Fingerprint(), "knows one of these keys")
	}
	if n := x.Connections(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestPathsArriveAsGitWouldQuoteThem(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	x := s.NewSSH(t, gittest.SSHOptions{})
	repo := s.NewRepo(t, "it's/a b!$(touch evil).git", gittest.RepoOptions{})
	works(t, repo, over(t, "ssh://"+x.User+"@"+x.Addr()+"/~/it's/a%20b!$(touch%20evil).git", trusting(t, x)))
	works(t, repo, over(t, "["+x.User+"@"+x.Addr()+"]:it's/a b!$(touch evil).git", trusting(t, x)))
	want := []string{`git-upload-pack '~/it'\''s/a b'\!'$(touch evil).git'`, `git-upload-pack 'it'\''s/a b'\!'$(touch evil).git'`}
	if got := x.Commands(t); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(filepath.Dir(repo.Dir)), "evil")); err == nil {
		t.Error("a part of the path was run")
	}
}

func TestSessionsShareOneConnectionAsFarAsTheServerAllows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		config            string
		connections, most int
	}{
		"as usual":              {"", 1, 1},
		"one session at a time": {"MaxSessions 1\n", 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			x := s.NewSSH(t, gittest.SSHOptions{Config: tt.config})
			o, pool := trusting(t, x), gitremote.NewPool()
			t.Cleanup(func() {
				if err := pool.Close(); err != nil {
					t.Error(err)
				}
			})
			for i := range 3 {
				repo := s.NewRepo(t, fmt.Sprintf("r%d.git", i), gittest.RepoOptions{})
				r := open(t, x.URL(repo), func(p *gitremote.Options) { p.SSH, p.Pool = o, pool })
				for n := range 4 {
					works(t, repo, r)
					old := id(t, repo.Head(t))
					next, pack := commit(t, repo, old.String(), fmt.Sprint(n))
					report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: next}}}, pack)
					if st, _ := report.Ref("refs/heads/main"); err != nil || !st.OK {
						t.Fatalf("push: %+v, %v", report, err)
					}
				}
			}
			if n := x.Connections(); n < tt.connections || n > tt.most {
				t.Errorf("%d connections, want %d to %d", n, tt.connections, tt.most)
			}
		})
	}
}

func TestALostConnectionIsMadeAnew(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{})
	files := map[string]string{}
	for i := range 200 {
		noise := sha3.SumSHAKE256([]byte{byte(i)}, 2_000)
		files[fmt.Sprintf("d/%d", i)] = hex.EncodeToString(noise)
	}
	repo.SeedText(t, files)
	r := over(t, x.URL(repo), trusting(t, x))
	works(t, repo, r)
	x.Drop() // while a conversation waits
	works(t, repo, r)
	if n := x.Connections(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
	x.CutAfter(200_000) // in the middle of the pack: a packet of SSH has at most 32 KiB, the pack 400,000 bytes
	_, calls, err := fetch(t, r, gitwire.Fetch{Wants: []gitobj.ID{id(t, repo.Head(t))}, Depth: 1})
	if err != nil || calls != 2 {
		t.Errorf("fetch: %d calls, %v; want 2 and no error", calls, err)
	}
}

// Once the pack is sent only the reference tells whether a push has happened; before that it surely
// has not.
func TestAPushThatLosesItsConnection(t *testing.T) {
	t.Parallel()
	stop := "touch reached; while ! [ -e go ]; do sleep 0.01; done\n"
	for name, tt := range map[string]struct {
		command, hook string
		unknown       bool
	}{
		"in the advertisement":   {"case $SSH_ORIGINAL_COMMAND in *receive-pack*) cd o/r.git; printf 00; " + strings.TrimSpace(stop) + "; exit;; esac", "", false},
		"in front of the report": {"", "#!/bin/sh\n" + stop, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gittest.New(t, gittest.Options{})
			x := s.NewSSH(t, gittest.SSHOptions{Command: tt.command})
			hooks := map[string]string{}
			if tt.hook != "" {
				hooks["pre-receive"] = tt.hook
			}
			repo := s.NewRepo(t, "o/r.git", gittest.RepoOptions{Hooks: hooks})
			r := over(t, x.URL(repo), trusting(t, x))
			works(t, repo, r)
			old := id(t, repo.Head(t))
			next, pack := commit(t, repo, old.String(), "next")
			done := make(chan error)
			go func() {
				_, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: next}}}, pack)
				done <- err
			}()
			awaitFile(t, filepath.Join(repo.Dir, "reached"))
			x.Drop()
			err := <-done
			write(t, filepath.Join(repo.Dir, "go"), "")
			if !gitremote.Transient(err) || gitremote.Unknown(err) != tt.unknown {
				t.Errorf("got %v, unknown: %t, want %t", err, gitremote.Unknown(err), tt.unknown)
			}
			if _, err := r.ListRefs(t.Context(), "refs/heads/main"); err != nil {
				t.Errorf("afterwards: %v", err)
			}
			if !tt.unknown && repo.Head(t) != old.String() {
				t.Error("it happened")
			}
		})
	}
}

// awaitFile waits until a file is there that another process makes.
func awaitFile(t *testing.T, file string) {
	t.Helper()
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("the test is over")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestTheSamePushOverSSHAndHTTPGivesTheSameObjects(t *testing.T) {
	t.Parallel()
	s := gittest.New(t, gittest.Options{})
	x := s.NewSSH(t, gittest.SSHOptions{})
	one, two := s.NewRepo(t, "a.git", gittest.RepoOptions{}), s.NewRepo(t, "b.git", gittest.RepoOptions{})
	one.SeedText(t, map[string]string{"x": "1"})
	two.SeedText(t, map[string]string{"x": "1"})
	var objects []string
	for repo, r := range map[*gittest.Repo]*gitremote.Remote{one: open(t, one.URL()), two: over(t, x.URL(two), trusting(t, x))} {
		old := id(t, repo.Head(t))
		next, pack := commit(t, repo, old.String(), "the same")
		report, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: old, New: next}}}, pack)
		if st, _ := report.Ref("refs/heads/main"); err != nil || !st.OK {
			t.Fatalf("push: %+v, %v", report, err)
		}
		objects = append(objects, repo.Git(t, "ls-tree", "-r", "-t", "main")+"\n"+repo.Head(t))
	}
	if one.Git(t, "rev-parse", "main^{tree}") != two.Git(t, "rev-parse", "main^{tree}") || strings.Split(objects[0], "\n")[0] != strings.Split(objects[1], "\n")[0] {
		t.Errorf("they differ:\n%s\n\n%s", objects[0], objects[1])
	}
}

func TestClosingEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	x, repo := sshd(t, gittest.SSHOptions{Command: "case $SSH_ORIGINAL_COMMAND in *receive-pack*) exec cat >/dev/null;; esac"})
	pool := gitremote.NewPool()
	o := trusting(t, x)
	r := open(t, x.URL(repo), func(p *gitremote.Options) { p.SSH, p.Pool = o, pool })
	works(t, repo, r)
	done := make(chan error)
	go func() {
		_, err := r.Push(t.Context(), gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/x", Old: id(t, repo.Head(t))}}}, nil)
		done <- err
	}()
	for len(x.Commands(t)) < 2 {
		time.Sleep(time.Millisecond)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("the push came to an end")
	}
	if _, err := r.ListRefs(t.Context(), "HEAD"); err == nil {
		t.Error("a closed pool serves on")
	}
}

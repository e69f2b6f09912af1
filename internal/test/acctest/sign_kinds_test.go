//go:build unix

package acctest_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// home is a home directory of GnuPG, in which a test makes keys and git verifies signatures.
type home string

// haveGnuPG reports whether its programs are there. Without them git cannot verify; in CI that is a
// failure.
func haveGnuPG(t *testing.T) bool {
	t.Helper()
	for _, name := range []string{"gpg", "gpgsm"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("install gnupg and gpgsm: %v", err)
			}
			t.Logf("not tested: install gnupg and gpgsm: %v", err)
			return false
		}
	}
	return true
}

// newHome makes a home directory whose sockets have short names.
func newHome(t *testing.T) home {
	t.Helper()
	dir, err := os.MkdirTemp("", "gnupg-") //nolint:usetesting // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	h := home(dir)
	t.Cleanup(func() {
		h.run(t, "", "gpgconf", "--kill", "gpg-agent")
		_ = os.RemoveAll(dir) // the agent may still remove its sockets
	})
	return h
}

func (h home) run(t *testing.T, input, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Stdin = append(os.Environ(), "GNUPGHOME="+string(h)), strings.NewReader(input)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, stderr.String())
	}
	return out.String()
}

// write writes a file into the directory and returns its name.
func (h home) write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	name = filepath.Join(string(h), name)
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return name
}

// wrap writes a program that runs another with this home directory.
func (h home) wrap(t *testing.T, program string) string {
	t.Helper()
	return h.write(t, program+".sh", fmt.Sprintf("#!/bin/sh\nGNUPGHOME=%s exec %s \"$@\"\n", h, program), 0o700)
}

// openPGPKey makes an encrypted key with a signing subkey.
func openPGPKey(t *testing.T) (signing string, config map[string]string) {
	h := newHome(t)
	gpg := func(args ...string) string {
		t.Helper()
		return h.run(t, "", "gpg", append([]string{"-q", "--batch", "--pinentry-mode", "loopback", "--passphrase", "pass word"}, args...)...)
	}
	gpg("--quick-gen-key", "Bot <bot@example.com>", "ed25519", "cert", "never")
	for line := range strings.Lines(gpg("--with-colons", "--list-secret-keys")) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			gpg("--quick-add-key", fields[9], "ed25519", "sign", "never")
			break
		}
	}
	file := h.write(t, "key.asc", gpg("--armor", "--export-secret-subkeys"), 0o600)
	return fmt.Sprintf(`{ format = "openpgp", private_key_file = %q, passphrase = "pass word" }`, file),
		map[string]string{"gpg.program": h.wrap(t, "gpg")}
}

// x509Key makes a key and a certificate of itself, which gpgsm trusts.
func x509Key(t *testing.T) (signing string, config map[string]string) {
	h := newHome(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Bot"}, EmailAddresses: []string{"bot@example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	h.write(t, "gpgsm.conf", "disable-crl-checks\ndisable-dirmngr\n", 0o600)
	h.write(t, "trustlist.txt", fmt.Sprintf("%X S relax\n", sha1.Sum(der)), 0o600)
	h.run(t, certificate, "gpgsm", "-q", "--batch", "--import")
	return fmt.Sprintf(`{ format = "x509", private_key_file = %q, certificate = %q }`,
			h.write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})), 0o600), certificate),
		map[string]string{"gpg.x509.program": h.wrap(t, "gpgsm")}
}

// agentsKey puts a key into an agent that the engine's environment names.
func agentsKey(t *testing.T) (signing string, config map[string]string, env string) {
	file, o := signedOnlyRepo(t, "", "")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParseRawPrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "agent-") //nolint:usetesting // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close()
		_ = os.RemoveAll(dir)
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = agent.ServeAgent(ring, conn)
				_ = conn.Close()
			}()
		}
	}()
	return fmt.Sprintf(`{ format = "ssh", use_agent = true, public_key = file("%s.pub") }`, file), o.Config, "SSH_AUTH_SOCK=" + filepath.Join(dir, "s")
}

// TestEachKindOfKeySignsTheLifeOfFiles uses a server that refuses unsigned commits.
func TestEachKindOfKeySignsTheLifeOfFiles(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]string{"openpgp": "sha1", "x509": "sha256", "agent": "sha256"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "agent" && !haveGnuPG(t) {
				return
			}
			var signing, env string
			var config map[string]string
			switch name {
			case "openpgp":
				signing, config = openPGPKey(t)
			case "x509":
				signing, config = x509Key(t)
			default:
				signing, config, env = agentsKey(t)
			}
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Format: format, Hooks: map[string]string{"pre-receive": signedOnly}, Config: config})
			begin := repo.Head(t)
			w := acctest.NewWorkspace(t, env)
			configure := func(resources string) {
				w.Config(t, provider(repo, `commit = { committer = { email = "bot@example.com" }, signing = `+signing+" }")+resources)
			}
			for _, step := range []struct {
				resources string
				want      map[string]string
			}{
				{block("a", "a", "1", "") + block("b", "b", "2", ""), map[string]string{"a": "1", "b": "2"}},
				{block("a", "moved/a", "1", "") + block("b", "b", "3", ""), map[string]string{"moved/a": "1", "b": "3"}},
				{block("b", "b", "3", ""), map[string]string{"b": "3"}},
			} {
				configure(step.resources)
				if out := w.Apply(t); strings.Contains(out, "does not name the committer") {
					t.Errorf("warned of the key's own address:\n%s", out)
				}
				holds(t, repo, step.want)
			}
			w.Clean(t)
			w.Destroy(t)
			holds(t, repo, nil)
			commits := strings.Fields(repo.Git(t, "rev-list", begin+"..main"))
			if len(commits) < 4 {
				t.Errorf("%d commits, want 4 or more", len(commits))
			}
			for _, commit := range commits {
				repo.Git(t, "verify-commit", commit)
			}
		})
	}
}

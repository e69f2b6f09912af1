package gitsign

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

const committer = "bot@example.com"

// have reports whether a program is there. Without it a test judges signatures in Go alone, but for
// CI, where it fails.
func have(t testing.TB, name, install string) bool {
	t.Helper()
	_, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("install %s: %v", install, err)
	}
	if err != nil {
		t.Logf("%s does not judge the signatures: install %s: %v", name, install, err)
	}
	return err == nil
}

// judge is real git with a configuration and a home directory of its own, and a repository of each
// object format.
type judge struct {
	dir string
	env []string
}

func newJudge(t testing.TB, config ...string) *judge {
	t.Helper()
	// Not t.TempDir: gpg-agent's sockets below a directory with a long name cannot be made.
	dir, err := os.MkdirTemp("", "sign-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // an agent that ends may still remove its sockets
	j := &judge{dir: dir, env: append(os.Environ(), "HOME="+dir, "GNUPGHOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+filepath.Join(dir, "config"), "LC_ALL=C")}
	j.write(t, "config", strings.Join(config, "\n")+"\n")
	for _, f := range []gitobj.Format{gitobj.SHA1, gitobj.SHA256} {
		j.run(t, "", "git", "init", "-q", "--bare", "--object-format="+f.String(), f.String())
		j.run(t, "", "git", "-C", f.String(), "hash-object", "-w", "-t", "tree", "--stdin")
	}
	return j
}

func (j *judge) write(t testing.TB, name, text string) string {
	t.Helper()
	name = filepath.Join(j.dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// run runs a program, which must succeed, and returns its standard output.
func (j *judge) run(t testing.TB, input string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = j.dir, j.env, strings.NewReader(input)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out.String(), stderr.String())
	}
	return out.String()
}

// verify has git verify a commit and a tag of each object format that the signer signed.
func (j *judge) verify(t testing.TB, s *Signer) {
	t.Helper()
	for _, f := range []gitobj.Format{gitobj.SHA1, gitobj.SHA256} {
		raw := signed(t, s, f)
		id := strings.TrimSpace(j.run(t, string(raw), "git", "-C", f.String(), "hash-object", "-w", "-t", "commit", "--stdin"))
		j.run(t, "", "git", "-C", f.String(), "verify-commit", "-v", id)
		tag := gitobj.Tag{Object: idOf(t, id), Kind: gitobj.KindCommit, Name: "v1", Tagger: commit(f).Author, Message: "Tag\n"}
		signature, err := s.Sign(t.Context(), tag.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		tag.Sign(signature)
		if text, split := gitobj.SplitSignature(tag.Message); text != "Tag\n" || strings.TrimSpace(split) != strings.TrimSpace(signature) {
			t.Errorf("the message of a signed tag is split into %q and %q", text, split)
		}
		id = strings.TrimSpace(j.run(t, string(tag.Append(nil)), "git", "-C", f.String(), "hash-object", "-w", "-t", "tag", "--stdin"))
		j.run(t, "", "git", "-C", f.String(), "verify-tag", "-v", id)
	}
}

func idOf(t testing.TB, text string) gitobj.ID {
	t.Helper()
	id, err := gitobj.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// fsck has git check all that was written.
func (j *judge) fsck(t testing.TB) {
	t.Helper()
	for _, f := range []gitobj.Format{gitobj.SHA1, gitobj.SHA256} {
		if out := j.run(t, "", "git", "-C", f.String(), "fsck", "--strict", "--no-dangling"); strings.Contains(out, "error") || strings.Contains(out, "warning") {
			t.Error(out)
		}
	}
}

// signed makes a commit of the empty tree and signs it.
func signed(t testing.TB, s *Signer, f gitobj.Format) []byte {
	t.Helper()
	c := commit(f)
	signature, err := s.Sign(t.Context(), c.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	c.Sign(signature)
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return c.Append(nil)
}

func commit(f gitobj.Format) *gitobj.Commit {
	who := gitobj.Signature{Name: "Bot", Email: committer, When: time.Unix(1_700_000_000, 0).UTC()}
	return &gitobj.Commit{Tree: gitobj.Hash(f, gitobj.KindTree, nil), Author: who, Committer: who, Message: "Sign\n\n-----BEGIN\n"}
}

// newSigner reads a key, which has to be good.
func newSigner(t testing.TB, o Options) *Signer {
	t.Helper()
	s, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGitVerifiesSSHSignatures(t *testing.T) {
	t.Parallel()
	if !have(t, "ssh-keygen", "openssh-client") {
		return
	}
	j := newJudge(t)
	j.write(t, "config", fmt.Sprintf("[gpg]\nformat = ssh\n[gpg \"ssh\"]\nallowedSignersFile = %s/allowed\n", j.dir))
	allowed := ""
	for i, args := range [][]string{
		{"-t", "ed25519", "-N", ""},
		{"-t", "ed25519", "-N", "pass word"},
		{"-t", "ecdsa", "-b", "256", "-N", "pass word"},
		{"-t", "ecdsa", "-b", "384", "-m", "PEM", "-N", ""},
		{"-t", "ecdsa", "-b", "521", "-m", "PKCS8", "-N", "pass word"},
		{"-t", "rsa", "-b", "2048", "-N", ""},
		{"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "pass word"},
		{"-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", ""},
	} {
		name := fmt.Sprint("key", i)
		j.run(t, "", append([]string{"ssh-keygen", "-q", "-C", "", "-f", name}, args...)...)
		key, public := j.read(t, name), j.read(t, name+".pub")
		allowed += committer + " namespaces=\"git\" " + public
		j.write(t, "allowed", allowed)
		s := newSigner(t, Options{Format: SSH, Key: []byte(key), Passphrase: args[len(args)-1]})
		j.verify(t, s)
		agent := newSigner(t, Options{Format: SSH, Agent: true, PublicKey: public, Getenv: serveAgent(t, key, args[len(args)-1])})
		j.verify(t, agent)
	}
	j.fsck(t)
}

func (j *judge) read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(j.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGitVerifiesOpenPGPSignatures(t *testing.T) {
	t.Parallel()
	if !have(t, "gpg", "gnupg") {
		return
	}
	j := newJudge(t)
	defer j.run(t, "", "gpgconf", "--kill", "gpg-agent")
	const pass = "pass word"
	gpg := func(args ...string) string {
		t.Helper()
		return j.run(t, "", append([]string{"gpg", "-q", "--batch", "--pinentry-mode", "loopback"}, args...)...)
	}
	fingerprint := func(user string) (all []string) {
		t.Helper()
		for line := range strings.Lines(gpg("--with-colons", "--list-secret-keys", user)) {
			if fields := strings.Split(line, ":"); fields[0] == "fpr" {
				all = append(all, fields[9])
			}
		}
		return all
	}
	for _, c := range []struct{ algorithm, usage, pass, subkey string }{
		{"ed25519", "sign", "", ""},
		{"ed25519", "cert", pass, "ed25519"},
		{"rsa2048", "sign", pass, ""},
		{"ed25519", "cert", "", "nistp256/ecdsa"},
		{"nistp256", "sign", "", ""},
		{"nistp384", "sign", pass, ""},
		{"nistp521", "cert,sign", "", "ed25519"},
	} {
		user := fmt.Sprintf("Bot %s %s %s <%s>", c.algorithm, strings.ReplaceAll(c.usage, ",", " "), c.subkey, committer)
		gpg("--passphrase", c.pass, "--quick-gen-key", user, c.algorithm, c.usage, "never")
		ids := fingerprint("=" + user)
		if c.subkey != "" {
			gpg("--passphrase", c.pass, "--quick-add-key", ids[0], c.subkey, "sign", "never")
			ids = fingerprint("=" + user)
		}
		key := gpg("--passphrase", c.pass, "--armor", "--export-secret-keys", ids[0])
		o := Options{Format: OpenPGP, Key: []byte(key), Passphrase: c.pass}
		for _, id := range append([]string{"", ids[0][24:]}, ids[len(ids)-1]+"!") {
			o.KeyID = id
			s := newSigner(t, o)
			if want := ids[len(ids)-1]; s.Key() != "the OpenPGP key "+want {
				t.Errorf("%v, key_id %q: %s signs, want %s", c, id, s.Key(), want)
			}
			if id == "" {
				j.verify(t, s)
			}
			if got, _ := s.Addresses(); fmt.Sprint(got) != "["+committer+"]" {
				t.Errorf("addresses %q", got)
			}
		}
		if c.subkey != "" { // as on a machine that is not to certify: the primary key stays at home
			o.KeyID, o.Key = "", []byte(gpg("--passphrase", c.pass, "--armor", "--export-secret-subkeys", ids[0]))
			j.verify(t, newSigner(t, o))
		}
		if c.usage == "cert,sign" {
			o.Key, o.KeyID = []byte(key), ids[0]+"!"
			if s := newSigner(t, o); s.Key() != "the OpenPGP key "+ids[0] {
				t.Errorf("%s signs, want the primary key", s.Key())
			}
		}
	}
	j.fsck(t)
}

func TestGitAndOpenSSLVerifyX509Signatures(t *testing.T) {
	t.Parallel()
	gpgsm, openssl := have(t, "gpgsm", "gpgsm"), have(t, "openssl", "openssl")
	j := newJudge(t, "[gpg]", "format = x509")
	ca := newAuthority(t)
	root := j.write(t, "root.pem", ca.root)
	if gpgsm {
		j.write(t, "gpgsm.conf", "disable-crl-checks\ndisable-dirmngr\n")
		j.write(t, "trustlist.txt", ca.fingerprint+" S relax\n")
		j.run(t, ca.root, "gpgsm", "-q", "--batch", "--import")
		defer j.run(t, "", "gpgconf", "--kill", "gpg-agent")
	}
	for _, kind := range []string{"rsa", "p256", "p384", "p521", "encrypted"} {
		key, certificates := ca.issue(t, kind, nil)
		o := Options{Format: X509, Key: []byte(key), Certificate: []byte(certificates)}
		if kind == "encrypted" {
			if !openssl {
				continue
			}
			o.Key, o.Passphrase = []byte(j.run(t, key, "openssl", "pkcs8", "-topk8", "-passout", "pass:pass word")), "pass word"
		}
		s := newSigner(t, o)
		if gpgsm && kind != "p521" { // which GnuPG 2.2 does not verify
			j.verify(t, s)
		}
		if !openssl {
			continue
		}
		payload := commit(gitobj.SHA1).Append(nil)
		signature, err := s.Sign(t.Context(), payload)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode([]byte(signature))
		content := j.write(t, "content", string(payload))
		for _, command := range []string{"smime", "cms"} {
			j.run(t, string(block.Bytes), "openssl", command, "-verify", "-inform", "DER", "-binary", "-content", content, "-CAfile", root, "-purpose", "smimesign", "-out", os.DevNull)
		}
	}
	j.fsck(t)
}

package gitsign

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/hiddeco/sshsig"
	"github.com/smallstep/pkcs7"
	"golang.org/x/crypto/ssh"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

const passphrase = "s3cret passphrase"

// now is the time of the OpenPGP keys in tests.
var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// newEntity makes an OpenPGP key; adjust changes its configuration.
func newEntity(t testing.TB, adjust func(*packet.Config)) *openpgp.Entity {
	t.Helper()
	c := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return now.Add(-24 * time.Hour) }}
	if adjust != nil {
		adjust(c)
	}
	e, err := openpgp.NewEntity("Bot", "", committer, c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// export writes keys as gpg --armor --export-secret-keys does, without signing them anew.
func export(t testing.TB, entities ...*openpgp.Entity) []byte {
	t.Helper()
	return armored(t, openpgp.PrivateKeyType, func(w io.Writer, e *openpgp.Entity) error {
		return e.SerializePrivateWithoutSigning(w, nil)
	}, entities...)
}

func armored(t testing.TB, kind string, serialize func(io.Writer, *openpgp.Entity) error, entities ...*openpgp.Entity) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := armor.Encode(&out, kind, nil)
	for _, e := range entities {
		if err == nil {
			err = serialize(w, e)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func encrypted(t testing.TB, e *openpgp.Entity) *openpgp.Entity {
	t.Helper()
	if err := e.EncryptPrivateKeys([]byte(passphrase), nil); err != nil {
		t.Fatal(err)
	}
	return e
}

// Every kind of key signs, in Go's own verification as well.
func TestSignaturesVerify(t *testing.T) {
	t.Parallel()
	payload := commit(gitobj.SHA1).Append(nil)
	sign := func(t *testing.T, o Options) string {
		t.Helper()
		o.Now = func() time.Time { return now }
		signature, err := newSigner(t, o).Sign(t.Context(), payload)
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	for _, kind := range []string{"ed25519", "p256", "p384", "p521", "rsa"} {
		for _, pass := range []string{"", passphrase} {
			key, public := newSSHKey(t, kind, pass)
			got, err := sshsig.Unarmor([]byte(sign(t, Options{Format: SSH, Key: []byte("\r\n" + strings.TrimSpace(key)), Passphrase: pass})))
			if err != nil {
				t.Fatal(err)
			}
			want, _, _, _, err := ssh.ParseAuthorizedKey([]byte(public))
			if err == nil {
				err = sshsig.Verify(bytes.NewReader(payload), got, want, sshsig.HashSHA512, "git")
			}
			if err != nil {
				t.Errorf("ssh %s: %v", kind, err)
			}
		}
	}
	e := newEntity(t, nil)
	if err := e.AddSigningSubkey(&packet.Config{Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveNistP256, Time: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	ring := openpgp.EntityList{e}
	for _, key := range [][]byte{export(t, e), export(t, encrypted(t, e))} {
		signature := sign(t, Options{Format: OpenPGP, Key: key, Passphrase: passphrase})
		if _, err := openpgp.CheckArmoredDetachedSignature(ring, bytes.NewReader(payload), strings.NewReader(signature), &packet.Config{Time: func() time.Time { return now }}); err != nil {
			t.Errorf("openpgp: %v", err)
		}
	}
	ca := newAuthority(t)
	for _, kind := range []string{"rsa", "p256", "p384", "p521"} {
		key, certificates := ca.issue(t, kind, nil)
		signer := newSigner(t, Options{Format: X509, Key: []byte(key), Certificate: []byte(certificates)})
		signature, err := signer.Sign(t.Context(), payload)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode([]byte(signature))
		if block == nil || block.Type != "SIGNED MESSAGE" {
			t.Fatalf("not a signature: %s", signature)
		}
		p, err := pkcs7.Parse(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Content) > 0 || len(p.Certificates) != 3 {
			t.Errorf("x509 %s: %d bytes of content and %d certificates, want none and 3", kind, len(p.Content), len(p.Certificates))
		}
		p.Content = payload
		if err := p.Verify(); err != nil {
			t.Errorf("x509 %s: %v", kind, err)
		}
	}
}

// A key that cannot sign is refused with the setting at fault and the next step.
func TestKeysThatCannotSignAreRefused(t *testing.T) {
	t.Parallel()
	sshKey, public := newSSHKey(t, "ed25519", "")
	locked, _ := newSSHKey(t, "ed25519", passphrase)
	_, stranger := newSSHKey(t, "ed25519", "")
	socket := serveAgent(t, sshKey, "")
	good := newEntity(t, nil)
	expired := newEntity(t, func(c *packet.Config) { c.KeyLifetimeSecs = 3600 })
	revoked := newEntity(t, nil)
	if err := revoked.RevokeKey(packet.NoReason, "", &packet.Config{Time: func() time.Time { return now.Add(-time.Hour) }}); err != nil {
		t.Fatal(err)
	}
	certifies := newEntity(t, nil)
	for _, id := range certifies.Identities {
		id.SelfSignature.FlagSign = false
		if err := id.SelfSignature.SignUserId(id.UserId.Id, certifies.PrimaryKey, certifies.PrivateKey, nil); err != nil {
			t.Fatal(err)
		}
	}
	ca := newAuthority(t)
	key, certificates := ca.issue(t, "p256", nil)
	otherKey, _ := ca.issue(t, "p256", nil)
	edwards, ofEdwards := ca.issue(t, "ed25519", nil)
	issue := func(adjust func(*x509.Certificate)) Options {
		key, certificates := ca.issue(t, "p256", adjust)
		return Options{Format: X509, Key: []byte(key), Certificate: []byte(certificates)}
	}
	for name, c := range map[string]struct {
		o    Options
		of   Subject
		want []string
	}{
		"no format":                       {Options{Key: []byte(sshKey)}, OfFormat, []string{"format", "ssh, openpgp, x509"}},
		"an empty key":                    {Options{Format: SSH, Key: []byte(" \n")}, OfKey, []string{"is empty", "private_key"}},
		"no key":                          {Options{Format: SSH, Key: []byte("hello")}, OfKey, []string{"-----BEGIN OPENSSH PRIVATE KEY-----"}},
		"the public half":                 {Options{Format: SSH, Key: []byte(public)}, OfKey, []string{"public half"}},
		"no passphrase":                   {Options{Format: SSH, Key: []byte(locked)}, OfPassphrase, []string{"encrypted", "set passphrase", "NANOGIT_SIGNING_PASSPHRASE"}},
		"a wrong passphrase":              {Options{Format: SSH, Key: []byte(locked), Passphrase: "wr0ng"}, OfPassphrase, []string{"does not decrypt"}},
		"an OpenPGP key for SSH":          {Options{Format: SSH, Key: export(t, good)}, OfKey, []string{`format = "openpgp"`}},
		"an SSH key for OpenPGP":          {Options{Format: OpenPGP, Key: []byte(sshKey)}, OfKey, []string{"BEGIN PGP PRIVATE KEY BLOCK"}},
		"an SSH key for X.509":            {Options{Format: X509, Key: []byte(sshKey)}, OfKey, []string{`format = "ssh"`}},
		"a certificate for a key":         {Options{Format: X509, Key: []byte(certificates)}, OfKey, []string{"this is a certificate"}},
		"no agent":                        {Options{Format: SSH, Agent: true, PublicKey: public, Getenv: environment("")}, OfAgent, []string{"SSH_AUTH_SOCK"}},
		"an agent that is gone":           {Options{Format: SSH, Agent: true, PublicKey: public, Getenv: environment(filepath.Join(t.TempDir(), "s"))}, OfAgent, []string{"SSH_AUTH_SOCK"}},
		"a key that the agent lacks":      {Options{Format: SSH, Agent: true, PublicKey: stranger, Getenv: socket}, OfPublicKey, []string{"does not have the SSH key SHA256:", "ssh-add"}},
		"a public key that is none":       {Options{Format: SSH, Agent: true, PublicKey: "key.pub", Getenv: socket}, OfPublicKey, []string{"ssh-add -L"}},
		"two public keys":                 {Options{Format: SSH, Agent: true, PublicKey: public + stranger, Getenv: socket}, OfPublicKey, []string{"several lines"}},
		"damaged armor":                   {Options{Format: OpenPGP, Key: export(t, good)[:200]}, OfKey, []string{"cannot be read", "--export-secret-keys"}},
		"an OpenPGP public key":           {Options{Format: OpenPGP, Key: armored(t, openpgp.PublicKeyType, func(w io.Writer, e *openpgp.Entity) error { return e.Serialize(w) }, good)}, OfKey, []string{"public half", "--export-secret-keys"}},
		"two OpenPGP keys":                {Options{Format: OpenPGP, Key: export(t, good, newEntity(t, nil))}, OfKeyID, []string{"several keys", good.PrimaryKey.KeyIdString(), "set key_id"}},
		"an id that is missing":           {Options{Format: OpenPGP, Key: export(t, good), KeyID: "0123456789ABCDEF"}, OfKeyID, []string{"no key", "--keyid-format long"}},
		"an expired OpenPGP key":          {Options{Format: OpenPGP, Key: export(t, expired)}, OfKey, []string{"has expired", "--quick-set-expire"}},
		"a revoked OpenPGP key":           {Options{Format: OpenPGP, Key: export(t, revoked)}, OfKey, []string{"is revoked"}},
		"an OpenPGP key that certifies":   {Options{Format: OpenPGP, Key: export(t, certifies)}, OfKey, []string{"no signing key", "--quick-add-key"}},
		"an encryption subkey":            {Options{Format: OpenPGP, Key: export(t, good), KeyID: good.Subkeys[0].PublicKey.KeyIdString()}, OfKey, []string{"is not a signing key"}},
		"an OpenPGP key, no passphrase":   {Options{Format: OpenPGP, Key: export(t, encrypted(t, newEntity(t, nil)))}, OfPassphrase, []string{"set passphrase"}},
		"an OpenPGP key, wrong":           {Options{Format: OpenPGP, Key: export(t, encrypted(t, newEntity(t, nil))), Passphrase: "wr0ng"}, OfPassphrase, []string{"does not decrypt"}},
		"no certificate":                  {Options{Format: X509, Key: []byte(key)}, OfCertificate, []string{"BEGIN CERTIFICATE", "set certificate"}},
		"the certificate of another key":  {Options{Format: X509, Key: []byte(otherKey), Certificate: []byte(certificates)}, OfCertificate, []string{"no certificate is for the private key"}},
		"an Edwards key for X.509":        {Options{Format: X509, Key: []byte(edwards), Certificate: []byte(ofEdwards)}, OfKey, []string{"neither RSA nor ECDSA"}},
		"an expired certificate":          {issue(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), OfCertificate, []string{"expired at"}},
		"a certificate that is too early": {issue(func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }), OfCertificate, []string{"valid from"}},
		"a certificate of a server":       {issue(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), OfCertificate, []string{"e-mail protection"}},
		"a certificate that encrypts":     {issue(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), OfCertificate, []string{"digital signatures"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.o.Format == OpenPGP {
				c.o.Now = func() time.Time { return now }
			}
			_, err := New(t.Context(), c.o)
			var e *Error
			if !errors.As(err, &e) || e.Of != c.of || e.Next == "" {
				t.Fatalf("got %#v, want an Error about %d", err, c.of)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			for line := range strings.Lines(string(c.o.Key) + c.o.Passphrase) {
				if line = strings.TrimSpace(line); len(line) > 4 && !strings.HasPrefix(line, "-----") && line != "hello" && strings.Contains(err.Error(), line) {
					t.Errorf("a secret is in: %v", err)
				}
			}
		})
	}
}

func TestASignerPrintsAsNothing(t *testing.T) {
	t.Parallel()
	key, _ := newSSHKey(t, "ed25519", "")
	s := newSigner(t, Options{Format: SSH, Key: []byte(key)})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, s); got != secret.Redacted {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

// An agent that hangs is given up after its time, once more asked, and then told of.
func TestAnAgentThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dials := 0
		_, public := newSSHKey(t, "ed25519", "")
		parsed, _, _, _, err := ssh.ParseAuthorizedKey([]byte(public))
		if err != nil {
			t.Fatal(err)
		}
		k := agentKey{public: parsed, dial: func() (io.ReadWriteCloser, error) {
			dials++
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			return ours, nil
		}}
		begin := time.Now()
		_, err = k.sign(t.Context(), nil)
		if took := time.Since(begin); !errors.Is(err, errLate) || took != 2*agentLimit || dials != 2 {
			t.Errorf("%v after %s and %d connections, want errLate after %s and 2", err, took, dials, 2*agentLimit)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.sign(ctx, nil); !errors.Is(err, context.DeadlineExceeded) || dials != 3 {
			t.Errorf("a caller that gives up: %v after %d connections", err, dials-2)
		}
	})
}

func TestAnAgentThatFailsOnceIsAskedAgain(t *testing.T) {
	t.Parallel()
	key, public := newSSHKey(t, "ed25519", "")
	good := newSigner(t, Options{Format: SSH, Agent: true, PublicKey: public, Getenv: serveAgent(t, key, "")})
	k := good.method.(agentKey)
	var dials atomic.Int32
	dial := k.dial
	k.dial = func() (io.ReadWriteCloser, error) {
		if dials.Add(1) == 1 {
			return nil, os.ErrClosed
		}
		return dial()
	}
	if _, err := k.sign(t.Context(), []byte("x")); err != nil || dials.Load() != 2 {
		t.Errorf("%v after %d connections", err, dials.Load())
	}
}

func FuzzNew(f *testing.F) {
	key, public := newSSHKey(f, "ed25519", "")
	f.Add("ssh", []byte(key), "", "")
	f.Add("openpgp", export(f, newEntity(f, nil)), "", "")
	f.Add("openpgp", export(f, newEntity(f, nil)), "", "0123456789ABCDEF!")
	key, certificates := newAuthority(f).issue(f, "p256", nil)
	f.Add("x509", []byte(key), certificates, "")
	f.Add("ssh", []byte(public), "", "")
	f.Fuzz(func(t *testing.T, format string, key []byte, certificate, id string) {
		o := Options{Format: Format(format), Key: key, Passphrase: passphrase, Certificate: []byte(certificate), KeyID: id}
		s, err := New(t.Context(), o)
		if err != nil {
			if e := (*Error)(nil); !errors.As(err, &e) || strings.Contains(err.Error(), passphrase) {
				t.Errorf("%v", err)
			}
			return
		}
		if _, err := s.Sign(t.Context(), []byte("x")); err != nil {
			t.Error(err)
		}
	})
}

// FuzzOpenPGP reads keyrings below their armor, whose checksum would hide them from a fuzzer.
func FuzzOpenPGP(f *testing.F) {
	for _, e := range []*openpgp.Entity{newEntity(f, nil), encrypted(f, newEntity(f, nil))} {
		var ring bytes.Buffer
		if err := e.SerializePrivateWithoutSigning(&ring, nil); err != nil {
			f.Fatal(err)
		}
		f.Add(ring.Bytes(), "")
		f.Add(ring.Bytes(), e.PrimaryKey.KeyIdString()+"!")
	}
	f.Fuzz(func(t *testing.T, ring []byte, id string) {
		key := armored(t, openpgp.PrivateKeyType, func(w io.Writer, _ *openpgp.Entity) error {
			_, err := w.Write(ring)
			return err
		}, nil)
		_, err := New(t.Context(), Options{Format: OpenPGP, Key: key, KeyID: id, Now: func() time.Time { return now }})
		if e := (*Error)(nil); err != nil && !errors.As(err, &e) {
			t.Error(err)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	payload := commit(gitobj.SHA1).Append(nil)
	run := func(name string, o Options) {
		b.Run(name, func(b *testing.B) {
			s := newSigner(b, o)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Sign(b.Context(), payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, kind := range []string{"ed25519", "p256", "rsa"} {
		key, _ := newSSHKey(b, kind, "")
		run("ssh-"+kind, Options{Format: SSH, Key: []byte(key)})
	}
	run("openpgp-ed25519", Options{Format: OpenPGP, Key: export(b, newEntity(b, nil)), Now: func() time.Time { return now }})
	key, certificates := newAuthority(b).issue(b, "p256", nil)
	run("x509-p256", Options{Format: X509, Key: []byte(key), Certificate: []byte(certificates)})
}

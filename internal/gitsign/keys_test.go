package gitsign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// newKey makes a private key.
func newKey(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "p384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "p521":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newSSHKey makes a key in OpenSSH's format, encrypted if there is a passphrase.
func newSSHKey(t testing.TB, kind, passphrase string) (private, public string) {
	t.Helper()
	key := newKey(t, kind)
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

// serveAgent starts an agent that has the key, and another; it returns an environment that names
// it.
func serveAgent(t testing.TB, private, passphrase string) func(string) string {
	t.Helper()
	key, err := sshclient.ParsePrivateKey([]byte(private), passphrase)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	for _, k := range []any{newKey(t, "p256"), key} {
		if err := ring.Add(agent.AddedKey{PrivateKey: k}); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp("", "agent-") //nolint:usetesting // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
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
	return environment(socket)
}

func environment(socket string) func(string) string {
	return func(name string) string {
		if name == "SSH_AUTH_SOCK" {
			return socket
		}
		return ""
	}
}

// authority issues certificates by an intermediate one.
type authority struct {
	root        string // in PEM
	fingerprint string // of root, as gpgsm writes it
	chain       string // the intermediate certificate and the root
	issuer      *x509.Certificate
	key         crypto.Signer
	serial      int64
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{serial: 1}
	top := newKey(t, "p256")
	template := func(name string) *x509.Certificate {
		a.serial++
		return &x509.Certificate{
			SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: name, Organization: []string{"Nano"}},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		}
	}
	rootTemplate := template("Root")
	root, der := create(t, rootTemplate, rootTemplate, top.Public(), top)
	a.root, a.fingerprint = der, fmt.Sprintf("%X", sha1.Sum(root.Raw))
	a.key = newKey(t, "p256")
	a.issuer, der = create(t, template("Intermediate"), root, a.key.Public(), top)
	a.chain = der + a.root
	return a
}

func create(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, string) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// issue makes a key and its certificate, with the chain in an odd order. adjust changes the
// certificate.
func (a *authority) issue(t testing.TB, kind string, adjust func(*x509.Certificate)) (key, certificates string) {
	t.Helper()
	k := newKey(t, kind)
	a.serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: "Bot"}, EmailAddresses: []string{committer},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	if adjust != nil {
		adjust(template)
	}
	_, certificates = create(t, template, a.issuer, k.Public(), a.key)
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), a.chain + certificates
}

package sshclient

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Key is a private key, and the certificates that go with it.
type Key struct {
	secret.Hidden
	name   string // for messages: "private_key_pem", a file
	signer ssh.Signer
	certs  []*ssh.Certificate
}

// Faults of a private key, for errors.Is.
var (
	ErrPassphraseMissing = errors.New("the private key is encrypted and there is no passphrase for it")
	ErrPassphraseWrong   = errors.New("the passphrase does not decrypt the private key")
)

// maxKeyFile bounds files with keys and certificates, in bytes.
const maxKeyFile = 1 << 20

// ParseKey reads a private key in PEM: OpenSSH's own format, PKCS#1, SEC 1 or PKCS#8, encrypted or
// not. name is its name in messages. A passphrase for a key that is not encrypted is ignored.
func ParseKey(name string, text []byte, passphrase string) (*Key, error) {
	signer, err := parseSigner(text, passphrase)
	if err != nil {
		return nil, &Error{Kind: ErrKey, Err: fmt.Errorf("%s: %w", name, err)}
	}
	return &Key{name: name, signer: signer}, nil
}

// ReadKey reads a private key from a file, and its certificate from the file of that name with
// -cert.pub at its end, if it exists.
func ReadKey(file, passphrase string) (*Key, error) {
	text, err := readBounded(file, maxKeyFile)
	if err != nil {
		return nil, &Error{Kind: ErrKey, Err: err}
	}
	k, err := ParseKey(file, text, passphrase)
	if err != nil {
		return nil, err
	}
	cert, err := readCertificate(file + "-cert.pub")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Kind: ErrKey, Err: err}
	}
	if cert != nil {
		k.certs = append(k.certs, cert)
	}
	return k, nil
}

// Fingerprint is the SHA-256 of the public key, as ssh-keygen -l prints it.
func (k *Key) Fingerprint() string { return ssh.FingerprintSHA256(k.signer.PublicKey()) }

// parseSigner reads a private key that logs in, and decrypts it if it is encrypted.
func parseSigner(text []byte, passphrase string) (ssh.Signer, error) {
	key, err := ParsePrivateKey(text, passphrase)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("no private key that can be used: %w", err)
	}
	if signer.PublicKey().Type() == "ssh-dss" {
		return nil, errors.New("a DSA key, which servers do not take any more: make an ed25519 one with ssh-keygen -t ed25519")
	}
	return signer, nil
}

// ParsePrivateKey reads a private key in the formats of ParseKey and returns it as the packages
// below crypto know it: *rsa.PrivateKey, *ecdsa.PrivateKey, … A passphrase for a key that is not
// encrypted is ignored.
func ParsePrivateKey(text []byte, passphrase string) (any, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, notPEM(text)
	}
	if block.Type == encryptedPKCS8 {
		if passphrase == "" {
			return nil, ErrPassphraseMissing
		}
		return decryptPKCS8(block.Bytes, passphrase)
	}
	key, err := ssh.ParseRawPrivateKey(text)
	if missing := (*ssh.PassphraseMissingError)(nil); errors.As(err, &missing) {
		if passphrase == "" {
			return nil, ErrPassphraseMissing
		}
		key, err = ssh.ParseRawPrivateKeyWithPassphrase(text, []byte(passphrase))
		if errors.Is(err, x509.IncorrectPasswordError) {
			return nil, ErrPassphraseWrong
		}
	}
	if err != nil {
		return nil, fmt.Errorf("no private key that can be used: %w", err)
	}
	return key, nil
}

// notPEM returns an error that names the text that somebody may have put in place of a private key.
func notPEM(text []byte) error {
	_, _, _, _, err := ssh.ParseAuthorizedKey(text)
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return errors.New("it is empty")
	case err == nil:
		return errors.New("this is the public half of the key: the private one is in the file without .pub")
	case bytes.HasPrefix(bytes.TrimSpace(text), []byte("PuTTY-User-Key-File")):
		return errors.New("a PuTTY key: convert it with puttygen key.ppk -O private-openssh -o key")
	}
	return errors.New("no private key in PEM: it begins with a line such as -----BEGIN OPENSSH PRIVATE KEY-----")
}

func readCertificate(file string) (*ssh.Certificate, error) {
	text, err := readBounded(file, maxKeyFile)
	if err != nil {
		return nil, err
	}
	pub, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: no certificate: %w", file, err)
	}
	cert, ok := pub.(*ssh.Certificate)
	if !ok || cert.CertType != ssh.UserCert {
		return nil, fmt.Errorf("%s: no certificate of a user", file)
	}
	return cert, nil
}

// expired reports whether no server will accept a certificate any more.
func expired(c *ssh.Certificate, now time.Time) bool {
	unix := uint64(max(now.Unix(), 0))
	return unix < c.ValidAfter || c.ValidBefore != ssh.CertTimeInfinity && unix >= c.ValidBefore
}

// readBounded reads a file of at most limit bytes.
func readBounded(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("read %s: it is larger than %d bytes", file, limit)
	}
	return text, err
}

// describe returns a key's description for messages: "ED25519 SHA256:… (file)".
func describe(key ssh.PublicKey, name string) string {
	text := keyType(key) + " " + ssh.FingerprintSHA256(plainKey(key))
	if _, ok := key.(*ssh.Certificate); ok {
		text = "certificate of " + text
	}
	if name != "" {
		text += " (" + name + ")"
	}
	return text
}

// keyType returns ssh-keygen's name for the type of a key.
func keyType(key ssh.PublicKey) string {
	t := plainKey(key).Type()
	t = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(t, "sk-"), "ssh-"), "@openssh.com")
	if strings.HasPrefix(t, "ecdsa-") {
		return "ECDSA"
	}
	return strings.ToUpper(t)
}

// plainKey returns the key that a certificate certifies, or the key itself.
func plainKey(key ssh.PublicKey) ssh.PublicKey {
	if c, ok := key.(*ssh.Certificate); ok {
		return c.Key
	}
	return key
}

func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

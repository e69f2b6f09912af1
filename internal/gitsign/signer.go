package gitsign

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// Format is the kind of a signature; its values are those of git's gpg.format.
type Format string

// Formats of signatures.
const (
	SSH     Format = "ssh"
	OpenPGP Format = "openpgp"
	X509    Format = "x509"
)

// Formats lists the formats by their names.
func Formats() []string { return []string{string(SSH), string(OpenPGP), string(X509)} }

// Options are the settings of a signer.
type Options struct {
	Format     Format
	Key        []byte // the private key; nil with Agent
	Passphrase string // of the private key; ignored if the key is not encrypted

	Agent     bool   // SSH: the agent signs
	PublicKey string // SSH: the agent's key, as in an authorized_keys file

	KeyID string // OpenPGP: the id or the fingerprint of a key or subkey; "" if there is only one

	Certificate []byte // X.509: the certificate of the key, and the chain, in PEM

	Getenv func(string) string // finds the agent (SSH_AUTH_SOCK)
	Now    func() time.Time    // decides what is expired; default time.Now
}

// Signer signs commits and tags with a key. It is safe for concurrent use, and prints as
// "[redacted]".
type Signer struct {
	secret.Hidden
	method    method
	key       string   // for messages: kind and fingerprint
	addresses []string // the e-mail addresses that the key names
	named     bool     // keys of this format name addresses
}

// method makes the signatures of one kind of key.
type method interface {
	sign(ctx context.Context, payload []byte) (armored []byte, err error)
}

// New reads the key and checks that it can sign. An agent is asked whether it has the key. Every
// error is an *Error.
func New(ctx context.Context, o Options) (*Signer, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if !o.Agent {
		if err := checkKind(o); err != nil {
			return nil, err
		}
	}
	switch {
	case o.Format == SSH && o.Agent:
		return newAgent(ctx, o)
	case o.Format == SSH:
		return newSSH(o)
	case o.Format == OpenPGP:
		return newOpenPGP(o)
	case o.Format == X509:
		return newX509(o)
	}
	return nil, &Error{Of: OfFormat, Reason: fmt.Sprintf("%.40q is no format of signatures", o.Format), Next: "set format to one of " + strings.Join(Formats(), ", ")}
}

// Sign returns the armored signature of a commit or a tag object, whose bytes are payload.
func (s *Signer) Sign(ctx context.Context, payload []byte) (string, error) {
	armored, err := s.method.sign(ctx, payload)
	if err != nil {
		return "", fmt.Errorf("sign with %s: %w", s.key, err)
	}
	return string(armored), nil
}

// Key describes the key: its kind and its fingerprint.
func (s *Signer) Key() string { return s.key }

// Addresses are the e-mail addresses that the key names: of the user ids of an OpenPGP key, or of a
// certificate. ok is false for SSH keys, which name none.
func (s *Signer) Addresses() (addresses []string, ok bool) { return s.addresses, s.named }

// Subject is the setting that an error is about.
type Subject uint8

// Settings that errors are about.
const (
	OfKey Subject = iota
	OfPassphrase
	OfPublicKey
	OfAgent
	OfKeyID
	OfCertificate
	OfFormat
)

// Error says why a key cannot sign, and what to do. It quotes neither the key nor the passphrase.
type Error struct {
	Of     Subject
	Reason string
	Next   string
	Err    error // its cause; may be nil
}

func (e *Error) Error() string {
	text := e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + ": " + e.Next
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func noPassphrase() error {
	return &Error{Of: OfPassphrase, Reason: "the private key is encrypted, and there is no passphrase", Next: "set passphrase (or NANOGIT_SIGNING_PASSPHRASE)"}
}

func wrongPassphrase() error {
	return &Error{Of: OfPassphrase, Reason: "the passphrase does not decrypt the private key", Next: "set passphrase to that of this key"}
}

// checkKind refuses keys of another format, and texts that are no private key, by how they begin.
func checkKind(o Options) error {
	text := bytes.TrimSpace(o.Key)
	begins := func(kind string) bool { return bytes.HasPrefix(text, []byte("-----BEGIN "+kind)) }
	switch {
	case len(text) == 0:
		return &Error{Reason: "the private key is empty", Next: "set private_key or private_key_file to a private key, with all its lines"}
	case begins("PGP PUBLIC KEY"):
		return &Error{Reason: "this is the public half of an OpenPGP key", Next: "export the private half: gpg --armor --export-secret-keys"}
	case begins("PGP ") && o.Format != OpenPGP:
		return &Error{Reason: fmt.Sprintf("this is an OpenPGP key, and format is %q", o.Format), Next: `set format = "openpgp", or another key`}
	case !begins("PGP PRIVATE KEY") && o.Format == OpenPGP:
		return &Error{Reason: "this is no armored OpenPGP key: it does not begin with -----BEGIN PGP PRIVATE KEY BLOCK-----", Next: "export it with gpg --armor --export-secret-keys, or set format to the kind of the key"}
	case begins("OPENSSH ") && o.Format == X509:
		return &Error{Reason: `this is an SSH key, and format is "x509"`, Next: `set format = "ssh", or a key in PEM (PKCS #8)`}
	case begins("CERTIFICATE"):
		return &Error{Reason: "this is a certificate", Next: "set private_key to its private key, and certificate to this"}
	}
	return nil
}

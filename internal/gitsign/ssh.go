package gitsign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// namespace keeps signatures of commits apart from those of other things (PROTOCOL.sshsig; git's
// gpg-interface.c).
const namespace = "git"

// armorSSH signs with an SSH key. RSA keys sign with rsa-sha2-512.
func armorSSH(key ssh.Signer, payload []byte) ([]byte, error) {
	s, err := sshsig.Sign(bytes.NewReader(payload), key, sshsig.HashSHA512, namespace)
	if err != nil {
		return nil, err
	}
	return sshsig.Armor(s), nil
}

// sshKey signs with a private key in memory.
type sshKey struct{ signer ssh.Signer }

func (k sshKey) sign(_ context.Context, payload []byte) ([]byte, error) {
	return armorSSH(k.signer, payload)
}

// newSSH reads a private key.
func newSSH(o Options) (*Signer, error) {
	raw, err := parseKey(o)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(raw)
	if err == nil {
		err = checkType(signer.PublicKey())
	}
	if err != nil {
		return nil, &Error{Reason: "the private key cannot be used", Err: err, Next: "make one with ssh-keygen -t ed25519"}
	}
	return &Signer{method: sshKey{signer}, key: describeSSH(signer.PublicKey())}, nil
}

// parseKey reads a private key in PEM.
func parseKey(o Options) (any, error) {
	key, err := sshclient.ParsePrivateKey(append(bytes.TrimSpace(o.Key), '\n'), o.Passphrase)
	switch {
	case errors.Is(err, sshclient.ErrPassphraseMissing):
		return nil, noPassphrase()
	case errors.Is(err, sshclient.ErrPassphraseWrong):
		return nil, wrongPassphrase()
	case err != nil:
		return nil, &Error{Reason: "the private key cannot be read", Err: err, Next: "set private_key or private_key_file to a private key, with all its lines"}
	}
	return key, nil
}

// checkType refuses keys that OpenSSH does not verify commits with.
func checkType(key ssh.PublicKey) error {
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSA, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		return nil
	}
	return fmt.Errorf("keys of type %s do not sign commits", key.Type())
}

func describeSSH(key ssh.PublicKey) string {
	return "the SSH key " + ssh.FingerprintSHA256(key)
}

// agentLimit bounds each request to the agent, which may wait for its user.
const agentLimit = 15 * time.Second

// agentKey signs with a key that the agent has. Each signature has a connection of its own: a
// connection serves one request at a time, and the agent may be started anew meanwhile.
type agentKey struct {
	public ssh.PublicKey
	dial   func() (io.ReadWriteCloser, error)
}

// newAgent finds the key in the agent.
func newAgent(ctx context.Context, o Options) (*Signer, error) {
	const next = "set public_key to the line of the .pub file of a key that the agent has (ssh-add -L lists them)"
	public, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(o.PublicKey)))
	if err == nil && len(rest) > 0 {
		err = errors.New("it has several lines")
	}
	if err == nil {
		err = checkType(public)
	}
	if err != nil {
		return nil, &Error{Of: OfPublicKey, Reason: "the public key cannot be used", Err: err, Next: next}
	}
	k := agentKey{public: public, dial: func() (io.ReadWriteCloser, error) { return sshclient.DialAgent(o.Getenv) }}
	err = k.ask(ctx, func(ssh.Signer) error { return nil })
	switch {
	case errors.Is(err, errNotHeld):
		return nil, &Error{Of: OfPublicKey, Reason: fmt.Sprintf("the agent does not have %s", describeSSH(public)), Next: "add the key with ssh-add, or " + next}
	case err != nil:
		return nil, &Error{Of: OfAgent, Reason: "the agent cannot be asked", Err: err, Next: "start an agent that has the key and let SSH_AUTH_SOCK name its socket, or set private_key"}
	}
	return &Signer{method: k, key: describeSSH(public) + " of the agent"}, nil
}

// sign asks the agent at most twice: it may have been busy, or have been started anew.
func (k agentKey) sign(ctx context.Context, payload []byte) (armored []byte, err error) {
	for range 2 {
		err = k.ask(ctx, func(s ssh.Signer) (err error) {
			armored, err = armorSSH(s, payload)
			return err
		})
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	return armored, err
}

var (
	errNotHeld = errors.New("the agent does not have the key")
	errLate    = fmt.Errorf("the agent did not answer within %s", agentLimit)
)

// ask connects to the agent and calls use with the key, within agentLimit.
func (k agentKey) ask(ctx context.Context, use func(ssh.Signer) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, agentLimit, errLate)
	defer cancel()
	conn, err := k.dial()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // a second Close does no harm
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	err = k.find(conn, use)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}

// find looks for the key among those that the agent lists.
func (k agentKey) find(conn io.ReadWriter, use func(ssh.Signer) error) error {
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return err
	}
	for _, s := range signers {
		if bytes.Equal(s.PublicKey().Marshal(), k.public.Marshal()) {
			return use(s)
		}
	}
	return errNotHeld
}

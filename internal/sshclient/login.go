package sshclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentConn is a connection to an agent.
type agentConn = io.ReadWriteCloser

// defaultIdentities are the keys below ~/.ssh that are used when the configuration names none
// (ssh_config(5), IdentityFile).
var defaultIdentities = []string{"id_rsa", "id_ecdsa", "id_ed25519"}

// login gathers the keys that are offered to a server. It is used once.
type login struct {
	location *location
	agent    agentConn // nil: none; to be closed
	offered  []string  // in order, for messages
	skipped  []string  // other keys, and why they are not offered
	signers  []ssh.Signer

	// The state of the login. The library calls back sequentially, before it returns.
	asked    bool     // the server has told its methods
	allowed  []string // methods that it still accepts
	partly   int      // the number of methods that succeeded without being sufficient
	from     int      // the index of the first offered signer
	unsigned int      // the index after the last signer that did not sign
	refusing []string // keys that the server accepts but that do not sign, and why
}

// identity is a private key in a file, or only the public half of a key that the agent has.
type identity struct {
	key  *Key          // nil: it could not be read
	pub  ssh.PublicKey // nil: unknown
	file string

	problem   string // why there is no key
	encrypted bool   // which is the problem
}

// newLogin collects the keys. An agent that cannot be used is reported with a refusal, but is no
// error.
func newLogin(ctx context.Context, p *location) (*login, error) {
	l := &login{location: p}
	o := p.options
	certs, err := l.certificates()
	if err != nil {
		return nil, err
	}
	if o.Key != nil {
		l.add(o.Key.signer, o.Key.name, append(o.Key.certs, certs...))
		if o.Agent != nil && *o.Agent {
			l.addAgent(l.agentKeys(ctx), func(ssh.Signer) bool { return true }, certs)
		}
		return l, nil
	}
	identities := l.identities()
	var held []ssh.Signer
	if o.Agent == nil || *o.Agent {
		held = l.agentKeys(ctx)
	}
	named := func(s ssh.Signer) bool {
		for _, id := range identities {
			if id.pub != nil && sameKey(plainKey(s.PublicKey()), id.pub) {
				return true
			}
		}
		return false
	}
	// As ssh(1): first the agent's keys that are named, then its others, then the files whose keys
	// the agent does not hold.
	l.addAgent(held, named, certs)
	if p.settings.identitiesOnly != "yes" {
		l.addAgent(held, func(s ssh.Signer) bool { return !named(s) }, certs)
	}
	for _, id := range identities {
		switch {
		case id.pub != nil && holds(held, id.pub):
		case id.key != nil:
			l.add(id.key.signer, id.file, append(id.key.certs, certs...))
		case id.problem != "":
			l.skipped = append(l.skipped, id.problem)
		}
	}
	return l, nil
}

func holds(signers []ssh.Signer, pub ssh.PublicKey) bool {
	for _, s := range signers {
		if sameKey(s.PublicKey(), pub) {
			return true
		}
	}
	return false
}

// close closes the connection to the agent.
func (l *login) close() {
	if l.agent != nil {
		_ = l.agent.Close() // no request is under way
	}
}

// add offers a key, after the certificates for it.
func (l *login) add(s ssh.Signer, name string, certs []*ssh.Certificate) {
	for _, c := range certs {
		if !sameKey(c.Key, plainKey(s.PublicKey())) {
			continue
		}
		if expired(c, time.Now()) {
			l.skipped = append(l.skipped, fmt.Sprintf("the certificate of %s is not valid now", describe(s.PublicKey(), name)))
			continue
		}
		if with, err := ssh.NewCertSigner(c, s); err == nil {
			l.signers = append(l.signers, with)
			l.offered = append(l.offered, describe(c, name))
		}
	}
	l.signers = append(l.signers, s)
	l.offered = append(l.offered, describe(s.PublicKey(), name))
}

func (l *login) addAgent(held []ssh.Signer, which func(ssh.Signer) bool, certs []*ssh.Certificate) {
	for _, s := range held {
		if which(s) {
			l.add(s, "agent", certs)
		}
	}
}

// certificates reads the files of CertificateFile.
func (l *login) certificates() ([]*ssh.Certificate, error) {
	var certs []*ssh.Certificate
	for _, name := range l.location.settings.certificateFiles {
		c, err := readCertificate(l.location.file(name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			l.skipped = append(l.skipped, fmt.Sprintf("there is no file %s (CertificateFile)", l.location.file(name)))
		case err != nil:
			return nil, &Error{Kind: ErrKey, Host: l.location.address(), Err: err}
		default:
			certs = append(certs, c)
		}
	}
	return certs, nil
}

// identities reads the files of IdentityFile, or the usual files.
func (l *login) identities() []identity {
	p := l.location
	files := p.settings.identityFiles
	usual := len(files) == 0
	if usual && p.options.home() != "" {
		for _, name := range defaultIdentities {
			files = append(files, filepath.Join(p.options.home(), ".ssh", name))
		}
	}
	var all []identity
	for _, name := range files {
		if strings.EqualFold(name, "none") {
			continue
		}
		id := readIdentity(p.file(name))
		if usual && id.key == nil && id.pub == nil && !id.encrypted {
			continue // they need not exist
		}
		all = append(all, id)
	}
	return all
}

// readIdentity reads a private key that is not encrypted, or at least its public half: it
// identifies the agent's key.
func readIdentity(file string) identity {
	id := identity{file: file}
	key, err := ReadKey(file, "")
	if err == nil {
		id.key, id.pub = key, key.signer.PublicKey()
		return id
	}
	id.problem = err.Error()
	if e, ok := errors.AsType[*Error](err); ok {
		id.problem = e.Err.Error()
	}
	if errors.Is(err, ErrPassphraseMissing) {
		id.encrypted = true
		id.problem = fmt.Sprintf("%s is encrypted: add it to an agent, or name it in auth.ssh with its passphrase", file)
		id.pub = publicHalf(file)
	}
	for _, name := range []string{file + ".pub", file} {
		if text, err := readBounded(name, maxKeyFile); err == nil && id.pub == nil {
			id.pub, _, _, _, _ = ssh.ParseAuthorizedKey(text)
		}
	}
	return id
}

// publicHalf returns the public key of an encrypted file, which OpenSSH's own format has in clear;
// nil for other formats.
func publicHalf(file string) ssh.PublicKey {
	text, err := readBounded(file, maxKeyFile)
	if err != nil {
		return nil
	}
	var missing *ssh.PassphraseMissingError
	if _, err := ssh.ParsePrivateKey(text); errors.As(err, &missing) {
		return missing.PublicKey
	}
	return nil
}

// agentKeys lists the agent's keys.
func (l *login) agentKeys(ctx context.Context) []ssh.Signer {
	path := l.agentPath()
	if path == "" {
		l.skipped = append(l.skipped, "there is no agent (SSH_AUTH_SOCK is not set)")
		return nil
	}
	conn, err := dialAgent(path)
	if err != nil {
		l.skipped = append(l.skipped, fmt.Sprintf("the agent does not answer: %v", err))
		return nil
	}
	l.agent = conn
	stop := context.AfterFunc(ctx, l.close) // the agent may wait for its user
	defer stop()
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		l.skipped = append(l.skipped, fmt.Sprintf("the agent does not list its keys: %v", err))
		return nil
	}
	if len(signers) == 0 {
		l.skipped = append(l.skipped, "the agent holds no key")
	}
	return signers
}

// ErrNoAgent says that the environment names no agent.
var ErrNoAgent = errors.New("there is no agent (SSH_AUTH_SOCK is not set)")

// DialAgent connects to the agent that the environment names.
func DialAgent(getenv func(string) string) (io.ReadWriteCloser, error) {
	path := getenv("SSH_AUTH_SOCK")
	if path == "" {
		path = defaultAgent
	}
	if path == "" {
		return nil, ErrNoAgent
	}
	return dialAgent(path)
}

// agentPath returns the path of the agent's socket: by IdentityAgent, else by the environment.
func (l *login) agentPath() string {
	switch of := l.location.settings.identityAgent; {
	case strings.EqualFold(of, "none"):
		return ""
	case of == "" || of == "SSH_AUTH_SOCK":
	case strings.HasPrefix(of, "$") && !strings.HasPrefix(of, "${"): // the older form: the whole value is a variable's name
		return l.location.options.getenv(of[1:])
	default:
		return l.location.file(of)
	}
	if path := l.location.options.getenv("SSH_AUTH_SOCK"); path != "" {
		return path
	}
	return defaultAgent
}

package sshclient

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// hostKeys decides about the host keys of a server, on all connections of a Client.
type hostKeys struct {
	location *location
	known    []knownKey // the lines that name the server
	file     string     // the file for new keys; "" for none

	mu      sync.Mutex
	learned []ssh.PublicKey // in this process
}

func newHostKeys(p *location) (*hostKeys, error) {
	h := &hostKeys{location: p}
	if p.options.Policy == Insecure {
		return h, nil
	}
	all, file, err := p.knownHosts()
	if err != nil {
		return nil, err
	}
	h.file = file
	for _, k := range all {
		if k.names(p.knownAs()) {
			h.known = append(h.known, k)
		}
	}
	if len(h.known) == 0 && p.settings.hostKeyAlias == "" && p.port != "22" {
		// A key that is known without a port is trusted on every port, but its absence there is no
		// change of the host key (sshconnect.c, check_host_key: "checking without port
		// identifier").
		for _, k := range all {
			if k.names(strings.ToLower(p.host)) {
				k.loose = true
				h.known = append(h.known, k)
			}
		}
	}
	return h, nil
}

// Algorithms in OpenSSH's order (ssh_config(5), HostKeyAlgorithms). Those with SHA-1 are refused.
var (
	keyAlgorithms = []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
	}
	certificateAlgorithms = []string{
		ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01, ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	}
)

// algorithms returns those with which the server may prove its identity: certificates if an
// authority is known, then the types of the known keys, then the others. So a server with several
// keys shows a known key.
func (h *hostKeys) algorithms() []string {
	var certs, known, others []string
	if h.has(markerAuthority, "") {
		certs = certificateAlgorithms
	}
	for _, algorithm := range keyAlgorithms {
		switch {
		case h.has("", keyFormat(algorithm)):
			known = append(known, algorithm)
		default:
			others = append(others, algorithm)
		}
	}
	return slices.Concat(certs, known, others)
}

// has reports whether a key of that kind and type is known; "" for any type.
func (h *hostKeys) has(marker, format string) bool {
	return slices.ContainsFunc(h.known, func(k knownKey) bool {
		return k.marker == marker && (format == "" || k.key.Type() == format)
	})
}

// keyFormat returns the type of the keys that an algorithm signs with: RSA has several algorithms
// for the same type (RFC 8332).
func keyFormat(algorithm string) string {
	switch algorithm {
	case ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512:
		return ssh.KeyAlgoRSA
	}
	return algorithm
}

// check is an ssh.HostKeyCallback. The library calls it again when keys are exchanged again.
func (h *hostKeys) check(_ string, _ net.Addr, key ssh.PublicKey) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.checkLocked(key)
}

func (h *hostKeys) checkLocked(key ssh.PublicKey) error {
	if h.location.options.Policy == Insecure {
		return nil
	}
	for _, k := range h.known {
		if k.marker != markerRevoked {
			continue
		}
		cert, certified := key.(*ssh.Certificate)
		if sameKey(k.key, plainKey(key)) || certified && sameKey(k.key, cert.SignatureKey) {
			return h.error(fmt.Errorf("its host key %s is revoked (%s)", describe(key, ""), k.where),
				"somebody may use a stolen key: ask who runs the server")
		}
	}
	if cert, ok := key.(*ssh.Certificate); ok {
		return h.checkCertificate(cert)
	}
	return h.checkPlain(key)
}

func (h *hostKeys) checkCertificate(cert *ssh.Certificate) error {
	checker := ssh.CertChecker{IsHostAuthority: func(authority ssh.PublicKey, _ string) bool {
		return slices.ContainsFunc(h.known, func(k knownKey) bool { return k.marker == markerAuthority && sameKey(k.key, authority) })
	}}
	name := strings.ToLower(h.location.host)
	if h.location.settings.hostKeyAlias != "" {
		name = strings.ToLower(h.location.settings.hostKeyAlias)
	}
	if err := checker.CheckHostKey(net.JoinHostPort(name, h.location.port), nil, cert); err != nil {
		return h.error(fmt.Errorf("its host certificate %q, signed by %s, is not accepted: %w", cert.KeyId, describe(cert.SignatureKey, ""), err),
			"check the @cert-authority lines of known_hosts, and for whom and how long the certificate is valid")
	}
	return nil
}

// checkPlain compares a key with the known keys and with those accepted in this run. It accepts a
// new key if the policy says so; its errors have the line of known_hosts that would trust the key.
func (h *hostKeys) checkPlain(key ssh.PublicKey) error {
	var others []string
	for _, k := range h.known {
		if k.marker != "" {
			continue
		}
		if sameKey(k.key, key) {
			return nil
		}
		if !k.loose {
			others = append(others, describe(k.key, k.where))
		}
	}
	for _, k := range h.learned {
		if sameKey(k, key) {
			return nil
		}
		others = append(others, describe(k, "met before in this run"))
	}
	line := knownhosts.Line([]string{h.location.knownAs()}, key)
	switch {
	case len(others) > 0:
		return h.error(fmt.Errorf("its host key has changed: it shows %s, and known is %s", describe(key, ""), strings.Join(others, ", ")),
			"either the server was set up anew, or somebody is in between: ask who runs it for the fingerprint, and if the new key is right replace the known line with\n"+line)
	case h.location.options.Policy == AcceptNew:
		h.learn(key)
		return nil
	case h.has(markerAuthority, ""):
		return h.error(fmt.Errorf("it shows the host key %s without a certificate of the known authority", describe(key, "")),
			"check the server's HostCertificate, or trust the key with this line of known_hosts:\n"+line)
	}
	return h.error(fmt.Errorf("its host key %s is not known", describe(key, "")),
		`compare the fingerprint with what the host publishes, then trust the key by adding this line to auth.ssh.known_hosts or to `+
			h.fileName()+`, or set auth.ssh.host_key_policy = "accept-new":`+"\n"+line)
}

func (h *hostKeys) fileName() string {
	if h.file == "" {
		return "known_hosts_file"
	}
	return h.file
}

func (h *hostKeys) error(err error, hint string) error {
	return &Error{Kind: ErrHostKey, Host: h.location.address(), Err: err, Hint: hint, lasting: true}
}

// learn keeps a new key: in this process, and in the file if there is a file. An error of writing
// it is only logged: homes of automation are often not writable.
func (h *hostKeys) learn(key ssh.PublicKey) {
	h.learned = append(h.learned, key)
	h.location.options.logf("the host key of %s, %s, is new and accepted", h.location.address(), describe(key, ""))
	if h.file == "" {
		return
	}
	host := h.location.knownAs()
	if h.location.settings.hashKnownHosts == "yes" {
		host = knownhosts.HashHostname(host)
	}
	line := host + strings.TrimPrefix(knownhosts.Line([]string{"x"}, key), "x") + "\n"
	if err := appendLine(h.file, line); err != nil {
		h.location.options.logf("the host key of %s is not kept: %v", h.location.address(), err)
	}
}

// appendLine adds a line with a single write, so that processes that do so concurrently spoil
// nothing.
func appendLine(file, line string) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	last := make([]byte, 1)
	if n := info.Size(); n > 0 {
		if _, err := f.ReadAt(last, n-1); err == nil && last[0] != '\n' {
			line = "\n" + line
		}
	}
	_, err = f.WriteString(line)
	return err
}

package sshclient

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Outcomes of a login that failed without the connection being lost.
var (
	errNoneTaken = errors.New("the server takes none of the keys")
	errUnsigned  = errors.New("the key does not sign")
)

// next is called by the SSH library after each response to a login. It returns the keys that are
// left. With (nil, nil) the library returns the error that it has met.
func (l *login) next(c *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	if c.AllowedMethods == nil { // the response to the first request, without a key, could not be read
		return nil, nil
	}
	l.asked, l.allowed = true, c.AllowedMethods
	first := len(c.TriedMethods) + len(c.PartialSuccessMethods)
	switch partly := len(c.PartialSuccessMethods); {
	case partly > l.partly || first == 1: // it wants another key (sshd_config(5), AuthenticationMethods), or the first
		l.partly, l.from = partly, 0
	case l.unsigned > l.from: // ssh(1) goes on with the next key
		l.from = l.unsigned
	default:
		return nil, nil
	}
	if !slices.Contains(l.allowed, "publickey") {
		return nil, errNoneTaken
	}
	return l.method(l.from), nil
}

// method offers the keys from an index on. When the library asks for the keys a second time, the
// server has refused each: all other outcomes are errors of the library, which gives them no types.
func (l *login) method(from int) ssh.AuthMethod {
	again := false
	return ssh.RetryableAuthMethod(ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
		if again {
			return nil, errNoneTaken
		}
		again = true
		var signers []ssh.Signer
		for i, s := range l.signers[from:] {
			signers = append(signers, l.watched(from+i, s))
		}
		return signers, nil
	}), 0)
}

// watched returns a signer that records when its key does not sign: an agent may ask its user
// (ssh-add -c), be locked, or be gone.
func (l *login) watched(i int, s ssh.Signer) ssh.Signer {
	with, ok := s.(ssh.AlgorithmSigner)
	if !ok {
		return s
	}
	w := watchedSigner{with, func(err error) error {
		l.unsigned = i + 1
		l.refusing = append(l.refusing, fmt.Sprintf("%s (%v)", l.offered[i], err))
		return fmt.Errorf("%w: %w", errUnsigned, err)
	}}
	if of, ok := s.(ssh.MultiAlgorithmSigner); ok {
		return watchedMulti{w, of}
	}
	return w
}

// watchedSigner reports when a signature fails.
type watchedSigner struct {
	ssh.AlgorithmSigner
	failed func(error) error
}

// Sign implements ssh.Signer.
func (w watchedSigner) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return w.SignWithAlgorithm(random, data, "")
}

// SignWithAlgorithm implements ssh.AlgorithmSigner.
func (w watchedSigner) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	s, err := w.AlgorithmSigner.SignWithAlgorithm(random, data, algorithm)
	if err != nil {
		return nil, w.failed(err)
	}
	return s, nil
}

// watchedMulti is a watchedSigner that knows its algorithms.
type watchedMulti struct {
	watchedSigner
	of ssh.MultiAlgorithmSigner
}

// Algorithms implements ssh.MultiAlgorithmSigner.
func (w watchedMulti) Algorithms() []string { return w.of.Algorithms() }

// ended returns the reason why a login failed.
func (l *login) ended(err error, banner string) *Error {
	reason, words, disconnected := disconnect(err)
	switch {
	case errors.Is(err, errNoneTaken), errors.Is(err, errUnsigned):
		return l.denied(banner)
	case disconnected && l.asked && denies(reason):
		if banner == "" {
			banner = words
		}
		return l.denied(banner)
	case disconnected:
		return &Error{Kind: ErrUnreachable, Host: l.location.address(), Words: words, Err: fmt.Errorf("the server ended the connection during the login (reason %d)", reason)}
	case lost(err):
		return &Error{Kind: ErrUnreachable, Host: l.location.address(), Err: fmt.Errorf("the connection was lost during the login with %s: %w", strings.Join(l.offered, ", "), err)}
	}
	return &Error{Kind: ErrUnreachable, Host: l.location.address(), Err: fmt.Errorf("the login was broken off, for the server does not keep to the protocol: %w", err)}
}

// disconnect returns a server's message when it ended the connection (RFC 4253, 11.1). The type of
// that error is private to the library, its fields are not.
func disconnect(err error) (reason uint64, words string, ok bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		v := reflect.Indirect(reflect.ValueOf(err))
		if v.Kind() != reflect.Struct {
			continue
		}
		r, m := v.FieldByName("Reason"), v.FieldByName("Message")
		if r.IsValid() && m.IsValid() && r.CanUint() && m.Kind() == reflect.String && v.FieldByName("Language").IsValid() {
			return r.Uint(), m.String()[:min(m.Len(), maxWords)], true
		}
	}
	return 0, "", false
}

// denies reports whether the reason of a disconnection is about the user. "Too many authentication
// failures" is OpenSSH's, with the reason "protocol error".
func denies(reason uint64) bool {
	const notAllowed, protocolError, cancelled, noMoreMethods, illegalUser = 1, 2, 13, 14, 15
	return slices.Contains([]uint64{notAllowed, protocolError, cancelled, noMoreMethods, illegalUser}, reason)
}

// denied is the error of a login that no key sufficed for.
func (l *login) denied(banner string) *Error {
	e := &Error{Kind: ErrDenied, Host: l.location.address(), Words: banner, lasting: true}
	const most = 8
	offered := l.offered
	if len(offered) > most {
		offered = append(offered[:most:most], fmt.Sprintf("and %d more", len(offered)-most))
	}
	switch {
	case len(l.allowed) > 0 && !slices.Contains(l.allowed, "publickey"):
		e.Err = fmt.Errorf("the server does not let user %s in with a key, only with %s", l.location.user, strings.Join(l.allowed, ", "))
		e.Hint = "check the user name, and that the server takes keys (PubkeyAuthentication)"
	case len(l.refusing) > 0:
		e.Kind = ErrKey
		e.Err = fmt.Errorf("the server knows a key of user %s that the agent does not sign with: %s", l.location.user, strings.Join(l.refusing, ", "))
		if len(l.offered) > len(l.refusing) {
			e.Err = fmt.Errorf("%w; of the keys offered it takes no other: %s", e.Err, strings.Join(offered, ", "))
		}
		e.Hint = "confirm the agent's question (ssh-add -c), unlock it, touch the security key, or name another key in auth.ssh"
	case len(offered) == 0:
		e.Err = fmt.Errorf("the server wants a key of user %s, and there is none to offer", l.location.user)
		e.Hint = "set auth.ssh.private_key_pem or private_key_file, or add a key to an agent"
	default:
		e.Err = fmt.Errorf("the server does not let user %s in with any of these keys: %s", l.location.user, strings.Join(offered, ", "))
		e.Hint = "check the user name, and that the server knows one of these keys"
		if len(l.offered) > 5 { // sshd_config(5), MaxAuthTries: 6
			e.Hint += "; many servers look at five or six at most: name the right one in auth.ssh, or use IdentitiesOnly"
		}
	}
	if len(l.skipped) > 0 {
		e.Err = fmt.Errorf("%w (%s)", e.Err, strings.Join(l.skipped, "; "))
	}
	return e
}

package httpwire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// certificates parses PEM text of certificates to trust.
func certificates(text string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(text)) {
		if strings.Contains(text, "PRIVATE KEY-----") {
			return nil, errors.New("the CA certificate is a private key: give the authority's certificate")
		}
		return nil, errors.New("the CA certificate is no PEM certificate: give the text that begins with -----BEGIN CERTIFICATE-----")
	}
	return pool, nil
}

// clientPair parses the PEM texts of a client certificate and its key. No error holds anything of
// the key.
func clientPair(cert, key string) (tls.Certificate, error) {
	for rest := []byte(key); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return tls.Certificate{}, errors.New("the key of the client certificate is encrypted: decrypt it first, as with openssl pkey, and keep it in a secret store")
		}
	}
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	switch {
	case err == nil:
		return pair, nil
	case strings.Contains(cert, "PRIVATE KEY-----") && !strings.Contains(cert, "-----BEGIN CERTIFICATE-----"):
		return pair, errors.New("the client certificate is a private key: client_cert_pem and client_key_pem may be confused")
	}
	return pair, fmt.Errorf("client certificate and key: %w", err)
}

// wantedKey is the key of an *atomic.Bool in a request's context. It becomes true when the server
// asks for a client certificate in the handshake and there is none. crypto/tls gives its callback
// nothing else of the request.
type wantedKey struct{}

// noCertificate answers a server that asks for a client certificate with none, and tells the
// request that the handshake is for. A server that insists says so after the handshake (RFC 8446,
// 4.4.2.4), when HTTP/2 may have given up the connection already, with an error that gives no
// reason.
func noCertificate(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if wanted, ok := asked.Context().Value(wantedKey{}).(*atomic.Bool); ok {
		wanted.Store(true)
	}
	return new(tls.Certificate), nil
}

// nameless reports whether an error has no known cause: it is not from the network, is no end of a
// stream, and no end of a wait.
func nameless(err error) bool {
	var network net.Error
	for _, named := range []error{io.EOF, io.ErrUnexpectedEOF, exchange.ErrStalled, exchange.ErrClosed, context.Canceled} {
		if errors.Is(err, named) {
			return false
		}
	}
	return !errors.As(err, &network)
}

// isTLS reports whether an error is about trust, so that waiting does not help.
func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &verify) || errors.As(err, &record) || alert(err) != ""
}

// alert returns the text of an alert of the handshake (RFC 8446, 6.2); "" for any other error.
func alert(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") {
		return op.Err.Error()
	}
	return ""
}

const hintCertificate = "the server wants a client certificate: set tls.client_cert_pem and tls.client_key_pem"

// tlsHint returns the hint for an error about trust.
func tlsHint(err error) string {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	said := alert(err)
	switch {
	case errors.As(err, &host):
		return "the certificate is for another name: use the name that it is for in the URL, or have a certificate made for this one"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate is out of date, or the clock of this machine is wrong"
	case strings.Contains(said, "certificate required"), strings.Contains(said, "handshake failure"):
		return hintCertificate
	case strings.Contains(said, "bad certificate"), strings.Contains(said, "unknown certificate"), strings.Contains(said, "expired certificate"), strings.Contains(said, "revoked certificate"):
		return "the server does not take our client certificate, or wants one: check tls.client_cert_pem, that it is not out of date and by an authority which the server trusts"
	case said != "":
		return "the server ends the TLS handshake: check its TLS versions and tls.client_cert_pem"
	}
	return "a private certificate authority goes into tls.ca_cert_pem or tls.ca_cert_file (or the file that SSL_CERT_FILE names)"
}

package httpwire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

func TestWhatKeepsTLSFromWorkingIsSaid(t *testing.T) {
	t.Parallel()
	verification := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	remote := func(text string) error { return &net.OpError{Op: "remote error", Err: errors.New(text)} }
	for _, tt := range []struct {
		err  error
		want string
	}{
		{verification(x509.UnknownAuthorityError{}), "tls.ca_cert_pem"},
		{verification(x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"other"}}, Host: "host"}), "another name"},
		{verification(x509.CertificateInvalidError{Reason: x509.Expired}), "clock of this machine"},
		{remote("tls: certificate required"), "set tls.client_cert_pem"},
		{remote("tls: bad certificate"), "client certificate"},
		{remote("tls: expired certificate"), "out of date"},
		{remote("tls: protocol version not supported"), "TLS versions"},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "tls.ca_cert_pem"},
	} {
		r, s := scripted(t, settings{}, broken(fmt.Errorf("x: %w", tt.err)))
		err := r.list(t.Context())
		if !errors.Is(err, exchange.ErrTLS) || !strings.Contains(err.Error(), tt.want) || len(s.Asked) != 1 {
			t.Errorf("%v: got %v after %d requests, want %q", tt.err, err, len(s.Asked), tt.want)
		}
	}
}

func TestWhatHasNoNameMayBeACertificateThatIsMissing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{errors.New("http2: client conn could not be established"), true},
		{fmt.Errorf("read: %w", io.EOF), false},
		{io.ErrUnexpectedEOF, false},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, false},
		{context.DeadlineExceeded, false},
		{context.Canceled, false},
		{exchange.ErrStalled, false},
	} {
		if got := nameless(tt.err); got != tt.want {
			t.Errorf("%v: %t, want %t", tt.err, got, tt.want)
		}
	}
}

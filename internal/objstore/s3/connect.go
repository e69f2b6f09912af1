package s3

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/nanogit/terraform-provider-nanogit/internal/awscred"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/remote"
)

const (
	connectTimeout = 5 * time.Second // the caller's context is mostly shorter
	answerTimeout  = 15 * time.Second
	tries          = 2 // a second try for a connection that was closed while idle, or for "slow down"
)

// connect makes the client; nothing goes over the network.
func (s *Store) connect(o Options) error {
	region := first(o.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), "us-east-1")
	host, secure, err := endpoint(first(o.Endpoint, os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL")), region)
	if err != nil {
		return err
	}
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return err
	}
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext
	transport.TLSHandshakeTimeout, transport.ResponseHeaderTimeout = connectTimeout, answerTimeout
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost = s.parallel, s.parallel, s.parallel
	if err := trust(transport, os.Getenv("AWS_CA_BUNDLE")); err != nil {
		return err
	}
	client, err := minio.New(host, &minio.Options{
		Creds: awscred.Find(), Secure: secure, Transport: transport, Region: region, MaxRetries: tries,
	})
	if err != nil {
		return fmt.Errorf("endpoint %q: %w", host, err)
	}
	// Names are checked here, since each request would fail on them.
	if o.Bucket == "" || strings.ContainsAny(o.Bucket, "/@:?# ") {
		return fmt.Errorf("bucket %q is not the name of a bucket", o.Bucket)
	}
	s.client, s.idle = minio.Core{Client: client}, transport.CloseIdleConnections
	s.site = &remote.Site{
		Target:  fmt.Sprintf("s3 bucket %q at %s", s.bucket, host),
		Secrets: []string{os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")},
		Next:    s.next,
	}
	return nil
}

// trust adds the certificates of a file to the system's, of which Go itself knows SSL_CERT_FILE and
// SSL_CERT_DIR.
func trust(t *http.Transport, file string) error {
	if file == "" || t.TLSClientConfig == nil {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("AWS_CA_BUNDLE: %w", err)
	}
	roots := t.TLSClientConfig.RootCAs
	if roots == nil {
		if roots, err = x509.SystemCertPool(); err != nil {
			roots = x509.NewCertPool()
		}
	}
	if !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("AWS_CA_BUNDLE: %s holds no certificate", file)
	}
	t.TLSClientConfig.RootCAs = roots
	return nil
}

// errEndpoint has nothing of the endpoint in it, which may hold credentials.
var errEndpoint = errors.New("endpoint is not of the form host[:port] or https://host[:port]; credentials belong into the environment")

// endpoint returns the host[:port] to ask, and whether by TLS: by plain HTTP only where that is
// said, or on the loopback interface.
func endpoint(raw, region string) (host string, secure bool, err error) {
	if raw == "" {
		if strings.HasPrefix(region, "cn-") {
			return "s3." + region + ".amazonaws.com.cn", true, nil
		}
		return "s3." + region + ".amazonaws.com", true, nil
	}
	said := strings.Contains(raw, "://")
	if !said {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false, errEndpoint
	}
	switch u.Scheme {
	case "http":
		return u.Host, false, nil
	case "https":
		return u.Host, said || !isLoopback(u.Hostname()), nil
	}
	return "", false, errEndpoint
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// directory is a prefix that ends with a slash, or is empty.
func directory(prefix string) string {
	if prefix = strings.Trim(prefix, "/"); prefix == "" {
		return ""
	}
	return prefix + "/"
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func isCorrupt(err error) bool { return errors.Is(err, objstore.ErrCorrupt) }

func isCancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func isNetwork(err error) bool {
	var n net.Error
	return errors.As(err, &n)
}

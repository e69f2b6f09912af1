package gittest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// identity is a certificate authority for a server, with a certificate for the server and a
// certificate for its clients.
type identity struct {
	server                         tls.Certificate
	pool                           *x509.CertPool // holds the authority
	caPEM, clientPEM, clientKeyPEM string
}

// newIdentity makes an authority and the certificates of the server and of a client.
func newIdentity() (*identity, error) {
	now := time.Now()
	template := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		}
	}
	ca := template(1, "gittest authority")
	ca.IsCA, ca.KeyUsage = true, x509.KeyUsageCertSign
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	issue := func(cert *x509.Certificate, key *ecdsa.PrivateKey) (certPEM, keyPEM string, err error) {
		der, err := x509.CreateCertificate(rand.Reader, cert, ca, &key.PublicKey, caKey)
		if err != nil {
			return "", "", fmt.Errorf("issue a certificate for %s: %w", cert.Subject.CommonName, err)
		}
		keyDER, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return "", "", err
		}
		certPEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		keyPEM = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
		return certPEM, keyPEM, nil
	}
	id := &identity{pool: x509.NewCertPool()}
	if id.caPEM, _, err = issue(ca, caKey); err != nil {
		return nil, err
	}
	id.pool.AppendCertsFromPEM([]byte(id.caPEM))

	server := template(2, "localhost")
	server.DNSNames, server.IPAddresses = []string{"localhost", ProxyHost}, []net.IP{net.IPv4(127, 0, 0, 1)}
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	certPEM, keyPEM, err := issue(server, serverKey)
	if err != nil {
		return nil, err
	}
	if id.server, err = tls.X509KeyPair([]byte(certPEM), []byte(keyPEM)); err != nil {
		return nil, err
	}

	client := template(3, "gittest client")
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	clientKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	id.clientPEM, id.clientKeyPEM, err = issue(client, clientKey)
	return id, err
}

func (id *identity) config(clientCert bool) *tls.Config {
	c := &tls.Config{Certificates: []tls.Certificate{id.server}, MinVersion: tls.VersionTLS12}
	if clientCert {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, id.pool
	}
	return c
}

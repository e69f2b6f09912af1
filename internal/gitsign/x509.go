package gitsign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/smallstep/pkcs7"
)

// messageType is the PEM type of signatures that gpgsm and smimesign write.
const messageType = "SIGNED MESSAGE"

// x509Key signs with the key of a certificate.
type x509Key struct {
	key    crypto.Signer
	leaf   *x509.Certificate
	chain  []*x509.Certificate // its issuer, the issuer of that, …
	digest asn1.ObjectIdentifier
}

// sign makes a detached CMS signature (RFC 5652) with the chain in it.
func (k x509Key) sign(_ context.Context, payload []byte) ([]byte, error) {
	data, err := pkcs7.NewSignedData(payload)
	if err != nil {
		return nil, err
	}
	data.SetDigestAlgorithm(k.digest)
	if err := data.AddSignerChain(k.leaf, k.key, k.chain, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, err
	}
	data.Detach()
	der, err := data.Finish()
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: messageType, Bytes: der}), nil
}

// newX509 reads a private key, its certificate and the chain.
func newX509(o Options) (*Signer, error) {
	raw, err := parseKey(o)
	if err != nil {
		return nil, err
	}
	k := x509Key{digest: pkcs7.OIDDigestAlgorithmSHA256}
	switch key := raw.(type) {
	case *rsa.PrivateKey:
		k.key = key
	case *ecdsa.PrivateKey:
		k.key = key
		switch key.Curve {
		case elliptic.P384():
			k.digest = pkcs7.OIDDigestAlgorithmSHA384
		case elliptic.P521():
			k.digest = pkcs7.OIDDigestAlgorithmSHA512
		}
	default:
		return nil, &Error{Reason: "the private key is neither RSA nor ECDSA", Next: "use an RSA or ECDSA key and a certificate for it"}
	}
	certificates, err := parseCertificates(o.Certificate)
	if err != nil {
		return nil, &Error{Of: OfCertificate, Reason: "the certificate cannot be read", Err: err, Next: "set certificate or certificate_file to the certificate and its chain, in PEM"}
	}
	own := slices.IndexFunc(certificates, func(c *x509.Certificate) bool { return samePublic(k.key, c) })
	if own < 0 {
		return nil, &Error{Of: OfCertificate, Reason: "no certificate is for the private key", Next: "set certificate or certificate_file to the certificate of this key, and its chain"}
	}
	k.leaf = certificates[own]
	k.chain = chain(k.leaf, certificates)
	if err := checkLeaf(k.leaf, o.Now()); err != nil {
		return nil, &Error{Of: OfCertificate, Reason: "the certificate does not sign", Err: err, Next: "have a certificate issued that is valid and for digital signatures"}
	}
	return &Signer{
		method: k, key: fmt.Sprintf("the X.509 certificate %X", sha256.Sum256(k.leaf.Raw)),
		addresses: addresses(k.leaf), named: true,
	}, nil
}

func parseCertificates(text []byte) (all []*x509.Certificate, err error) {
	for block, rest := pem.Decode(append(bytes.TrimSpace(text), '\n')); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("there is no -----BEGIN CERTIFICATE----- in it")
	}
	return all, nil
}

// samePublic reports whether a certificate is for the key.
func samePublic(key crypto.Signer, c *x509.Certificate) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}

// chain returns the issuers of a certificate, in order, as far as they are there.
func chain(c *x509.Certificate, all []*x509.Certificate) (issuers []*x509.Certificate) {
	for {
		i := slices.IndexFunc(all, func(issuer *x509.Certificate) bool {
			return issuer != c && !slices.Contains(issuers, issuer) && c.CheckSignatureFrom(issuer) == nil
		})
		if i < 0 {
			return issuers
		}
		c = all[i]
		issuers = append(issuers, c)
	}
}

// checkLeaf refuses certificates that gpgsm and hosts do not verify signatures with.
func checkLeaf(c *x509.Certificate, now time.Time) error {
	const signing = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch {
	case now.Before(c.NotBefore):
		return fmt.Errorf("it is valid from %s on", c.NotBefore.UTC().Format(time.RFC3339))
	case now.After(c.NotAfter):
		return fmt.Errorf("it expired at %s", c.NotAfter.UTC().Format(time.RFC3339))
	case c.KeyUsage != 0 && c.KeyUsage&signing == 0:
		return errors.New("its key usage has no digital signatures")
	case len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0 && !slices.ContainsFunc(c.ExtKeyUsage, func(u x509.ExtKeyUsage) bool {
		return u == x509.ExtKeyUsageEmailProtection || u == x509.ExtKeyUsageCodeSigning || u == x509.ExtKeyUsageAny
	}):
		return errors.New("its extended key usage has neither e-mail protection nor code signing")
	}
	return nil
}

// addresses are the e-mail addresses of a certificate, in its alternative names and its subject.
func addresses(c *x509.Certificate) []string {
	all := slices.Clone(c.EmailAddresses)
	email := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	for _, name := range c.Subject.Names {
		if text, ok := name.Value.(string); ok && name.Type.Equal(email) {
			all = append(all, text)
		}
	}
	return all
}

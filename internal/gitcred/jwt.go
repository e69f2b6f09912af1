package gitcred

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// parseKey reads an RSA private key in PEM: PKCS #1, as GitHub issues it, or PKCS #8. Its errors
// contain nothing of the key.
func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil {
		if strings.Contains(text, `\n`) {
			return nil, errors.New("it is no PEM: it has \\n in it where the lines should end")
		}
		return nil, errors.New("it is no PEM: give the whole file that GitHub let you download, with its BEGIN and END lines")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, errors.New("it is encrypted: decrypt it first, as with openssl pkey")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("its content is not that of an RSA private key (PKCS #1)")
		}
		return key, nil
	case "PRIVATE KEY":
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("its content is not that of a private key (PKCS #8)")
		}
		if key, ok := parsed.(*rsa.PrivateKey); ok {
			return key, nil
		}
		return nil, errors.New("it is not an RSA key, and GitHub Apps have no others")
	}
	return nil, fmt.Errorf("it holds a %.40q, not a private key", block.Type)
}

// The times of a JSON web token for GitHub: it may be valid for ten minutes at most, and is dated
// back for clocks that are ahead of GitHub's by less than that.
const (
	jwtBack = time.Minute
	jwtLife = 9 * time.Minute
)

// jwt makes the signed token (RFC 7519; RS256 of RFC 7518, 3.3) with which an App authenticates.
func jwt(key *rsa.PrivateKey, issuer string, now time.Time) (string, error) {
	claims, err := json.Marshal(struct {
		IssuedAt int64  `json:"iat"`
		Expires  int64  `json:"exp"`
		Issuer   string `json:"iss"`
	}{now.Add(-jwtBack).Unix(), now.Add(jwtLife - jwtBack).Unix(), issuer})
	if err != nil {
		return "", err
	}
	b64 := base64.RawURLEncoding
	signed := b64.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + b64.EncodeToString(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign with the App's key: %w", err)
	}
	return signed + "." + b64.EncodeToString(signature), nil
}

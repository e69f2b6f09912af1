package sshclient

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
)

// encryptedPKCS8 is the PEM type of the keys that `openssl genpkey -aes256` and `ssh-keygen -m
// PKCS8` write (RFC 7468, 11).
const encryptedPKCS8 = "ENCRYPTED PRIVATE KEY"

// The structures of RFC 5958, 3 and RFC 8018, A.
type (
	encryptedKeyInfo struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2Params struct {
		KDF    pkix.AlgorithmIdentifier
		Cipher pkix.AlgorithmIdentifier
	}
	pbkdf2Params struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	prfs      = map[string]func() hash.Hash{
		"":                    sha1.New, // the default: RFC 8018, A.2
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.10": sha512.New384,
		"1.2.840.113549.2.11": sha512.New,
	}
	blockCiphers = map[string]struct {
		size int
		make func([]byte) (cipher.Block, error)
	}{
		"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
		"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
		"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
		"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
	}
)

// maxIterations bounds the work that a key file can ask for.
const maxIterations = 10_000_000

// decryptPKCS8 reads a key that is encrypted with PBES2 (RFC 8018, 6.2): PBKDF2, then AES or triple
// DES in CBC mode.
func decryptPKCS8(der []byte, passphrase string) (any, error) {
	var info encryptedKeyInfo
	var params pbes2Params
	if err := unmarshalAll(der, &info); err != nil || !info.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, errPKCS8
	}
	if err := unmarshalAll(info.Algorithm.Parameters.FullBytes, &params); err != nil || !params.KDF.Algorithm.Equal(oidPBKDF2) {
		return nil, errPKCS8
	}
	var kdf pbkdf2Params
	if err := unmarshalAll(params.KDF.Parameters.FullBytes, &kdf); err != nil || kdf.Iterations < 1 || kdf.Iterations > maxIterations {
		return nil, errPKCS8
	}
	prf, known := prfs[kdf.PRF.Algorithm.String()]
	scheme, ok := blockCiphers[params.Cipher.Algorithm.String()]
	var iv []byte
	if err := unmarshalAll(params.Cipher.Parameters.FullBytes, &iv); err != nil || !known || !ok {
		return nil, errPKCS8
	}
	key, err := pbkdf2.Key(prf, passphrase, kdf.Salt, kdf.Iterations, scheme.size)
	if err != nil {
		return nil, fmt.Errorf("decrypt the private key: %w", err)
	}
	block, err := scheme.make(key)
	if err != nil || len(iv) != block.BlockSize() || len(info.Data) == 0 || len(info.Data)%block.BlockSize() != 0 {
		return nil, errPKCS8
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	// The padding shows that the passphrase was right, most of the time; otherwise the key cannot
	// be read (RFC 8018, 6.1.1).
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > block.BlockSize() {
		return nil, ErrPassphraseWrong
	}
	private, err := x509.ParsePKCS8PrivateKey(plain[:len(plain)-pad])
	if err != nil {
		return nil, ErrPassphraseWrong
	}
	return private, nil
}

var errPKCS8 = errors.New("an encrypted PKCS#8 key of a kind that is not known: ssh-keygen -p -f key writes it in OpenSSH's own format")

// unmarshalAll reads a value that nothing follows.
func unmarshalAll(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = errors.New("more data than one value")
	}
	return err
}

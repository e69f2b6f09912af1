package gitobj

import "strings"

// SignatureKind is the kind of an armored signature, by its first line.
type SignatureKind string

// The kinds of signatures that git makes (gpg-interface.c).
const (
	SignatureSSH     SignatureKind = "ssh"
	SignatureOpenPGP SignatureKind = "openpgp"
	SignatureX509    SignatureKind = "x509"
	SignatureUnknown SignatureKind = ""
)

// KindOfSignature tells the kind of an armored signature. It verifies nothing.
func KindOfSignature(armored string) SignatureKind {
	first, _, _ := strings.Cut(armored, "\n")
	switch strings.TrimSpace(first) {
	case "-----BEGIN SSH SIGNATURE-----":
		return SignatureSSH
	case "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----":
		return SignatureOpenPGP
	case "-----BEGIN SIGNED MESSAGE-----":
		return SignatureX509
	}
	return SignatureUnknown
}

// Signed is the armored signature of the commit, which Sign added; "" if it has none.
func (c *Commit) Signed() string {
	key := "gpgsig"
	if c.Tree.Format() == SHA256 {
		key = "gpgsig-sha256"
	}
	return c.extra(key)
}

// Encoding is the name of the encoding of the commit's names and message; "" for UTF-8.
func (c *Commit) Encoding() string { return c.extra("encoding") }

// extra is the value of the first further header of a key.
func (c *Commit) extra(key string) string {
	for _, h := range c.Extra {
		if h.Key == key {
			return h.Value
		}
	}
	return ""
}

// Package gitsign signs commits, with SSH, OpenPGP and X.509 keys.
//
//	settings ──► New ──► Signer       the key is read and decrypted, and refused if it cannot sign
//	a commit's bytes ──► Signer.Sign ──► the armored signature, as `git commit -S` writes it
//	                          └─► an SSH agent, if it has the key
//
// The provider makes a Signer when it is configured; the writer calls it for each commit.
package gitsign

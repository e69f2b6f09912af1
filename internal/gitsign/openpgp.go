package gitsign

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// pgpKey signs with a key of a keyring, or a subkey of it.
type pgpKey struct {
	entity *openpgp.Entity
	config *packet.Config
}

func (k pgpKey) sign(_ context.Context, payload []byte) ([]byte, error) {
	var out bytes.Buffer
	if err := openpgp.ArmoredDetachSign(&out, k.entity, bytes.NewReader(payload), k.config); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// newOpenPGP reads an armored keyring, chooses the key and decrypts it.
func newOpenPGP(o Options) (*Signer, error) {
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(bytes.TrimSpace(o.Key)))
	if err == nil && len(ring) == 0 {
		err = errors.New("it has no key")
	}
	if err != nil {
		return nil, &Error{Reason: "the OpenPGP key cannot be read", Err: err, Next: "export it with gpg --armor --export-secret-keys, and set private_key or private_key_file to all of its lines"}
	}
	key, err := choose(ring, o.KeyID, o.Now())
	if err != nil {
		return nil, err
	}
	if key.PrivateKey.Encrypted {
		if o.Passphrase == "" {
			return nil, noPassphrase()
		}
		err := key.PrivateKey.Decrypt([]byte(o.Passphrase))
		if unsupported := pgperrors.UnsupportedError(""); errors.As(err, &unsupported) {
			return nil, &Error{Reason: "the OpenPGP key cannot be decrypted", Err: err, Next: "export it again with a current GnuPG"}
		}
		if err != nil {
			return nil, wrongPassphrase()
		}
	}
	s := &Signer{
		method: pgpKey{key.Entity, &packet.Config{Time: o.Now, SigningKeyId: key.PublicKey.KeyId, DefaultHash: crypto.SHA512}},
		key:    fmt.Sprintf("the OpenPGP key %X", key.PublicKey.Fingerprint),
		named:  true,
	}
	for _, identity := range key.Entity.Identities {
		if identity.UserId != nil && identity.UserId.Email != "" && !identity.Revoked(o.Now()) {
			s.addresses = append(s.addresses, identity.UserId.Email)
		}
	}
	slices.Sort(s.addresses)
	if _, err := s.Sign(context.Background(), []byte("test")); err != nil {
		return nil, &Error{Reason: "the OpenPGP key does not sign", Err: err, Next: "set private_key to another key"}
	}
	return s, nil
}

// choose finds the key that signs. id names a key, or with "!" at its end or as a subkey's id that
// very key, as gpg's --local-user does.
func choose(ring openpgp.EntityList, id string, now time.Time) (openpgp.Key, error) {
	wanted, exact := strings.CutSuffix(strings.TrimSpace(id), "!")
	wanted = strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(wanted, "0x"), "0X"), " ", ""))
	var found []openpgp.Key
	var why []string
	for _, entity := range ring {
		only := uint64(0)
		if wanted != "" {
			key, ok := named(entity, wanted)
			if !ok {
				continue
			}
			if exact || key != entity.PrimaryKey {
				only = key.KeyId
			}
		}
		if key, ok := signingKey(entity, only, now); ok {
			found = append(found, key)
		} else {
			why = append(why, unusable(entity, only, now))
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var ids []string
		for _, key := range found {
			ids = append(ids, key.PublicKey.KeyIdString())
		}
		return openpgp.Key{}, &Error{Of: OfKeyID, Reason: "several keys can sign: " + strings.Join(ids, ", "), Next: "set key_id to one of them"}
	case len(why) > 0:
		return openpgp.Key{}, &Error{Reason: "the OpenPGP key does not sign: " + strings.Join(why, "; "), Next: "make the key able to sign and export it again with gpg --armor --export-secret-keys, or set another key"}
	}
	return openpgp.Key{}, &Error{Of: OfKeyID, Reason: fmt.Sprintf("the keyring has no key %.60q", id), Next: "set key_id to the id or the fingerprint of a key or subkey in it (gpg --list-secret-keys --keyid-format long)"}
}

// named finds the primary key or the subkey whose fingerprint ends with the hexadecimal id.
func named(e *openpgp.Entity, id string) (*packet.PublicKey, bool) {
	const shortest = 8 // gpg's short key ids
	all := []*packet.PublicKey{e.PrimaryKey}
	for _, sub := range e.Subkeys {
		all = append(all, sub.PublicKey)
	}
	for _, key := range all {
		if len(id) >= shortest && strings.HasSuffix(fmt.Sprintf("%X", key.Fingerprint), id) {
			return key, true
		}
	}
	return nil, false
}

// signingKey returns the key that signs for an entity: the newest subkey that can and whose private
// half is there, or the primary key. only restricts the choice to the key of this id, unless it is
// 0.
func signingKey(e *openpgp.Entity, only uint64, now time.Time) (openpgp.Key, bool) {
	subkeys := slices.Clone(e.Subkeys)
	slices.SortStableFunc(subkeys, func(a, b openpgp.Subkey) int {
		return cmp.Compare(b.Sig.CreationTime.Unix(), a.Sig.CreationTime.Unix())
	})
	ids := make([]uint64, 0, len(subkeys)+1)
	for _, sub := range subkeys {
		ids = append(ids, sub.PublicKey.KeyId)
	}
	for _, id := range append(ids, e.PrimaryKey.KeyId) {
		if only != 0 && id != only {
			continue
		}
		key, ok := e.SigningKeyById(now, id)
		if ok && key.PrivateKey != nil && !key.PrivateKey.Dummy() {
			return key, true
		}
	}
	return openpgp.Key{}, false
}

// unusable says why signingKey finds no key.
func unusable(e *openpgp.Entity, only uint64, now time.Time) string {
	id := e.PrimaryKey.KeyIdString()
	self, _ := e.PrimarySelfSignature()
	switch {
	case self == nil:
		return id + " has no valid user id"
	case e.Revoked(now):
		return id + " is revoked"
	case e.PrimaryKey.KeyExpired(self, now):
		return id + " has expired (gpg --quick-set-expire extends it)"
	}
	var why []string
	add := func(key *packet.PublicKey, private *packet.PrivateKey, sig *packet.Signature, revoked bool) {
		if only != 0 && key.KeyId != only {
			return
		}
		id := key.KeyIdString()
		switch {
		case !sig.FlagsValid || !sig.FlagSign || !key.PubKeyAlgo.CanSign():
			if only != 0 {
				why = append(why, id+" is not a signing key")
			}
		case revoked:
			why = append(why, "the signing key "+id+" is revoked")
		case key.KeyExpired(sig, now) || sig.SigExpired(now):
			why = append(why, "the signing key "+id+" has expired (gpg --quick-set-expire extends it)")
		case private == nil || private.Dummy():
			why = append(why, "the private half of the signing key "+id+" is missing")
		}
	}
	add(e.PrimaryKey, e.PrivateKey, self, false)
	for i := range e.Subkeys {
		sub := &e.Subkeys[i]
		add(sub.PublicKey, sub.PrivateKey, sub.Sig, sub.Revoked(now))
	}
	if len(why) == 0 {
		return id + " has no signing key (gpg --quick-add-key adds a signing subkey)"
	}
	return strings.Join(why, ", ")
}

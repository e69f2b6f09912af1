package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// newPGPKey makes an armored OpenPGP key for bot@example.com.
func newPGPKey(t *testing.T) string {
	t.Helper()
	e, err := openpgp.NewEntity("Bot", "", "bot@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := armor.Encode(&out, openpgp.PrivateKeyType, nil)
	if err == nil {
		err = errors.Join(e.SerializePrivate(w, nil), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestWrongSigningSettingsAreRefusedAtTheirAttributeWithoutTheirSecrets has a signing block, an
// environment and a part of its error in each case.
func TestWrongSigningSettingsAreRefusedAtTheirAttributeWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	plain, text := newKey(t)
	locked, lockedText := newKey(t, "-N", "s3cret-passphrase")
	public, err := os.ReadFile(plain + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	pgp := newPGPKey(t)
	of := func(name string) string {
		return `AttributeName("commit").AttributeName("signing").AttributeName("` + name + `")`
	}
	for name, tc := range map[string]struct {
		signing object
		env     map[string]string
		want    string
	}{
		"a format of none":                     {object{"format": "gitlab", "private_key": text}, nil, of("format")},
		"a key for the host":                   {object{"format": "github", "private_key": text}, nil, of("private_key") + ": A key that signs nothing"},
		"a key's file for the host":            {object{"format": "github", "private_key_file": plain}, nil, of("private_key_file") + ": A key that signs nothing"},
		"an agent for the host":                {object{"format": "github", "use_agent": true, "public_key": string(public)}, nil, of("use_agent") + ": A key that signs nothing"},
		"a passphrase for the host":            {object{"format": "github", "passphrase": "s3cret"}, nil, of("passphrase") + ": A key that signs nothing"},
		"a certificate for the host":           {object{"format": "github", "certificate": "x"}, nil, of("certificate") + ": A key that signs nothing"},
		"a key id for the host":                {object{"format": "github", "key_id": "0123"}, nil, of("key_id") + ": A key that signs nothing"},
		"an empty key":                         {object{"format": "ssh", "private_key": ""}, nil, of("private_key")},
		"a key twice":                          {object{"format": "ssh", "private_key": text, "private_key_file": plain}, nil, of("private_key_file") + ": Several keys"},
		"a key and an agent":                   {object{"format": "ssh", "private_key": text, "use_agent": true, "public_key": string(public)}, nil, of("use_agent") + ": Several keys"},
		"an agent without a public key":        {object{"format": "ssh", "use_agent": true}, nil, of("use_agent") + ": No public key"},
		"a public key without an agent":        {object{"format": "ssh", "private_key": text, "public_key": string(public)}, nil, of("public_key") + ": A public key without"},
		"a passphrase for an agent":            {object{"format": "ssh", "use_agent": true, "public_key": string(public), "passphrase": "s3cret"}, nil, of("passphrase") + ": A passphrase for an agent"},
		"an agent for OpenPGP":                 {object{"format": "openpgp", "use_agent": true, "public_key": string(public)}, nil, of("use_agent") + ": An attribute of another format"},
		"a key id for SSH":                     {object{"format": "ssh", "private_key": text, "key_id": "0123"}, nil, of("key_id") + ": An attribute of another format"},
		"a certificate for OpenPGP":            {object{"format": "openpgp", "private_key": pgp, "certificate": "x"}, nil, of("certificate") + ": An attribute of another format"},
		"X.509 without a certificate":          {object{"format": "x509", "private_key": text}, nil, of("certificate") + ": No certificate"},
		"two certificates":                     {object{"format": "x509", "private_key": text, "certificate": "x", "certificate_file": "y"}, nil, of("certificate_file") + ": Conflicting"},
		"no format":                            {object{"private_key": text}, nil, "commit.signing.format: No format"},
		"no key":                               {object{"format": "ssh"}, nil, "commit.signing.private_key: No key"},
		"an empty block":                       {object{}, nil, "NANOGIT_SIGNING_FORMAT"},
		"no agent":                             {object{"format": "ssh", "use_agent": true, "public_key": string(public)}, nil, "commit.signing.use_agent: Unusable agent"},
		"a public key that is none":            {object{"format": "ssh", "use_agent": true, "public_key": "id.pub"}, nil, "commit.signing.public_key: Unusable public key"},
		"no passphrase":                        {object{"format": "ssh", "private_key": lockedText}, nil, "commit.signing.passphrase: No passphrase"},
		"no passphrase for a file":             {object{"format": "ssh", "private_key_file": locked}, nil, "commit.signing.passphrase: No passphrase"},
		"a wrong passphrase":                   {object{"format": "ssh", "private_key": lockedText, "passphrase": "s3cret-other"}, nil, "commit.signing.passphrase: Wrong passphrase"},
		"a wrong passphrase in a variable":     {object{"format": "ssh", "private_key": lockedText}, map[string]string{envPassphrase: "s3cret-other"}, "NANOGIT_SIGNING_PASSPHRASE: Wrong passphrase"},
		"a file that is not there":             {object{"format": "ssh", "private_key_file": "/nonexistent/id"}, nil, "commit.signing.private_key_file: Unreadable file"},
		"a key that is none":                   {object{"format": "ssh", "private_key": "s3cret"}, nil, "commit.signing.private_key: Unusable private key"},
		"a file of another format":             {object{"format": "openpgp", "private_key_file": plain}, nil, "commit.signing.private_key_file: Unusable private key"},
		"a key id that is missing":             {object{"format": "openpgp", "private_key": pgp, "key_id": "0123456789ABCDEF"}, nil, "commit.signing.key_id: No such key"},
		"a certificate file that is not there": {object{"format": "x509", "private_key": text, "certificate_file": "/nonexistent/c"}, nil, "commit.signing.certificate_file: Unreadable file"},
		"a certificate that is none":           {object{"format": "openpgp", "private_key": text}, nil, "BEGIN PGP PRIVATE KEY BLOCK"},
		"a format in a variable":               {nil, map[string]string{envFormat: "gitlab", envKey: text}, "NANOGIT_SIGNING_FORMAT"},
		"the host, and a key in a variable":    {nil, map[string]string{envFormat: "github", envKey: text}, "NANOGIT_SIGNING_KEY: A key that signs nothing"},
		"a variable alone":                     {nil, map[string]string{envFormat: "ssh"}, "No key: Variables of the environment"},
		"a key in a variable alone":            {nil, map[string]string{envKey: text}, "No format: Variables of the environment"},
		"a passphrase in a variable alone":     {nil, map[string]string{envPassphrase: "s3cret"}, "No key: Variables of the environment"},
		"two variables":                        {nil, map[string]string{envFormat: "ssh", envKey: text, envKeyFile: plain}, "NANOGIT_SIGNING_KEY_FILE: Several keys"},
		"a key in a variable that is none":     {nil, map[string]string{envFormat: "ssh", envKey: "s3cret"}, "NANOGIT_SIGNING_KEY: Unusable private key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := object{}
			if tc.signing != nil {
				block["commit"] = object{"signing": tc.signing}
			}
			got := refusals(t, block, tc.env)
			if !strings.Contains(got, tc.want) {
				t.Errorf("want %q in:\n%s", tc.want, got)
			}
			for _, secret := range []string{"s3cret", lockedText[60:100], text[60:100], pgp[60:100]} {
				if strings.Contains(got, secret) {
					t.Errorf("a secret is in:\n%s", got)
				}
			}
		})
	}
}

func TestCommitsAreSignedByTheBlockOrTheEnvironment(t *testing.T) {
	t.Parallel()
	plain, text := newKey(t)
	locked, lockedText := newKey(t, "-N", "s3cret-passphrase")
	for name, tc := range map[string]struct {
		signing any
		env     map[string]string
		signs   string // how the signature begins; "": it fails for unknown values; "-": there is none
	}{
		"nothing":                    {nil, nil, "-"},
		"a key":                      {object{"format": "ssh", "private_key": text}, nil, "-----BEGIN SSH SIGNATURE-----\n"},
		"a file":                     {object{"format": "ssh", "private_key_file": plain}, nil, "-----BEGIN SSH SIGNATURE-----\n"},
		"a file of the home":         {object{"format": "ssh", "private_key_file": "~/" + filepath.Base(plain)}, map[string]string{"HOME": filepath.Dir(plain)}, "-----BEGIN SSH SIGNATURE-----\n"},
		"a passphrase":               {object{"format": "ssh", "private_key": lockedText, "passphrase": "s3cret-passphrase"}, nil, "-----BEGIN SSH SIGNATURE-----\n"},
		"the environment":            {nil, map[string]string{envFormat: "ssh", envKeyFile: locked, envPassphrase: "s3cret-passphrase"}, "-----BEGIN SSH SIGNATURE-----\n"},
		"a block, and a variable":    {object{"format": "ssh"}, map[string]string{envFormat: "openpgp", envKey: text}, "-----BEGIN SSH SIGNATURE-----\n"},
		"a block before variables":   {object{"format": "openpgp", "private_key": newPGPKey(t)}, map[string]string{envFormat: "ssh", envKey: text, envKeyFile: locked}, "-----BEGIN PGP SIGNATURE-----\n"},
		"an unknown block":           {unknown{}, map[string]string{envFormat: "ssh"}, ""},
		"an unknown key":             {object{"format": "ssh", "private_key": unknown{}}, nil, ""},
		"an unknown format":          {object{"format": unknown{}, "private_key": text}, nil, ""},
		"an unknown agent":           {object{"format": "ssh", "use_agent": unknown{}, "public_key": "x"}, nil, ""},
		"an unknown certificate":     {object{"format": "x509", "private_key": text, "certificate": unknown{}}, nil, ""},
		"unknown values, everywhere": {object{"format": unknown{}, "private_key": unknown{}, "private_key_file": unknown{}, "passphrase": unknown{}, "public_key": unknown{}, "use_agent": unknown{}, "key_id": unknown{}, "certificate": unknown{}, "certificate_file": unknown{}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := object{"commit": object{"signing": tc.signing, "committer": object{"email": "BOT@example.com"}}}
			if got := refusals(t, block, tc.env); got != "" {
				t.Fatal(got)
			}
			s, diags := read(t, block, tc.env)
			if len(diags) > 0 {
				t.Error(diags)
			}
			sign := s.writer.Sign
			if (sign == nil) != (tc.signs == "-") {
				t.Fatalf("commits are signed: %t", sign != nil)
			}
			if sign == nil {
				return
			}
			signature, err := sign(t.Context(), []byte("tree x\n"))
			if tc.signs == "" && !errors.Is(err, errUnknownKey) {
				t.Errorf("%v, want an error that says that values are unknown", err)
			}
			if tc.signs != "" && (err != nil || !strings.HasPrefix(signature, tc.signs)) {
				t.Errorf("%v, signature %q, want %q", err, signature, tc.signs)
			}
			for _, secret := range []string{"s3cret", text[60:100], lockedText[60:100]} {
				if strings.Contains(fmt.Sprintf("%v %+v", s, s.signing), secret) {
					t.Error("a secret is printed")
				}
			}
		})
	}
}

// A committer that the key does not name is warned of once: when the provider is configured, or
// with the first commit of a nanogit_commit that has a committer of its own.
func TestACommitterThatTheKeyDoesNotNameIsWarnedOfOnce(t *testing.T) {
	t.Parallel()
	signing := object{"format": "openpgp", "private_key": newPGPKey(t)}
	s, diags := read(t, object{"commit": object{"signing": signing}}, nil)
	if diags.HasError() || len(diags) != 1 || !strings.Contains(diags[0].Detail(), "terraform@nanogit.invalid") || !strings.Contains(diags[0].Detail(), "bot@example.com") {
		t.Errorf("got %v, want a warning that has both addresses", diags)
	}
	commit := func(email string) {
		t.Helper()
		payload := fmt.Sprintf("tree x\nauthor A <a@example.com> 1 +0000\ncommitter C <%s> 1 +0000\n\ncommitter D <d@example.com> 1 +0000\n", email)
		if _, err := s.writer.Sign(context.Background(), []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	commit("terraform@nanogit.invalid")
	commit("Bot@example.com")
	if w := s.signing.warnings(); len(w) > 0 {
		t.Errorf("warned of %v", w)
	}
	commit("other@example.com")
	commit("other@example.com")
	if w := s.signing.warnings(); len(w) != 1 || !strings.Contains(w[0].Detail(), "other@example.com") {
		t.Errorf("got %v, want a warning of other@example.com", w)
	}
	if w := s.signing.warnings(); len(w) > 0 {
		t.Errorf("warned again of %v", w)
	}
	if _, diags := read(t, object{"commit": object{"signing": signing, "author": unknown{}, "committer": object{"email": "other@example.com"}}}, nil); len(diags) != 1 {
		t.Errorf("an author that is unknown, and a committer: got %v, want a warning", diags)
	}
	mine := object{"email": "bot@example.com"}
	for name, commit := range map[string]object{
		"unknown":                 {"committer": unknown{}},
		"an unknown address":      {"committer": object{"email": unknown{}}},
		"the key's":               {"committer": mine},
		"the author's is the key": {"author": mine},
		"an unknown author":       {"author": unknown{}},
		"an author's unknown":     {"author": object{"email": unknown{}}},
		"an unknown name":         {"committer": object{"name": unknown{}}, "author": object{"email": "other@example.com"}},
	} {
		commit["signing"] = signing
		if _, diags := read(t, object{"commit": commit}, nil); len(diags) > 0 {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

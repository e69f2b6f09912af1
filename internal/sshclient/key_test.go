package sshclient

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

func TestKeysAndOptionsPrintAsNothing(t *testing.T) {
	t.Parallel()
	_, o := newServer(t)
	for _, v := range []any{*o, o, o.Key, struct{ O *Options }{o}} {
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "options", v)
		b, err := json.Marshal(v)
		text := fmt.Sprintf("%v %+v %s %q", v, v, v, v) + log.String() + string(b)
		if err != nil || strings.Contains(text, "signer") || strings.Contains(text, "PrivateKey") || !strings.Contains(text, secret.Redacted) {
			t.Errorf("%T: %v, %s", v, err, text)
		}
	}
}

// OpenSSL writes every kind of encrypted PKCS#8 that is read.
func TestEncryptedPKCS8(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("openssl is needed: %v", err)
	}
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if out, err := exec.Command(openssl, "genpkey", "-algorithm", "ED25519", "-out", plain).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ParseKey("plain", text, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-v2", "aes-128-cbc"},
		{"-v2", "aes-192-cbc"},
		{"-v2", "aes-256-cbc"},
		{"-v2", "des3"},
		{"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"},
		{"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384"},
		{"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"},
	} {
		out, err := exec.Command(openssl, append([]string{"pkcs8", "-topk8", "-in", plain, "-passout", "pass:word"}, args...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		k, err := ParseKey("k", out, "word")
		if err != nil || k.Fingerprint() != want.Fingerprint() {
			t.Errorf("%v: %v", args, err)
		}
		if _, err := ParseKey("k", out, "other"); !errors.Is(err, ErrPassphraseWrong) {
			t.Errorf("%v, a wrong passphrase: %v", args, err)
		}
	}
	out, err := exec.Command(openssl, "pkcs8", "-topk8", "-in", plain, "-passout", "pass:word", "-scrypt").Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseKey("k", out, "word"); err == nil || !strings.Contains(err.Error(), "ssh-keygen -p") {
		t.Errorf("scrypt: %v", err)
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add([]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: encryptedPKCS8, Bytes: []byte{0x30, 0}}))
	f.Add([]byte("PuTTY-User-Key-File-2"))
	f.Add([]byte(aKey))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseKey("k", text, "s3cret passphrase")
		if err == nil && k.Fingerprint() == "" {
			t.Error("a key without a fingerprint")
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the passphrase is in %v", err)
		}
	})
}

package sshclient

import (
	"encoding/pem"
	"path/filepath"
	"testing"
)

// TestADefaultIdentityIsReportedOnlyIfItIsEncrypted: the other default identities need not exist,
// whatever the name of the home directory is.
func TestADefaultIdentityIsReportedOnlyIfItIsEncrypted(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "encrypted")
	o := &Options{Getenv: func(name string) string { return map[string]string{"HOME": home}[name] }}
	l := &login{location: &location{options: o, host: "host", port: "22", user: "git"}}
	if got := l.identities(); len(got) != 0 {
		t.Errorf("without files: got %+v", got)
	}
	name := filepath.Join(home, ".ssh", "id_rsa")
	write(t, name, string(pem.EncodeToMemory(&pem.Block{Type: encryptedPKCS8, Bytes: []byte{0x30, 0}})))
	if got := l.identities(); len(got) != 1 || got[0].file != name || !got[0].encrypted || got[0].problem == "" {
		t.Errorf("an encrypted key: got %+v", got)
	}
	write(t, name, "no key")
	if got := l.identities(); len(got) != 0 {
		t.Errorf("a file without a key: got %+v", got)
	}
}

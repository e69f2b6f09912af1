package gitremote_test

import (
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
	"github.com/nanogit/terraform-provider-nanogit/internal/sshclient"
)

// trusting are options that know a server's host key and have a key that it lets in. Nothing of whoever runs the test counts.
func trusting(t *testing.T, x *gittest.SSHServer) *sshclient.Options {
	t.Helper()
	return &sshclient.Options{
		Key: key(t, x.Key, ""), KnownHosts: new(x.KnownHosts(t)), ConfigFiles: []string{}, Getenv: func(string) string { return "" },
		Logf: t.Logf,
	}
}

func key(t *testing.T, file, passphrase string) *sshclient.Key {
	t.Helper()
	k, err := sshclient.ReadKey(file, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var _ = gitremote.Options{}

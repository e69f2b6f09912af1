package acctest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

// allow makes the pre-receive hook of a test's repository accept pushes.
func allow(t *testing.T, repo *gittest.Repo) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(repo.Dir, "allow"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// blobID is the object id of the content as a blob.
func blobID(content string) string {
	return gitobj.Hash(gitobj.SHA1, gitobj.KindBlob, []byte(content)).String()
}

// blobsOf gives the id of a blob in the repository's object format.
func blobsOf(t testing.TB, repo acctest.Repo) func(content string) string {
	t.Helper()
	head, err := gitobj.ParseID(repo.Head(t))
	if err != nil {
		t.Fatal(err)
	}
	return func(content string) string {
		return gitobj.Hash(head.Format(), gitobj.KindBlob, []byte(content)).String()
	}
}

const mayRefuse = "#!/bin/sh\n[ -e refuse ] || exit 0\necho 'policy 17: ask Joan first' >&2\nexit 1\n"

// refuse makes the hook mayRefuse refuse; the function that it returns ends that.
func refuse(t *testing.T, repo *gittest.Repo) (end func()) {
	t.Helper()
	name := filepath.Join(repo.Dir, "refuse")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

package acctest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/gittest"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

// allow makes the pre-receive hook of a test's repository accept pushes.
func allow(t *testing.T, repo *gittest.Repo) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(repo.Dir, "allow"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

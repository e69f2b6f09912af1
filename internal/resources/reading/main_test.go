package reading_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

func steps(t *testing.T, list ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(t), Steps: list})
}

// with is a configuration with a provider block for the repository.
func with(repo *gittest.Repo, config string) string {
	return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\n%s", repo.URL(), config)
}

// writeCommit stores a commit byte for byte, points a ref at it and returns its id.
func writeCommit(t *testing.T, r *gittest.Repo, ref, raw string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "commit")
	if err := os.WriteFile(file, []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	id := r.Git(t, "hash-object", "-t", "commit", "-w", file)
	r.Git(t, "update-ref", ref, id)
	return id
}

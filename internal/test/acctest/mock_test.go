package acctest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// mockedModule has every resource and data source, each of them with references to computed
// attributes of others.
const mockedModule = `
resource "nanogit_branch" "b" {
  name = "topic"
}
resource "nanogit_file" "f" {
  repository  = nanogit_branch.b.repository
  branch      = nanogit_branch.b.name
  path        = "a.md"
  content     = "hello\n"
  commit_mode = "explicit"
}
resource "nanogit_file" "secret" {
  path               = "secret"
  content_wo         = "x"
  content_wo_version = 1
  commit_message     = nanogit_file.f.blob_id
}
resource "nanogit_files" "set" {
  repository  = nanogit_file.f.repository
  branch      = nanogit_file.f.branch
  prefix      = "docs"
  commit_mode = "explicit"
  files = {
    "b.md" = { content = nanogit_file.f.blob_id }
  }
}
data "nanogit_repository" "r" {
  repository = nanogit_file.f.repository
}
resource "nanogit_commit" "c" {
  repository = data.nanogit_repository.r.repository
  branch     = nanogit_files.set.branch
  files      = merge(nanogit_files.set.blob_ids, { (nanogit_file.f.path) = nanogit_file.f.blob_id })
}
resource "nanogit_tag" "t" {
  repository = nanogit_commit.c.repository
  name       = "v1"
  target     = nanogit_commit.c.commit_id
  message    = "Release"
  tagger     = { name = nanogit_commit.c.author.name, email = nanogit_commit.c.author.email }
}
output "tagged" {
  value = nanogit_tag.t.commit_id
}
output "mode" {
  value = nanogit_file.f.mode
}
`

// mockedRuns plans and applies the module, and applies a change of it.
const mockedRuns = `
run "plan" {
  command = plan
  assert {
    condition     = nanogit_file.f.path == "a.md"
    error_message = "path"
  }
}
run "create" {
  assert {
    condition     = %s
    error_message = "tagged ${output.tagged}, mode ${output.mode}"
  }
}
run "again" {
  assert {
    condition     = output.tagged == run.create.tagged
    error_message = "another value"
  }
}
`

// The mock makes up a string for each computed attribute, and no request but a validation reaches
// the provider: no credential and no server is needed.
func TestAModuleIsTestedWithAMockedProvider(t *testing.T) {
	t.Parallel()
	defaults, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "mocks", "nanogit.tfmock.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ block, created string }{
		"without values":        {`mock_provider "nanogit" {}`, `length(output.tagged) == 8`},
		"with the mock file":    {`mock_provider "nanogit" { source = "./tests/nanogit" }`, `output.tagged == "1111111111111111111111111111111111111111" && output.mode == "100644"`},
		"with a value of a run": {"mock_provider \"nanogit\" {\n  mock_resource \"nanogit_tag\" {\n    defaults = { commit_id = \"abc\" }\n  }\n}", `output.tagged == "abc"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t)
			w.Config(t, mockedModule)
			if err := os.MkdirAll(filepath.Join(w.Dir, "tests", "nanogit"), 0o700); err != nil {
				t.Fatal(err)
			}
			w.Write(t, filepath.Join("tests", "nanogit", "nanogit.tfmock.hcl"), string(defaults))
			w.Write(t, filepath.Join("tests", "module.tftest.hcl"), c.block+fmt.Sprintf(mockedRuns, c.created))
			out, code := w.Run(t, "test", "-no-color")
			if code != 0 || !strings.Contains(out, "3 passed, 0 failed") {
				t.Errorf("terraform test ended with code %d:\n%s", code, out)
			}
		})
	}
}

// A text that looks like one of a mock's is refused when a real plan is made.
func TestAPlanRefusesWhatAMockMakes(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	for attribute, c := range map[string]struct{ config, want string }{
		"files":      {"files = { \"a.md\" = \"u39psedp\" }", `"u39psedp" is no blob id`},
		"repository": {"repository = \"u39psedp\"\n  files = {}", "not the URL of a repository"},
	} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t)
			w.Config(t, fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n%s}\nresource \"nanogit_commit\" \"c\" {\n  %s\n}\n", repo.URL(), acctest.Settings(repo), c.config))
			if out := w.Refused(t); !strings.Contains(out, c.want) || !strings.Contains(out, attribute) {
				t.Errorf("the plan says:\n%s", out)
			}
		})
	}
}

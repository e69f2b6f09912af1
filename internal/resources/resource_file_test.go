package resources_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const address = "nanogit_file.f"

// newRepo is a repository with a commit.
func newRepo(t *testing.T) *gittest.Repo {
	t.Helper()
	return newRepoOf(t, gitobj.SHA1)
}

// newRepoOf is newRepo in an object format.
func newRepoOf(t *testing.T, f gitobj.Format) *gittest.Repo {
	t.Helper()
	return gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Format: f.String()})
}

// with is a configuration of a file in a repository.
func with(repo *gittest.Repo, attributes string) string {
	return withProvider(repo, "", attributes)
}

func withProvider(repo *gittest.Repo, block, attributes string) string {
	return fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n%s\n}\nresource \"nanogit_file\" \"f\" {\n%s\n}\n", repo.URL(), block, attributes)
}

// steps runs terraform over the steps, with the provider in this process.
func steps(t *testing.T, list ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(t), Steps: list})
}

// attribute expects a value in state.
func attribute(name string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), want)
}

// planned expects an action, and nothing else, in a step's plan.
func planned(action plancheck.ResourceActionType, more ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: append([]plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}, more...)}
}

func plannedValue(name string, want knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, tfjsonpath.New(name), want)
}

const helloBlob = "ce013625030ba8dba906f756967f9e9ca394464a" // "hello\n"

func TestEveryComputedValueIsKnownOnceTheFileIsWritten(t *testing.T) {
	repo := newRepo(t)
	steps(t, resource.TestStep{
		Config: with(repo, `path = "docs/a.md"`+"\ncontent = \"hello\\n\""),
		ConfigPlanChecks: planned(plancheck.ResourceActionCreate,
			plannedValue("blob_id", knownvalue.StringExact(helloBlob)),
			plannedValue("size", knownvalue.Int64Exact(6)),
			plannedValue("id", knownvalue.StringExact("main:docs/a.md")),
			plannedValue("branch", knownvalue.StringExact("main")),
			plannedValue("repository", knownvalue.StringExact(repo.URL())),
			plancheck.ExpectUnknownValue(address, tfjsonpath.New("commit_id"))),
		ConfigStateChecks: []statecheck.StateCheck{
			attribute("blob_id", knownvalue.StringExact(helloBlob)),
			attribute("size", knownvalue.Int64Exact(6)),
			attribute("mode", knownvalue.StringExact("100644")),
			attribute("line_endings", knownvalue.StringExact("as_is")),
			attribute("id", knownvalue.StringExact("main:docs/a.md")),
			attribute("commit_id", knownvalue.StringRegexp(regexp.MustCompile("^[0-9a-f]{40}$"))),
		},
		Check: resource.ComposeTestCheckFunc(
			acctest.Holds(t, repo, "docs/a.md", "100644", "hello\n"),
			func(s *terraform.State) error {
				if got, want := s.RootModule().Resources[address].Primary.Attributes["commit_id"], repo.Head(t); got != want {
					return fmt.Errorf("commit_id is %s, and the branch is at %s", got, want)
				}
				return nil
			}),
	})
}

func TestTheSameFileIsAdoptedWithoutACommit(t *testing.T) {
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"a.md": "hello\n"})
	steps(t, resource.TestStep{
		Config:            with(repo, "path = \"a.md\"\ncontent = \"hello\\n\""),
		ConfigStateChecks: []statecheck.StateCheck{attribute("commit_id", knownvalue.Null()), attribute("blob_id", knownvalue.StringExact(helloBlob))},
		Check:             acctest.Commits(t, repo, 2),
	})
}

func TestAnotherFileIsOverwrittenOnlyWhenAsked(t *testing.T) {
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"a.md": "theirs\n"})
	steps(t,
		resource.TestStep{
			Config:      with(repo, "path = \"a.md\"\ncontent = \"ours\\n\""),
			ExpectError: regexp.MustCompile(`(?s)Cannot plan a\.md.*terraform import`),
		},
		resource.TestStep{
			Config: with(repo, "path = \"a.md\"\ncontent = \"theirs\\n\"\nmode = \"100755\""),
			// The content is the same, the mode is not.
			ExpectError: regexp.MustCompile(`(?s)mode 100644.*mode 100755`),
		},
		resource.TestStep{
			Config: with(repo, "path = \"a.md\"\ncontent = \"ours\\n\"\noverwrite_on_create = true"),
			Check:  resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "a.md", "100644", "ours\n"), acctest.Commits(t, repo, 3)),
		})
}

func TestAFileThatMayOverwriteIsCreatedWhereNothingIs(t *testing.T) {
	repo := newRepo(t)
	steps(t, resource.TestStep{
		Config: with(repo, "path = \"a.md\"\ncontent = \"hello\\n\"\noverwrite_on_create = true"),
		Check:  resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "a.md", "100644", "hello\n"), acctest.Commits(t, repo, 2)),
	})
}

func TestASeedIsWrittenOnceAndThenLeftToOthers(t *testing.T) {
	repo := newRepo(t)
	config := func(content string) string {
		return with(repo, fmt.Sprintf("path = \"a.md\"\nseed_only = true\ncontent = %q", content))
	}
	steps(t,
		resource.TestStep{Config: config("seed\n"), Check: acctest.Holds(t, repo, "a.md", "100644", "seed\n")},
		resource.TestStep{
			PreConfig:        func() { repo.SeedText(t, map[string]string{"a.md": "grown\n"}) },
			Config:           config("seed\n"),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			Config: config("another seed\n"),
			Check:  resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "a.md", "100644", "grown\n"), acctest.Commits(t, repo, 3)),
		},
		resource.TestStep{
			Config: strings.Replace(config("another seed\n"), `"a.md"`, `"b.md"`, 1),
			Check:  resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "b.md", "100644", "grown\n"), acctest.Lacks(t, repo, "a.md"), acctest.Commits(t, repo, 4)),
		},
		resource.TestStep{
			PreConfig:        func() { repo.Seed(t, map[string]gittest.File{"b.md": {Remove: true}}) },
			Config:           strings.Replace(config("another seed\n"), `"a.md"`, `"b.md"`, 1),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
	)
}

func TestASeedThatGrewOutlivesItsResourceAndAnUntouchedOneDoesNot(t *testing.T) {
	repo := newRepo(t)
	two := with(repo, "path = \"a.md\"\nseed_only = true\ncontent = \"seed\\n\"") + `
resource "nanogit_file" "g" {
  path      = "b.md"
  seed_only = true
  content   = "seed\n"
}`
	steps(t,
		resource.TestStep{Config: two},
		resource.TestStep{
			PreConfig: func() { repo.SeedText(t, map[string]string{"a.md": "grown\n"}) },
			Config:    strings.Split(with(repo, "X"), "resource")[0],
			Check:     resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "a.md", "100644", "grown\n"), acctest.Lacks(t, repo, "b.md")),
		})
}

func TestAKeptFileOutlivesItsResource(t *testing.T) {
	repo := newRepo(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(t),
		Steps:                    []resource.TestStep{{Config: with(repo, "path = \"a.md\"\ncontent = \"x\"\non_destroy = \"keep\"")}},
		CheckDestroy:             acctest.Holds(t, repo, "a.md", "100644", "x"),
	})
}

func TestLineEndingsAreNormalisedAndNeverDrift(t *testing.T) {
	repo := newRepo(t)
	source := filepath.Join(t.TempDir(), "s.txt")
	if err := os.WriteFile(source, []byte("a\r\nb\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	steps(t,
		resource.TestStep{
			Config:            with(repo, "path = \"a.md\"\ncontent = \"hello\\r\\n\"\nline_endings = \"lf\""),
			ConfigStateChecks: []statecheck.StateCheck{attribute("blob_id", knownvalue.StringExact(helloBlob)), attribute("size", knownvalue.Int64Exact(6))},
			Check:             acctest.Holds(t, repo, "a.md", "100644", "hello\n"),
		},
		resource.TestStep{
			// The blob is the same: nothing to commit.
			Config: with(repo, "path = \"a.md\"\ncontent = \"hello\\n\"\nline_endings = \"lf\""),
			Check:  acctest.Commits(t, repo, 2),
		},
		resource.TestStep{
			Config: with(repo, "path = \"a.md\"\ncontent = \"hello\\n\"\nline_endings = \"crlf\""),
			Check:  acctest.Holds(t, repo, "a.md", "100644", "hello\r\n"),
		},
		resource.TestStep{
			Config:            with(repo, fmt.Sprintf("path = \"a.md\"\nsource = %q\nline_endings = \"lf\"", source)),
			ConfigStateChecks: []statecheck.StateCheck{attribute("size", knownvalue.Int64Exact(4))},
			Check:             acctest.Holds(t, repo, "a.md", "100644", "a\nb\n"),
		})
}

func TestASourceFileThatChangesIsWrittenAgain(t *testing.T) {
	repo := newRepo(t)
	source := filepath.Join(t.TempDir(), "s.txt")
	write := func(s string) func() {
		return func() {
			if err := os.WriteFile(source, []byte(s), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	write("one\n")()
	config := with(repo, fmt.Sprintf("path = \"a.md\"\nsource = %q", source))
	steps(t,
		resource.TestStep{Config: config, Check: acctest.Holds(t, repo, "a.md", "100644", "one\n")},
		resource.TestStep{
			PreConfig:        write("two\n"),
			Config:           config,
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            acctest.Holds(t, repo, "a.md", "100644", "two\n"),
		})
}

// Applies change the content, the version and the branch in turn, and look for the content in
// state.
func TestWriteOnlyContentIsWrittenAgainForAVersionOrADriftAndIsNotInState(t *testing.T) {
	repo := newRepo(t)
	config := func(content string, version int) string {
		return with(repo, fmt.Sprintf("path = \"a.md\"\ncontent_wo = %q\ncontent_wo_version = %d", content, version))
	}
	steps(t,
		resource.TestStep{
			Config:            config("secret one\n", 1),
			ConfigStateChecks: []statecheck.StateCheck{attribute("content_wo", knownvalue.Null()), attribute("content", knownvalue.Null()), attribute("size", knownvalue.Int64Exact(11))},
			Check:             acctest.Holds(t, repo, "a.md", "100644", "secret one\n"),
		},
		resource.TestStep{
			Config:           config("not looked at\n", 1),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			Config: config("secret two\n", 2),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate,
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("blob_id")), plancheck.ExpectUnknownValue(address, tfjsonpath.New("size"))),
			Check: acctest.Holds(t, repo, "a.md", "100644", "secret two\n"),
		},
		resource.TestStep{
			PreConfig:        func() { repo.SeedText(t, map[string]string{"a.md": "by hand\n"}) },
			Config:           config("secret two\n", 2),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            acctest.Holds(t, repo, "a.md", "100644", "secret two\n"),
		},
		resource.TestStep{
			// Another version of the same content makes no commit.
			Config: config("secret two\n", 3),
			Check:  acctest.Commits(t, repo, 5),
		})
}

func TestAnLFSPointerIsOverwrittenOnlyWhenAllowed(t *testing.T) {
	repo := newRepo(t)
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 12\n"
	steps(t,
		resource.TestStep{Config: with(repo, "path = \"a.bin\"\ncontent = \"plain\"")},
		resource.TestStep{
			PreConfig:   func() { repo.SeedText(t, map[string]string{"a.bin": pointer}) },
			Config:      with(repo, "path = \"a.bin\"\ncontent = \"plain\""),
			ExpectError: regexp.MustCompile(`allow_lfs_overwrite`),
		},
		resource.TestStep{
			Config: with(repo, fmt.Sprintf("path = \"a.bin\"\ncontent = %q", strings.Replace(pointer, "size 12", "size 13", 1))),
		},
		resource.TestStep{
			// Also a pointer that this resource wrote.
			Config:      with(repo, "path = \"a.bin\"\ncontent = \"plain\""),
			ExpectError: regexp.MustCompile(`allow_lfs_overwrite`),
		},
		resource.TestStep{
			PreConfig: func() { repo.SeedText(t, map[string]string{"a.bin": pointer}) },
			Config:    with(repo, "path = \"a.bin\"\ncontent = \"plain\"\nallow_lfs_overwrite = true"),
			Check:     acctest.Holds(t, repo, "a.bin", "100644", "plain"),
		})
}

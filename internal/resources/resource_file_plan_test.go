package resources_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestARenameIsOneCommitAndNoReplacement(t *testing.T) {
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"taken.md": "theirs\n"})
	config := func(path, content string) string {
		return with(repo, fmt.Sprintf("path = %q\ncontent = %q", path, content))
	}
	steps(t,
		resource.TestStep{Config: config("a/b/c.md", "hello\n")},
		resource.TestStep{
			Config: config("a/d.md", "hello\n"),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate,
				plannedValue("blob_id", knownvalue.StringExact(helloBlob)), plannedValue("id", knownvalue.StringExact("main:a/d.md"))),
			Check: resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "a/d.md", "100644", "hello\n"), acctest.Lacks(t, repo, "a/b/c.md"), acctest.Commits(t, repo, 4)),
		},
		resource.TestStep{
			Config: config("new/e.md", "and other content\n"),
			Check:  resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "new/e.md", "100644", "and other content\n"), acctest.Lacks(t, repo, "a/d.md"), acctest.Commits(t, repo, 5)),
		},
		resource.TestStep{
			Config:      config("taken.md", "and other content\n"),
			ExpectError: regexp.MustCompile(`(?s)Cannot plan taken\.md.*overwrite_on_create`),
		},
		resource.TestStep{
			// A directory of the old name takes its place, in the same commit.
			Config: config("new/e.md/f.md", "and other content\n"),
			Check:  acctest.Holds(t, repo, "new/e.md/f.md", "100644", "and other content\n"),
		})
}

// Plans with another message or author and the same content are empty.
func TestAMessageOrAuthorThatChangesAloneIsNoChange(t *testing.T) {
	repo := newRepo(t)
	config := func(block, message, content string) string {
		return withProvider(repo, block, fmt.Sprintf("path = \"a.md\"\ncontent = %q\n%s", content, message))
	}
	last := func(want string) func() {
		return func() {
			if got := repo.Git(t, "log", "-1", "--format=%an <%ae> %s", "main"); got != want {
				t.Errorf("the last commit is %q, want %q", got, want)
			}
		}
	}
	steps(t,
		resource.TestStep{Config: config("", "", "hello\n")},
		resource.TestStep{
			Config:           config("", `commit_message = "first message"`, "hello\n"),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			Config: config(`commit = { author = { name = "Jo", email = "jo@example.com" } }`, `commit_message = "first message"`, "more\n"),
			Check:  acctest.Commits(t, repo, 3),
		},
		resource.TestStep{
			PreConfig:        last("Jo <jo@example.com> first message"),
			Config:           config(`commit = { message = "of the provider", author = { name = "Joan" } }`, `commit_message = "second message"`, "more\n"),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			Config:           config(`commit = { message = "of the provider" }`, "", "more\n"),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			Config: config(`commit = { message = "of the provider" }`, "", "even more\n"),
			Check:  acctest.Commits(t, repo, 4),
		},
		resource.TestStep{
			PreConfig: last("Terraform <terraform@nanogit.invalid> of the provider"),
			Config:    config("", "", "even more\n"),
		})
}

func TestASettingThatChangesAloneMakesNoCommit(t *testing.T) {
	repo := newRepo(t)
	file := func(more string) string { return with(repo, "path = \"a.md\"\ncontent = \"x\"\n"+more) }
	same := planned(plancheck.ResourceActionUpdate, plannedValue("commit_id", knownvalue.NotNull()))
	one := acctest.Commits(t, repo, 2)
	steps(t,
		resource.TestStep{Config: file("")},
		resource.TestStep{Config: file("overwrite_on_create = true"), ConfigPlanChecks: same, Check: one},
		resource.TestStep{Config: file("on_destroy = \"keep\""), ConfigPlanChecks: same, Check: one},
		resource.TestStep{Config: file("allow_lfs_overwrite = true"), ConfigPlanChecks: same, Check: one},
		resource.TestStep{Config: file("line_endings = \"lf\""), ConfigPlanChecks: same, Check: one},
		resource.TestStep{Config: file("commit_mode = \"auto\""), ConfigPlanChecks: same, Check: one},
		resource.TestStep{Config: file("seed_only = true"), ConfigPlanChecks: same, Check: one},
		resource.TestStep{Config: with(repo, "path = \"a.md\"\ncontent_base64 = \"eA==\""), ConfigPlanChecks: same, Check: one},
	)
}

func TestWhatIsUnknownAtPlanTimeIsFoundAtApply(t *testing.T) {
	repo := newRepo(t)
	config := func(seed string) string {
		return with(repo, "path = \"dir-${terraform_data.x.output}/a.md\"\ncontent = \"${terraform_data.x.output}\\n\"\ncommit_message = terraform_data.x.output") +
			fmt.Sprintf("resource \"terraform_data\" \"x\" {\n  input = %q\n}\n", seed)
	}
	steps(t,
		resource.TestStep{
			Config: config("one"),
			ConfigPlanChecks: planned(plancheck.ResourceActionCreate,
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("blob_id")), plancheck.ExpectUnknownValue(address, tfjsonpath.New("id"))),
			Check: acctest.Holds(t, repo, "dir-one/a.md", "100644", "one\n"),
		},
		resource.TestStep{
			Config: config("two"),
			Check:  resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "dir-two/a.md", "100644", "two\n"), acctest.Lacks(t, repo, "dir-one/a.md"), acctest.Commits(t, repo, 3)),
		})
}

func TestAnUnknownThatProvesEqualMakesNoCommit(t *testing.T) {
	repo := newRepo(t)
	// triggers_replace makes the output unknown in the plan, and the input the same after it.
	config := func(trigger string) string {
		return with(repo, "path = \"a.md\"\ncontent = terraform_data.x.output") +
			fmt.Sprintf("resource \"terraform_data\" \"x\" {\n  input = \"same\"\n  triggers_replace = %q\n}\n", trigger)
	}
	steps(t,
		resource.TestStep{Config: config("one"), Check: acctest.Commits(t, repo, 2)},
		resource.TestStep{
			Config:           config("two"),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate, plancheck.ExpectUnknownValue(address, tfjsonpath.New("blob_id"))),
			Check:            acctest.Commits(t, repo, 2),
		})
}

func TestAProviderWhoseURLIsNotKnownYetPlansWithoutTheRemote(t *testing.T) {
	repo := newRepo(t)
	config := func(trigger, content string) string {
		return fmt.Sprintf(`
resource "terraform_data" "url" {
  input            = %q
  triggers_replace = %q
}
provider "nanogit" {
  url = terraform_data.url.output
}
resource "nanogit_file" "f" {
  path    = "a.md"
  content = %q
}
`, repo.URL(), trigger, content)
	}
	steps(t,
		resource.TestStep{
			Config: config("one", "hello\n"),
			ConfigPlanChecks: planned(plancheck.ResourceActionCreate,
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("repository")), plancheck.ExpectUnknownValue(address, tfjsonpath.New("blob_id"))),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("repository", knownvalue.StringExact(repo.URL())), attribute("branch", knownvalue.StringExact("main")), attribute("blob_id", knownvalue.StringExact(helloBlob)),
			},
			Check: acctest.Holds(t, repo, "a.md", "100644", "hello\n"),
		},
		resource.TestStep{
			// The URL is unknown once more; the file stays where it is.
			Config:           config("two", "changed\n"),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate, plannedValue("repository", knownvalue.StringExact(repo.URL()))),
			Check:            resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "a.md", "100644", "changed\n"), acctest.Commits(t, repo, 3)),
		})
}

// Somebody else changes content or mode before each plan, which shows theirs as the present value.
func TestDriftIsShownWithTheRemotesContent(t *testing.T) {
	repo := newRepo(t)
	config := with(repo, "path = \"a.md\"\ncontent = \"hello\\n\"")
	drift := func(f gittest.File) func() {
		return func() { repo.Seed(t, map[string]gittest.File{"a.md": f}) }
	}
	before := func(name string, want knownvalue.Check) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate), expectBefore{name, want},
		}}
	}
	repaired := acctest.Holds(t, repo, "a.md", "100644", "hello\n")
	steps(t,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: drift(gittest.File{Content: "by hand\n"}), Config: config,
			ConfigPlanChecks: before("content", knownvalue.StringExact("by hand\n")), Check: repaired,
		},
		resource.TestStep{
			PreConfig: drift(gittest.File{Content: "hello\n", Mode: "100755"}), Config: config,
			ConfigPlanChecks: before("mode", knownvalue.StringExact("100755")), Check: repaired,
		},
		resource.TestStep{
			PreConfig: drift(gittest.File{Content: "\xff\xfe bin"}), Config: config,
			ConfigPlanChecks: before("content", knownvalue.Null()), Check: repaired, // Terraform has no string for it
		},
		resource.TestStep{
			PreConfig: drift(gittest.File{Content: "elsewhere", Mode: "120000"}), Config: config,
			ConfigPlanChecks: before("mode", knownvalue.StringExact("120000")), Check: repaired,
		},
		resource.TestStep{
			PreConfig: drift(gittest.File{Remove: true}), Config: config,
			ConfigPlanChecks: planned(plancheck.ResourceActionCreate), Check: repaired,
		})
}

func TestADirectoryInPlaceOfTheFileIsAnErrorThatNamesIt(t *testing.T) {
	repo := newRepo(t)
	config := with(repo, "path = \"a.md\"\ncontent = \"hello\\n\"")
	steps(t,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				repo.Seed(t, map[string]gittest.File{"a.md": {Remove: true}})
				repo.Seed(t, map[string]gittest.File{"a.md/inside": {Content: "x"}})
			},
			Config:      config,
			ExpectError: regexp.MustCompile(`(?s)Cannot create a\.md.*directory`),
		})
}

func TestAnotherBranchIsAReplacement(t *testing.T) {
	repo := newRepo(t)
	repo.Git(t, "branch", "other", "main")
	config := func(branch string) string {
		return with(repo, fmt.Sprintf("path = \"a.md\"\ncontent = \"x\"\nbranch = %q", branch))
	}
	steps(t,
		resource.TestStep{Config: config("main"), Check: acctest.Holds(t, repo, "a.md", "100644", "x")},
		resource.TestStep{
			Config:           config("other"),
			ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
			Check:            acctest.Lacks(t, repo, "a.md"),
		})
	if files := repo.Tree(t, "other"); len(files) != 1 {
		t.Errorf("after destroy the other branch has %v", files)
	}
}

func TestARepositoryThatIsSpelledDifferentlyIsTheSame(t *testing.T) {
	repo := newRepo(t)
	file := "path = \"a.md\"\ncontent = \"x\"\n"
	steps(t,
		resource.TestStep{Config: with(repo, file)},
		resource.TestStep{
			Config:           with(repo, file+fmt.Sprintf("repository = %q", strings.Replace(repo.URL(), "http://", "HTTP://", 1)+"/")),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
		})
}

func TestReplacingAFileBeforeDestroyingItKeepsIt(t *testing.T) {
	repo := newRepo(t)
	config := func(trigger string) string {
		return with(repo, "path = \"a.md\"\ncontent = \"x\"\nlifecycle {\n  create_before_destroy = true\n  replace_triggered_by = [terraform_data.t]\n}") +
			fmt.Sprintf("resource \"terraform_data\" \"t\" {\n  input = %q\n}\n", trigger)
	}
	steps(t,
		resource.TestStep{Config: config("one")},
		resource.TestStep{
			Config:           config("two"),
			ConfigPlanChecks: planned(plancheck.ResourceActionCreateBeforeDestroy),
			Check:            acctest.Holds(t, repo, "a.md", "100644", "x"),
		})
}

func TestAFileGivesWayToADirectoryOfItsNameInOneApply(t *testing.T) {
	repo := newRepo(t)
	provider, _, _ := strings.Cut(with(repo, ""), "resource")
	steps(t,
		resource.TestStep{Config: provider + "resource \"nanogit_file\" \"old\" {\n  path = \"a\"\n  content = \"x\"\n}\n"},
		resource.TestStep{
			Config: provider + "resource \"nanogit_file\" \"new\" {\n  path = \"a/b\"\n  content = \"y\"\n}\n",
			Check:  acctest.Holds(t, repo, "a/b", "100644", "y"),
		})
}

func TestTwoResourcesForOnePathAreOneFileOrAnError(t *testing.T) {
	repo := newRepo(t)
	two := func(other string) string {
		return with(repo, "path = \"a\"\ncontent = \"x\"") + fmt.Sprintf("resource \"nanogit_file\" \"g\" {\n  path = \"a\"\n  content = %q\n}\n", other)
	}
	steps(t,
		resource.TestStep{Config: two("y"), ExpectError: regexp.MustCompile(`Two resources have one path|Cannot create a\b`)},
	)
	steps(t, resource.TestStep{Config: two("x"), Check: acctest.Holds(t, repo, "a", "100644", "x")})
}

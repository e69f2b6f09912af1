package resources_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

func TestAnImportOfAFileThatAgreesHasAnEmptyPlan(t *testing.T) {
	repo := newRepo(t)
	repo.Git(t, "branch", "dev", "main")
	for name, tc := range map[string]struct{ path, id, more string }{
		"by path":                        {"docs/a.md", "docs/a.md", ""},
		"by branch and path":             {"docs/a.md", "dev:docs/a.md", `branch = "dev"`},
		"by repository, branch and path": {"docs/a.md", repo.URL() + "#main:docs/a.md", ""},
		"a path with a colon":            {"docs/a:b.md", ":docs/a:b.md", ""},
		"a path with a number sign":      {"docs/a#b.md", "main:docs/a#b.md", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, branch := range []string{"main", "dev"} {
				if _, err := repo.Commit(branch, "Add", map[string]gittest.File{tc.path: {Content: "hello\n"}}); err != nil {
					t.Fatal(err)
				}
			}
			config := with(repo, fmt.Sprintf("path = %q\ncontent = \"hello\\n\"\non_destroy = \"keep\"\n%s", tc.path, tc.more))
			same := with(repo, fmt.Sprintf("path = %q\ncontent = \"hello\\n\"\n%s", tc.path, tc.more))
			steps(t,
				resource.TestStep{
					Config: same, ResourceName: address, ImportState: true, ImportStateId: tc.id, ImportStatePersist: true,
				},
				resource.TestStep{Config: same, ConfigPlanChecks: planned(plancheck.ResourceActionNoop)},
				resource.TestStep{Config: config},
			)
		})
	}
}

func TestAnImportedFileIsLikeAWrittenOne(t *testing.T) {
	repo, other := newRepo(t), newRepoOf(t, gitobj.SHA256)
	for name, content := range map[string]string{
		"text":             "content = \"hello\\n\"",
		"text, in SHA-256": "content = \"hello\\n\"",
		"binary":           "content_base64 = \"/wAB\"",
		"link":             "content = \"README.md\"\nmode = \"120000\"",
	} {
		t.Run(name, func(t *testing.T) {
			repo := repo
			if strings.HasSuffix(name, "SHA-256") {
				repo = other
			}
			steps(t,
				resource.TestStep{Config: with(repo, fmt.Sprintf("path = %q\n%s", "imported "+name, content))},
				resource.TestStep{
					ResourceName: address, ImportState: true, ImportStateId: repo.URL() + "#main:imported " + name, ImportStateVerify: true,
					// Which commit wrote the file is not looked for.
					ImportStateVerifyIgnore: []string{"commit_id"},
				})
		})
	}
}

func TestAnImportOfWhatIsNotThereSaysSo(t *testing.T) {
	repo := newRepo(t)
	for name, tc := range map[string]struct{ id, want string }{
		"no such file":               {"nope.md", `holds no file`},
		"no such branch":             {"nope:README.md", `holds no file`},
		"a bad path":                 {"../x", `import id is path`},
		"a bad branch":               {"a..b:x", `'\.\.'`},
		"a URL with credentials":     {"http://jo:pw@127.0.0.1/r.git#main:x", `credentials`},
		"a repository without a URL": {"#main:x", `'#'|holds no file|'#main'`},
	} {
		t.Run(name, func(t *testing.T) {
			steps(t, resource.TestStep{
				Config: with(repo, "path = \"x\"\ncontent = \"x\""), ResourceName: address,
				ImportState: true, ImportStateId: tc.id, ExpectError: regexp.MustCompile(tc.want),
			})
		})
	}
}

func TestAFileThatDiffersIsImportedAndTheNextPlanShowsTheDifference(t *testing.T) {
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"a.md": "theirs\n"})
	config := with(repo, "path = \"a.md\"\ncontent = \"ours\\n\"")
	steps(t,
		resource.TestStep{Config: config, ResourceName: address, ImportState: true, ImportStateId: "a.md", ImportStatePersist: true},
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "a.md", "100644", "ours\n"), acctest.Commits(t, repo, 3)),
		})
}

package resources_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// showsDiff checks the diff of a plan, and that state has it.
func showsDiff(want string) (resource.ConfigPlanChecks, []statecheck.StateCheck) {
	value := knownvalue.StringExact(want)
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownValue(filesAddress, tfjsonpath.New("diff"), value)}},
		[]statecheck.StateCheck{statecheck.ExpectKnownValue(filesAddress, tfjsonpath.New("diff"), value)}
}

func TestAPlanShowsTheLinesThatChange(t *testing.T) {
	repo := newRepo(t)
	repo.SeedText(t, map[string]string{"p/taken": "theirs\n"})
	step := func(config, diff string) resource.TestStep {
		s := resource.TestStep{Config: many(repo, "prefix = \"p\"\noverwrite_on_create = true\n"+config)}
		s.ConfigPlanChecks, s.ConfigStateChecks = showsDiff(diff)
		return s
	}
	const show = "show_diff = true\n"
	drift := step(show+fromMap(map[string]string{"a": "one\ntwo\nthree\n", "taken": "ours\n"}),
		"--- a/p/a\n+++ b/p/a\n@@ -1,3 +1,3 @@\n one\n-by hand\n+two\n three\n")
	drift.PreConfig = func() { repo.SeedText(t, map[string]string{"p/a": "one\nby hand\nthree\n"}) }
	again := resource.TestStep{Config: drift.Config, ConfigPlanChecks: nothing()}
	steps(t,
		step(show+fromMap(map[string]string{"a": "one\n2\nthree\n", "gone": "x\n", "taken": "ours\n"}),
			"--- /dev/null\n+++ b/p/a\n@@ -0,0 +1,3 @@\n+one\n+2\n+three\n--- /dev/null\n+++ b/p/gone\n@@ -0,0 +1 @@\n+x\n--- /dev/null\n+++ b/p/taken\n@@ -0,0 +1 @@\n+ours\n"),
		step(show+fromMap(map[string]string{"a": "one\ntwo\nthree\n", "taken": "ours\n"}),
			"--- a/p/a\n+++ b/p/a\n@@ -1,3 +1,3 @@\n one\n-2\n+two\n three\n--- a/p/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"),
		drift, again,
		resource.TestStep{
			Config: many(repo, "prefix = \"p\"\noverwrite_on_create = true\n"+fromMap(map[string]string{"a": "one\ntwo\nthree\n", "taken": "ours\n"})),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(filesAddress, tfjsonpath.New("diff"), knownvalue.Null()),
			}},
		})
}

func TestADiffShowsNoSecretAndNothingThatIsNoText(t *testing.T) {
	repo := newRepo(t)
	repo.Seed(t, map[string]gittest.File{"p": {Content: "x"}})
	const secret = "c0rrect-h0rse"
	step := func(files, diff string) resource.TestStep {
		s := resource.TestStep{Config: many(repo, "show_diff = true\nfiles = {\n"+files+"\n}")}
		s.ConfigPlanChecks, s.ConfigStateChecks = showsDiff(diff)
		return s
	}
	large := strings.Repeat("0123456\n", 256<<10/8+1)
	steps(t,
		step("s = { sensitive_content = \""+secret+"\" }\nw = {\n  content_wo = \""+secret+"\"\n  content_wo_version = 1\n}\nb = { content_base64 = \"AAE=\" }\nx = { content = \"x\" }",
			"Binary files /dev/null and b/b differ\ns: a secret changes, and is not shown\nw: a secret changes, and is not shown\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n"),
		// What was a secret stays one.
		step(fmt.Sprintf("s = { content = \"in clear now\" }\nb = { content = %q }\nx = {\n  content = \"x\"\n  mode = \"100755\"\n}", large),
			"b: the content has more than 256 KiB, and is not shown\ns: a secret changes, and is not shown\nw: a secret changes, and is not shown\nx: the mode changes from 100644 to 100755\n"),
		step("s = { content = \"in clear\" }", "b: the content has more than 256 KiB, and is not shown\n"+
			"--- a/s\n+++ b/s\n@@ -1 +1 @@\n-in clear now\n\\ No newline at end of file\n+in clear\n\\ No newline at end of file\n"+
			"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n"))
}

func TestADiffIsKnownAfterApplyWhileAContentIs(t *testing.T) {
	repo := newRepo(t)
	config := func(input string) string {
		return many(repo, "show_diff = true\nfiles = { a = { content = terraform_data.x.output } }") + fmt.Sprintf("resource \"terraform_data\" \"x\" {\n  input = %q\n}\n", input)
	}
	const diff = "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n\\ No newline at end of file\n+two\n\\ No newline at end of file\n"
	_, state := showsDiff(diff)
	steps(t,
		resource.TestStep{Config: config("one")},
		resource.TestStep{
			Config: config("two"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(filesAddress, tfjsonpath.New("diff")),
			}},
			ConfigStateChecks: state,
		})
}

func TestADiffIsBounded(t *testing.T) {
	repo := newRepo(t)
	set := func(n int, content string) string {
		files := map[string]string{}
		for i := range n {
			files[fmt.Sprintf("%03d", i)] = content
		}
		return many(repo, "show_diff = true\n"+fromMap(files))
	}
	ends := func(end string) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectKnownValue(filesAddress, tfjsonpath.New("diff"), knownvalue.StringFunc(func(got string) error {
				if !strings.HasSuffix(got, end) || len(got) > 65<<10 {
					return fmt.Errorf("%d bytes, which end in %q", len(got), got[max(0, len(got)-100):])
				}
				return nil
			})),
		}}
	}
	steps(t,
		resource.TestStep{Config: set(210, "x\n"), ConfigPlanChecks: ends("10 more files change, and are not shown\n")},
		resource.TestStep{Config: set(2, strings.Repeat("line\n", 8<<10)), ConfigPlanChecks: ends("The diff is too long to be shown: it goes on in 001, and in 208 more files\n")},
	)
}

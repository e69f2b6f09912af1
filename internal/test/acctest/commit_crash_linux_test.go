package acctest_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// TestAProviderThatIsKilledBeforeTheCommitLosesNothingAndTheNextPlanNamesWhatItForgot kills the
// provider after it reported removals and before the commit makes them.
func TestAProviderThatIsKilledBeforeTheCommitLosesNothingAndTheNextPlanNamesWhatItForgot(t *testing.T) {
	t.Parallel()
	c := before(t, nil)
	run, resume := c.pause(t)
	run.KillProvider(t)
	resume()
	if out := run.Wait(t); !strings.Contains(out, "Error: ") || strings.Count(out, "Destruction complete") < len(c.gone) {
		t.Errorf("want an apply that fails after its removals were reported:\n%s", out)
	}
	if head := c.repo.Head(t); head != c.head {
		t.Errorf("the branch is at %s, want %s as before: nobody was left to push", head, c.head)
	}

	plan, _ := c.w.Plan(t)
	warning := func(plan string) string {
		_, after, _ := strings.Cut(plan, "Warning: Files are left on the branch")
		return after
	}
	for _, path := range c.gone {
		if !strings.Contains(warning(plan), "- "+path) {
			t.Errorf("no warning names %s, whose removal was cut off:\n%s", path, plan)
		}
	}
	for path := range c.files {
		if strings.Contains(warning(plan), "- "+path) {
			t.Errorf("the warning names %s, which is wanted:\n%s", path, plan)
		}
	}
	destroys := strings.Count(plan, " will be destroyed") - strings.Count(plan, `terraform_data.waits["x"] will be destroyed`)
	if !strings.Contains(plan, "Warning: Files were staged and never committed") || destroys != 0 {
		t.Errorf("the plan does not say that the staged files are lost, or destroys something:\n%s", plan)
	}

	// The next apply writes all files of the configuration. Files whose removal nobody requests any
	// more stay.
	wanted, left, was := c.files, maps.Clone(c.files), numbered(12)
	for _, path := range c.gone {
		left[path] = was[path]
	}
	c.files = left
	c.heals(t)

	// Two ways to be rid of it: by hand, or by adopting it and removing it again.
	want(t, c.w, left)
	for _, path := range c.gone {
		if out, code := c.w.Run(t, "import", "-no-color", fmt.Sprintf("nanogit_file.f[%q]", path), path); code != 0 {
			t.Fatalf("import ended with code %d:\n%s", code, out)
		}
	}
	c.files = wanted
	want(t, c.w, c.files)
	c.heals(t)
}

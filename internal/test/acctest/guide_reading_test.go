//go:build unix

package acctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// TestTheGuideToReadingReads applies the guide's examples, all of them together.
func TestTheGuideToReadingReads(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	repo.SeedText(t, map[string]string{
		"teams/web.yaml": "owner: jo\n", "teams/db.yaml": "owner: ann\n", "schema.json": `{"title": "first"}`, "product/license.key": "k3y",
	})
	repo.Git(t, "tag", "v1.0.0", "main")
	repo.SeedText(t, map[string]string{"schema.json": `{"title": "second"}`})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+strings.Join(guide(t, "reading.md", "terraform"), "\n"))
	out := flatPlan(w.Apply(t))
	for _, want := range []string{`"db" = "ann" "web" = "jo"`, `schema = "first"`, `latest = "Add`} {
		if !strings.Contains(out, want) {
			t.Errorf("the outputs lack %s:\n%s", want, out)
		}
	}
	if state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate")); err != nil || strings.Contains(string(state), "k3y") {
		t.Errorf("the state has the secret, or cannot be read: %v", err)
	}
	if got := repo.Git(t, "show", "main:deploy/license.key"); got != "k3y" {
		t.Errorf("the license is %q", got)
	}
	w.Clean(t)
}

// TestTheGuideToAdoptionAdoptsWithoutACommit imports by the guide's import block over a data
// source, and by the configuration that Terraform writes.
func TestTheGuideToAdoptionAdoptsWithoutACommit(t *testing.T) {
	t.Parallel()
	examples := guide(t, "adopt-existing-repository.md", "terraform")
	if len(examples) != 2 {
		t.Fatalf("the guide has %d examples, want the block for many files and that for a directory", len(examples))
	}
	for name, c := range map[string]struct {
		config, says string
		args         []string
	}{
		"many files":  {examples[0], "Plan: 3 to import, 0 to add, 0 to change, 0 to destroy.", nil},
		"a directory": {examples[1], "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.", []string{"-generate-config-out=generated.tf"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			head := repo.SeedText(t, map[string]string{
				"deploy/a.yaml": "a: 1\n", "deploy/b/b.yaml": "b: 1\n", "deploy/b/c.yaml": "c: 1", "deploy/run.sh": "#!/bin/sh\n",
				"charts/web/values.yaml": "replicas: 1\n", "charts/web/Chart.yaml": "name: web\n",
			})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, "")+c.config)
			plan, _ := w.Plan(t, c.args...)
			if !strings.Contains(flatPlan(plan), c.says) {
				t.Errorf("the plan does not say %q:\n%s", c.says, plan)
			}
			w.Apply(t)
			w.Clean(t)
			if now := repo.Head(t); now != head {
				t.Errorf("a commit was made:\n%s", repo.Git(t, "log", "--stat", head+"..main"))
			}
		})
	}
}

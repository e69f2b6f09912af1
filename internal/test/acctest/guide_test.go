//go:build unix

package acctest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// guide is the text of a guide, and its examples of a language in order.
func guide(t *testing.T, name, language string) (examples []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "templates", "guides", name))
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split(string(text), "```") {
		if example, ok := strings.CutPrefix(part, language+"\n"); ok && i%2 == 1 {
			examples = append(examples, example)
		}
	}
	return examples
}

const migratedValues = `
locals {
  values = { staging = { replicas = 1 }, production = { replicas = 3 } }
}
`

// migrated is a workspace that knows a stand-in of GitHub's provider, and a repository with the
// files of the guide. adapt gives an example the repository's URL.
func migrated(t *testing.T) (w *acctest.Workspace, repo *gittest.Repo, adapt func(example string) string, head string) {
	t.Helper()
	repo = gittest.New(t, gittest.Options{}).NewRepo(t, "example/infrastructure.git", gittest.RepoOptions{})
	head = repo.SeedText(t, map[string]string{
		"deploy/staging/values.yaml": "\"replicas\": 1\n", "deploy/production/values.yaml": "\"replicas\": 3\n",
	})
	adapt = func(example string) string {
		return strings.ReplaceAll(example, "https://github.com/example/infrastructure", repo.URL())
	}
	w = acctest.NewWorkspace(t)
	w.StandIns(t, "integrations/github")
	return w, repo, adapt, head
}

// TestTheGuideToMigrationMigratesWithoutACommitAndBack runs the guide's examples, with a stand-in
// of the other provider: by a moved block, and by removed and import blocks.
func TestTheGuideToMigrationMigratesWithoutACommitAndBack(t *testing.T) {
	t.Parallel()
	examples := guide(t, "migrate.md", "terraform")
	if len(examples) != 5 {
		t.Fatalf("the guide has %d examples, want the former resource, the migration, import blocks, the commit and the way back", len(examples))
	}
	block, moved, _ := strings.Cut(examples[1], "moved {")
	for name, c := range map[string]struct {
		blocks string
		plan   []string
	}{
		"moved": {"moved {" + moved, []string{
			"Plan: 0 to add, 0 to change, 0 to destroy.", `github_repository_file.values["staging"] has moved to nanogit_file.values["staging"]`,
		}},
		"import": {examples[2], []string{
			"2 to import, 0 to add, 0 to change, 0 to destroy", "will no longer be managed by Terraform, but will not be destroyed",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, repo, adapt, head := migrated(t)
			block := adapt(block)
			w.Config(t, migratedValues+examples[0])
			w.Apply(t)

			w.Config(t, migratedValues+block+c.blocks)
			plan, _ := w.Plan(t)
			for _, want := range c.plan {
				if !strings.Contains(flatPlan(plan), want) {
					t.Errorf("the plan does not say %q:\n%s", want, plan)
				}
			}
			w.Apply(t)
			w.Clean(t)
			w.Config(t, migratedValues+block)
			w.Clean(t)

			commit := strings.Replace(block, "provider \"nanogit\" {", "provider \"nanogit\" {\n  commit_mode = \"explicit\"", 1)
			w.Config(t, migratedValues+commit+examples[3])
			w.Apply(t)
			w.Clean(t)

			back, _, _ := strings.Cut(commit, `resource "nanogit_file"`)
			w.Config(t, migratedValues+back+examples[4])
			w.Apply(t)
			if state, _ := w.Run(t, "state", "list"); strings.Contains(state, "nanogit") {
				t.Errorf("state after the way back:\n%s", state)
			}
			if now := repo.Head(t); now != head {
				t.Errorf("the branch is at %s, want %s as before:\n%s", now, head, repo.Git(t, "log", "--stat", head+"..main"))
			}
		})
	}
}

// TestTheGuidesScriptMigratesFilesThatHaveNames runs the guide's shell script.
func TestTheGuidesScriptMigratesFilesThatHaveNames(t *testing.T) {
	t.Parallel()
	scripts := guide(t, "migrate.md", "sh")
	if len(scripts) != 1 {
		t.Fatalf("the guide has %d scripts, want one", len(scripts))
	}
	w, repo, _, head := migrated(t)
	var before, after strings.Builder
	for name, replicas := range map[string]int{"staging": 1, "production": 3} {
		path := "deploy/" + name + "/values.yaml"
		fmt.Fprintf(&before, "resource \"github_repository_file\" %q {\n  repository = \"infrastructure\"\n  file = %q\n}\n", name, path)
		fmt.Fprintf(&after, "resource \"nanogit_file\" %q {\n  path = %q\n  content = yamlencode({ replicas = %d })\n}\n", name, path, replicas)
	}
	w.Config(t, provider(repo, "")+before.String())
	w.Apply(t)
	w.Config(t, provider(repo, "")+before.String()+after.String())

	// The script says terraform; here that runs the engine of the test.
	bin := t.TempDir()
	if err := os.Symlink(acctest.Engine(t), filepath.Join(bin, "terraform")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-ec", scripts[0])
	cmd.Dir, cmd.Env = w.Dir, append(w.Environment(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the script: %v\n%s", err, out)
	}
	w.Config(t, provider(repo, "")+after.String())
	w.Clean(t)
	if state, _ := w.Run(t, "state", "list"); strings.Count(state, "nanogit_file.") != 2 || strings.Contains(state, "github_repository_file") {
		t.Errorf("state after the script:\n%s", state)
	}
	if now := repo.Head(t); now != head {
		t.Errorf("the branch is at %s, want %s as before", now, head)
	}
}

func TestTheGuidesTemplateGivesTheMessageThatTheGuideShows(t *testing.T) {
	t.Parallel()
	configs, messages := guide(t, "commits.md", "terraform"), guide(t, "commits.md", "text")
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{Hooks: map[string]string{"pre-receive": ticketsOnly}})
	w := acctest.NewWorkspace(t, "TFC_WORKSPACE_NAME=production")
	template := strings.Replace(configs[len(configs)-1], "https://gitlab.example.com/example/infrastructure", repo.URL(), 1)
	w.Config(t, template+set("x", map[string]string{"deploy/d.yaml": "d"}, ""))
	w.Apply(t)
	w.Config(t, template+set("x", map[string]string{"deploy/a.yaml": "a"}, ""))
	w.Apply(t)
	if got, want := lastMessage(t, repo), strings.TrimSpace(messages[len(messages)-1]); got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
}

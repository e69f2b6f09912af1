package reading_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Data sources that depend on resources read a branch after these have moved it, and a tag. The
// first of them read both before.
func TestARefThatTheSameApplyMovesIsReadAfterwards(t *testing.T) {
	t.Parallel()
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.SeedText(t, map[string]string{"a.txt": "0"})
	w := acctest.NewWorkspace(t)
	config := func(n int) string {
		return with(repo, strings.ReplaceAll(`
data "nanogit_file" "before" {
  path = "a.txt"
}
resource "nanogit_file" "a" {
  path                = "a.txt"
  content             = "N"
  overwrite_on_create = true
}
resource "nanogit_branch" "fresh" {
  name       = "fresh-N"
  depends_on = [nanogit_file.a]
}
resource "nanogit_tag" "t" {
  name       = "moving"
  target     = nanogit_file.a.commit_id
  movable    = true
}
data "nanogit_file" "after" {
  for_each   = toset(["main", "moving", "fresh-N", "refs/tags/moving"])
  path       = "a.txt"
  ref        = each.key
  depends_on = [nanogit_file.a, nanogit_branch.fresh, nanogit_tag.t]
}
data "nanogit_file" "by_id" {
  path = nanogit_file.a.path
  ref  = nanogit_file.a.commit_id
}
data "nanogit_refs" "all" {
  depends_on = [nanogit_tag.t]
}
output "read" {
  value = join(" ", concat([data.nanogit_file.before.content, data.nanogit_file.by_id.content], [for f in data.nanogit_file.after : f.content]))
}
output "refs" {
  value = join(" ", sort(keys(data.nanogit_refs.all.refs)))
}
`, "N", fmt.Sprint(n)))
	}
	for n := 1; n <= 2; n++ {
		w.Config(t, config(n))
		out := w.Apply(t)
		if want := fmt.Sprintf(`read = "%d %d %d %d %d %d"`, n-1, n, n, n, n, n); !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
		if !strings.Contains(out, "refs/tags/moving") {
			t.Errorf("the new tag is not listed:\n%s", out)
		}
	}
}

// The engine cannot wait for a provider's own settings: it is told what to do.
func TestAnURLThatIsNotKnownYetIsAnErrorThatSaysWhatToDo(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t)
	w.Config(t, `
resource "terraform_data" "url" {
  input = "https://git.example.org/r.git"
}
provider "nanogit" {
  url = terraform_data.url.output
}
data "nanogit_file" "f" {
  path = "a.txt"
}
`)
	if out := w.Refused(t); !strings.Contains(out, "The provider's configuration is not known yet") || !strings.Contains(out, "-target") {
		t.Errorf("the error says:\n%s", out)
	}
}

func TestNamesThatAreNoUTF8AreLeftOutWithAWarningThatCountsThem(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.Seed(t, zoo())
	w := acctest.NewWorkspace(t)
	w.Config(t, with(repo, "data \"nanogit_files\" \"f\" {}\n"))
	out, _ := w.Plan(t)
	words := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " ")
	for _, want := range []string{"2 files are left out", `"bad\xffname.txt"`} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

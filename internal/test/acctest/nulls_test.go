package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// whenOn is a value that is left out unless a variable says otherwise: at once, or known only when
// Terraform applies.
const (
	whenOn = `
variable "on" { default = false }
locals { on = var.on }
`
	whenOnLate = `
variable "on" { default = false }
resource "terraform_data" "on" { input = var.on }
locals { on = terraform_data.on.output }
`
)

// TestANullElementIsAnErrorThatNamesIt has a null in each list and map, known when planned or only
// when applied.
func TestANullElementIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	const fileAndCommit = `
resource "nanogit_file" "f" {
  path    = "f"
  content = "f"
}
resource "nanogit_commit" "c" {
  files = merge({ f = nanogit_file.f.blob_id, a = nanogit_file.f.blob_id }, { "p/z" = local.on ? nanogit_file.f.blob_id : null })
  %s
}
`
	for name, c := range map[string]struct {
		more, hcl string
		want      string
		late      bool // it can also become null only when it is applied
	}{
		"a commit's file":           {"", fmt.Sprintf(fileAndCommit, ""), `files["p/z"]`, true},
		"a commit's trailer":        {"", fmt.Sprintf(fileAndCommit, `trailers = { K = local.on ? "v" : null }`), `trailers["K"]`, true},
		"a commit's push option":    {"", fmt.Sprintf(fileAndCommit, `push_options = ["a", local.on ? "v" : null]`), `push_options[1]`, true},
		"one of many files":         {"", `resource "nanogit_files" "f" { files = { a = { content = "a" }, b = local.on ? { content = "b" } : null } }`, `files["b"]`, true},
		"a pattern of files":        {"", `resource "nanogit_files" "f" {` + "\n  source_dir = \".\"\n  include = [\"*\", local.on ? \"b\" : null]\n}", `include[1]`, true},
		"a pattern of others":       {"", `resource "nanogit_files" "f" {` + "\n  source_dir = \".\"\n  exclude = [local.on ? \"b\" : null]\n}", `exclude[0]`, true},
		"the provider's hosts":      {`hosts = { h = null }`, one("f", "f", ""), `hosts["h"]`, false},
		"the provider's options":    {`push_options = [local.on ? "v" : null]`, one("f", "f", ""), `push_options[0]`, false},
		"the provider's trailers":   {`commit = { trailers = { K = local.on ? "v" : null } }`, one("f", "f", ""), `commit.trailers["K"]`, false},
		"a header of authorisation": {`auth = { headers = { A = "b", H = local.on ? "v" : null } }`, one("f", "f", ""), `auth.headers["H"]`, false},
	} {
		for _, late := range []bool{false, true} {
			if late && !c.late {
				continue
			}
			t.Run(fmt.Sprintf("%s, known late %t", name, late), func(t *testing.T) {
				t.Parallel()
				repo := acctest.NewRepo(t)
				w := acctest.NewWorkspace(t)
				on := whenOn
				if late {
					on = whenOnLate
				}
				w.Config(t, on+provider(repo, explicit+"\n"+c.more)+c.hcl)
				head := repo.Head(t)
				out := w.Refused(t)
				if !strings.Contains(out, c.want+" is null") || strings.Contains(out, "bug in the provider") {
					t.Errorf("the error does not say that %s is null:\n%s", c.want, out)
				}
				if planned := !strings.Contains(out, "Creating..."); planned == late {
					t.Errorf("refused by the plan: %t, want %t:\n%s", planned, !late, out)
				}
				if repo.Head(t) != head {
					t.Errorf("the branch moved:\n%s", repo.Git(t, "log", "--stat", "--oneline", "main"))
				}
			})
		}
	}
}

func TestElementsThatAreKnownLateAreWritten(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t, "TF_VAR_on=true")
	w.Config(t, whenOnLate+provider(repo, "")+`
resource "nanogit_files" "f" {
  files = { a = { content = "a" }, b = local.on ? { content = "b" } : null }
}
`)
	w.Apply(t)
	holds(t, repo, map[string]string{"a": "a", "b": "b"})
	w.Clean(t)
}

func TestAPersonWhoseNameIsNullHasTheDefault(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, `commit = { author = { name = null, email = "jo@example.com" } }`)+one("f", "f", ""))
	w.Apply(t)
	if got := repo.Git(t, "log", "-1", "--format=%an <%ae>", "main"); got != "Terraform <jo@example.com>" {
		t.Errorf("the author is %s", got)
	}
}

func TestAnImportIDThatNamesNothingIsRefused(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+one("f", "f", "")+"resource \"nanogit_files\" \"m\" {\n  files = { a = { content = \"a\" } }\n}\n")
	for _, c := range []struct{ address, id, want string }{
		{"nanogit_file.f", "", `The import id "" names no file.`},
		{"nanogit_file.f", ":", `The import id ":" names no file.`},
		{"nanogit_file.f", "main:", `The import id "main:" names no file.`},
		{"nanogit_files.m", "", "The import id is empty."},
	} {
		out, code := w.Run(t, "import", "-no-color", c.address, c.id)
		if out := strings.Join(strings.Fields(out), " "); code == 0 || !strings.Contains(out, c.want) || !strings.Contains(out, "An import id is") {
			t.Errorf("import of %s as %q ended with code %d, want %q:\n%s", c.address, c.id, code, c.want, out)
		}
	}
}

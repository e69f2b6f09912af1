package acctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// An import does not get the configuration. Where the configuration has the content as a secret,
// neither plan nor state get it.
func TestAnImportOfASecretKeepsItFromPlanAndState(t *testing.T) {
	t.Parallel()
	const secret = "c0rrect-h0rse"
	const importing = "import {\n  to = nanogit_file.f\n  id = \"main:p\"\n}\n"
	file := func(path, content string) string {
		return "variable \"path\" { default = \"p\" }\nresource \"nanogit_file\" \"f\" {\n  path = " + path + "\n" + content + "\n}\n"
	}
	const writeOnly = "content_wo = \"" + secret + "\"\ncontent_wo_version = 1"
	const sensitive = "sensitive_content = \"" + secret + "\""
	for name, c := range map[string]struct {
		config  string
		command bool // terraform import
		stored  bool // state has the content of sensitive_content
	}{
		"content_wo":                           {config: file(`"p"`, writeOnly)},
		"content_wo at a path from a variable": {config: file("var.path", writeOnly)},
		"sensitive_content":                    {config: file(`"p"`, sensitive), stored: true},
		"content_wo, with the command":         {config: file(`"p"`, writeOnly), command: true},
		"a variable's path, with the command":  {config: file("var.path", writeOnly), command: true},
		"sensitive_content, with the command":  {config: file(`"p"`, sensitive), command: true, stored: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			repo.SeedText(t, map[string]string{"p": secret, "other": "x"})
			head := repo.Head(t)
			w := acctest.NewWorkspace(t)
			config := provider(repo, "") + c.config
			w.Config(t, config)
			said := ""
			if c.command {
				out, code := w.Run(t, "import", "nanogit_file.f", "main:p")
				if said = out; code != 0 {
					t.Fatalf("the import failed:\n%s", out)
				}
			} else {
				w.Config(t, config+importing)
			}
			out, _ := w.Plan(t)
			said += out
			if !c.command && !strings.Contains(out, "Warning: The import leaves the content out") {
				t.Errorf("no word of it:\n%s", out)
			}
			said += w.Apply(t)
			if strings.Contains(said, secret) {
				t.Errorf("the secret is shown:\n%s", said)
			}
			state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(state), secret) != c.stored {
				t.Errorf("the secret in state: %t, want %t", !c.stored, c.stored)
			}
			if now := repo.Head(t); now != head {
				t.Errorf("the import made a commit")
			}
			w.Clean(t)
		})
	}
}

func TestAnImportOfWhatIsNoSecretHasItsContent(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.SeedText(t, map[string]string{"p": "plain", "q": "secret"})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+block("f", "p", "plain", "")+
		"variable \"path\" { default = \"q\" }\nresource \"nanogit_file\" \"g\" {\n  path = var.path\n  content_wo = \"secret\"\n  content_wo_version = 1\n  overwrite_on_create = true\n}\n"+
		"import {\n  to = nanogit_file.f\n  id = \"main:p\"\n}\n")
	if out := w.Apply(t); !strings.Contains(out, "1 imported, 1 added, 0 changed") {
		t.Errorf("the import is not clean:\n%s", out)
	}
	w.Clean(t)
}

// An import of nanogit_files has the contents of few files, for -generate-config-out. The contents
// of a directory and secrets are none of state's.
func TestAnImportOfManyFilesKeepsTheContentsFromStateThatTheConfigurationKeepsFromIt(t *testing.T) {
	t.Parallel()
	const secret = "c0rrect-h0rse"
	for name, c := range map[string]struct {
		config string
		stored bool
	}{
		"source_dir":        {config: "source_dir = \"local\""},
		"content_wo":        {config: "files = {\n    f = {\n      content_wo = \"" + secret + "\"\n      content_wo_version = 1\n    }\n  }"},
		"source":            {config: "files = { f = { source = \"local/f\" } }"},
		"content":           {config: "files = { f = { content = \"" + secret + "\" } }", stored: true},
		"a variable prefix": {config: "source_dir = \"local\"\n  commit_message = var.prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
			repo.SeedText(t, map[string]string{"p/f": secret})
			head := repo.Head(t)
			w := acctest.NewWorkspace(t)
			if err := os.Mkdir(filepath.Join(w.Dir, "local"), 0o700); err != nil {
				t.Fatal(err)
			}
			w.Write(t, filepath.Join("local", "f"), secret)
			config := provider(repo, "") + "variable \"prefix\" { default = \"p\" }\nresource \"nanogit_files\" \"f\" {\n  prefix = var.prefix\n  " + c.config + "\n}\n"
			w.Config(t, config+"import {\n  to = nanogit_files.f\n  id = \"main:p\"\n}\n")
			w.Apply(t)
			state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(state), secret) != c.stored {
				t.Errorf("the content in state: %t, want %t", !c.stored, c.stored)
			}
			if now := repo.Head(t); now != head {
				t.Errorf("the import made a commit")
			}
			w.Clean(t)
		})
	}
}

package acctest_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// Terraform composes strings, so that it cannot name a decomposed directory; the import says so,
// and how to rename it.
func TestAnImportOfADecomposedDirectorySaysHowToRenameIt(t *testing.T) {
	t.Parallel()
	const composed, decomposed = "docs/r\u00e9sum\u00e9/caf\u00e9.md", "docs/re\u0301sume\u0301/cafe\u0301.md"
	repo := acctest.NewRepo(t)
	repo.SeedText(t, map[string]string{decomposed: "x\n"})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+one(composed, "x\n", "")+
		"resource \"nanogit_files\" \"m\" {\n  prefix = \"docs/r\u00e9sum\u00e9\"\n  files = { \"caf\u00e9.md\" = { content = \"x\\n\" } }\n}\n")
	directory := func(path string) string { return path[:strings.LastIndexByte(path, '/')] }
	for _, c := range []struct{ address, id, from, to string }{
		{"nanogit_files.m", directory(composed), directory(decomposed), directory(composed)},
		{"nanogit_files.m", directory(decomposed), directory(decomposed), directory(composed)},
	} {
		out, code := w.Run(t, "import", "-no-color", c.address, c.id)
		flat := strings.Join(strings.Fields(out), " ")
		if code == 0 || !strings.Contains(flat, "composed Unicode (NFC)") || !strings.Contains(flat, "Rename it on the branch") {
			t.Fatalf("import of %q ended with code %d:\n%s", c.id, code, out)
		}
		// The command in the error repairs the name.
		names := regexp.MustCompile(`git mv \$'([^']*)' \$'([^']*)'`).FindStringSubmatch(flat)
		if len(names) != 3 {
			t.Fatalf("there is no command in:\n%s", out)
		}
		for i, want := range []string{c.from, c.to} {
			if got := unquote(names[i+1]); got != want {
				t.Errorf("import of %q: the command has %q, want %q", c.id, got, want)
			}
		}
	}
	out, code := w.Run(t, "import", "-no-color", "nanogit_file.f", "docs/nai\u0308ve")
	if code == 0 || !strings.Contains(out, "holds no file at this path") {
		t.Errorf("what is there in no form ended with code %d:\n%s", code, out)
	}
}

// A file can be imported under its composed name, and gets that with the next apply.
func TestADecomposedFileIsImportedAndRenamed(t *testing.T) {
	t.Parallel()
	const composed, decomposed = "docs/caf\u00e9.md", "docs/cafe\u0301.md"
	for name, c := range map[string]struct {
		provider, id, content, then string
		want                        map[string]string
	}{
		"and stays as it is":          {id: composed, content: "x", want: map[string]string{composed: "x"}},
		"by its decomposed name":      {id: "main:" + decomposed, content: "x", want: map[string]string{composed: "x"}},
		"and gets another content":    {id: composed, content: "y", want: map[string]string{composed: "y"}},
		"in explicit mode":            {provider: explicit, id: composed, content: "x", want: map[string]string{composed: "x"}},
		"in explicit mode, and a new": {provider: explicit, id: composed, content: "y", want: map[string]string{composed: "y"}},
		"and is removed":              {id: composed, then: "gone", want: map[string]string{}},
		"and somebody renames it":     {id: composed, content: "x", then: "renamed", want: map[string]string{composed: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			repo.SeedText(t, map[string]string{decomposed: "x"})
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, c.provider)+block("f", composed, "x", ""))
			if out, code := w.Run(t, "import", "nanogit_file.f", c.id); code != 0 {
				t.Fatalf("the import failed:\n%s", out)
			}
			head := repo.Head(t)
			switch c.then {
			case "gone":
				w.Config(t, provider(repo, c.provider))
				w.Apply(t)
			case "renamed":
				repo.Seed(t, map[string]gittest.File{composed: {Content: "x"}, decomposed: {Remove: true}})
				w.Clean(t)
			default:
				w.Config(t, provider(repo, c.provider)+block("f", composed, c.content, ""))
				if out, _ := w.Plan(t); !strings.Contains(out, "Warning: The file gets its composed name") {
					t.Errorf("no word of the rename:\n%s", out)
				}
				w.Apply(t)
				if n := repo.Git(t, "rev-list", "--count", head+"..main"); n != "1" {
					t.Errorf("%s commits, want 1", n)
				}
			}
			holds(t, repo, c.want)
			w.Clean(t)
		})
	}
}

// unquote decodes the text between $' and '.
func unquote(s string) string {
	return regexp.MustCompile(`\\x[0-9a-f]{2}`).ReplaceAllStringFunc(s, func(x string) string {
		hex := func(c byte) byte { return byte(strings.IndexByte("0123456789abcdef", c)) }
		return string([]byte{hex(x[2])<<4 | hex(x[3])})
	})
}

package acctest_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/acctest"
)

// Terraform composes strings, so that it cannot name a decomposed path; the import says so, and how
// to rename it.
func TestAnImportOfADecomposedPathSaysHowToRenameIt(t *testing.T) {
	t.Parallel()
	const composed, decomposed = "docs/r\u00e9sum\u00e9/caf\u00e9.md", "docs/re\u0301sume\u0301/cafe\u0301.md"
	repo := acctest.NewRepo(t)
	repo.SeedText(t, map[string]string{decomposed: "x\n"})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+one(composed, "x\n", "")+
		"resource \"nanogit_files\" \"m\" {\n  prefix = \"docs/r\u00e9sum\u00e9\"\n  files = { \"caf\u00e9.md\" = { content = \"x\\n\" } }\n}\n")
	directory := func(path string) string { return path[:strings.LastIndexByte(path, '/')] }
	for _, c := range []struct{ address, id, from, to string }{
		{"nanogit_file.f", composed, decomposed, composed},
		{"nanogit_file.f", "main:" + decomposed, decomposed, composed},
		{"nanogit_files.m", directory(composed), directory(decomposed), directory(composed)},
		{"nanogit_files.m", directory(decomposed), directory(decomposed), directory(composed)},
	} {
		out, code := w.Run(t, "import", "-no-color", c.address, c.id)
		flat := strings.Join(strings.Fields(out), " ")
		if code == 0 || !strings.Contains(flat, "composed Unicode (NFC)") || !strings.Contains(flat, "Rename it on the branch") {
			t.Fatalf("import of %q ended with code %d:\n%s", c.id, code, out)
		}
		// The command does what it says.
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
	// Under the composed name it can be imported.
	repo.SeedText(t, map[string]string{composed: "x\n"})
	if out, code := w.Run(t, "import", "-no-color", "nanogit_file.f", composed); code != 0 {
		t.Errorf("after the rename:\n%s", out)
	}
}

// unquote reads what stands between $' and '.
func unquote(s string) string {
	return regexp.MustCompile(`\\x[0-9a-f]{2}`).ReplaceAllStringFunc(s, func(x string) string {
		hex := func(c byte) byte { return byte(strings.IndexByte("0123456789abcdef", c)) }
		return string([]byte{hex(x[2])<<4 | hex(x[3])})
	})
}

package textdiff_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/resources/textdiff"
)

// gitDiff is the change as git shows it, from the line --- on.
func gitDiff(t *testing.T, old, now string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"a/p": old, "b/p": now} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("git", "diff", "--no-index", "--no-color", "--no-prefix", "a/p", "b/p")
	cmd.Dir = dir
	out, _ := cmd.Output() // its exit code says that they differ
	if i := strings.Index(string(out), "--- "); i >= 0 {
		return string(out[i:])
	}
	return string(out)
}

func TestADiffIsThatOfGit(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("line\n", 30)
	for name, c := range map[string][2]string{
		"a line":             {"a\nb\nc\n", "a\nB\nc\n"},
		"far apart":          {"x\n" + many + "y\n", "X\n" + many + "Y\n"},
		"no newline at end":  {"a\nb", "a\nc"},
		"a newline at end":   {"a\nb", "a\nb\n"},
		"lines at the end":   {"a\n", "a\nb\nc\n"},
		"CRLF":               {"a\r\nb\r\n", "a\r\nc\r\n"},
		"letters beyond":     {"ä\n", "ö\n"},
		"everything removed": {"a\nb\n", "\n"},
	} {
		side := func(s string) textdiff.Side { return textdiff.Side{Exists: true, Content: []byte(s)} }
		got, want := textdiff.Unified("p", side(c[0]), side(c[1])), gitDiff(t, c[0], c[1])
		trim := func(s string) string { // git names a function after @@
			var out []string
			for line := range strings.Lines(s) {
				if i := strings.LastIndex(line, " @@ "); strings.HasPrefix(line, "@@ ") && i > 0 {
					line = line[:i+3] + "\n"
				}
				out = append(out, line)
			}
			return strings.Join(out, "")
		}
		if trim(got) != trim(want) {
			t.Errorf("%s:\n%s\nand git has\n%s", name, got, want)
		}
	}
}

func TestADiffTellsNewGoneAndBinaryFiles(t *testing.T) {
	t.Parallel()
	none, text, binary := textdiff.Side{}, textdiff.Side{Exists: true, Content: []byte("a\n")}, textdiff.Side{Exists: true, Content: []byte{0}}
	empty := textdiff.Side{Exists: true}
	for _, c := range []struct {
		from, to textdiff.Side
		want     string
	}{
		{none, text, "--- /dev/null\n+++ b/p\n@@ -0,0 +1 @@\n+a\n"},
		{text, none, "--- a/p\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"},
		{text, text, ""},
		{none, empty, "--- /dev/null\n+++ b/p\n"},
		{text, binary, "Binary files a/p and b/p differ\n"},
	} {
		if got := textdiff.Unified("p", c.from, c.to); got != c.want {
			t.Errorf("%v to %v:\n%s\nwant\n%s", c.from, c.to, got, c.want)
		}
	}
}

package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// A Windows and a Linux runner read the same file with different line endings; line_endings gives
// both the same content, and the same plan.
func TestContentsThatDifferInLineEndingsAloneAreNoChange(t *testing.T) {
	t.Parallel()
	const windows, linux = `"a\r\nb\r\n"`, `"a\nb\n"`
	file := func(attribute string) func(text, endings string) string {
		return func(text, endings string) string {
			return fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  path = \"f\"\n  line_endings = %q\n  %s\n}\n", endings, fmt.Sprintf(attribute, text))
		}
	}
	element := func(attribute string) func(text, endings string) string {
		return func(text, endings string) string {
			return fmt.Sprintf("resource \"nanogit_files\" \"f\" {\n  files = { f = { line_endings = %q, %s } }\n}\n", endings, fmt.Sprintf(attribute, text))
		}
	}
	for name, hcl := range map[string]func(text, endings string) string{
		"content":                       file(`content = %s`),
		"sensitive content":             file(`sensitive_content = %s`),
		"base64":                        file(`content_base64 = base64encode(%s)`),
		"an element's content":          element(`content = %s`),
		"an element's secret":           element(`sensitive_content = %s`),
		"an element's content as bytes": element(`content_base64 = base64encode(%s)`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := acctest.NewRepo(t)
			w := acctest.NewWorkspace(t)
			w.Config(t, provider(repo, "")+hcl(windows, "lf"))
			w.Apply(t)
			w.Clean(t)
			head := repo.Head(t)
			w.Config(t, provider(repo, "")+hcl(linux, "lf"))
			w.Clean(t)
			holds(t, repo, map[string]string{"f": "a\nb\n"})

			// Somebody writes it with the other endings: that is a change, and it is undone.
			repo.SeedText(t, map[string]string{"f": "a\r\nb\r\n"})
			if _, changes := w.Plan(t); !changes {
				t.Error("CR LF on the branch is not planned to be LF")
			}
			w.Apply(t)
			w.Clean(t)
			holds(t, repo, map[string]string{"f": "a\nb\n"})
			w.Config(t, provider(repo, "")+hcl(windows, "lf"))
			w.Clean(t)
			if n := repo.Commits(t, head+"..main"); n != 2 {
				t.Errorf("%d commits, want theirs and ours", n)
			}

			// Other endings are other bytes, and so is other text.
			w.Config(t, provider(repo, "")+hcl(windows, "crlf"))
			w.Apply(t)
			holds(t, repo, map[string]string{"f": "a\r\nb\r\n"})
			w.Config(t, provider(repo, "")+hcl(linux, "as_is"))
			w.Apply(t)
			holds(t, repo, map[string]string{"f": "a\nb\n"})
			w.Config(t, provider(repo, "")+hcl(windows, "as_is"))
			w.Apply(t)
			holds(t, repo, map[string]string{"f": "a\r\nb\r\n"})
			w.Clean(t)
		})
	}
}

func TestAnImportedFileIsSpelledAsTheBranchSpellsIt(t *testing.T) {
	t.Parallel()
	repo := acctest.NewRepo(t)
	repo.SeedText(t, map[string]string{"f": "a\nb\n"})
	w := acctest.NewWorkspace(t)
	w.Config(t, provider(repo, "")+"resource \"nanogit_file\" \"f\" {\n  path = \"f\"\n  content = \"a\\r\\nb\\r\\n\"\n  line_endings = \"lf\"\n}\n")
	if out, code := w.Run(t, "import", "nanogit_file.f", "f"); code != 0 {
		t.Fatal(out)
	}
	out, _ := w.Plan(t)
	if !strings.Contains(out, `"as_is" -> "lf"`) || strings.Contains(out, "~ content ") || strings.Contains(out, "blob_id ") {
		t.Errorf("want line_endings alone to change:\n%s", out)
	}
	head := repo.Head(t)
	w.Apply(t)
	w.Clean(t)
	if repo.Head(t) != head {
		t.Error("the branch moved")
	}
}

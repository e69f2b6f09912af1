package acctest_test

import (
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// The provider has no URL here and reaches no server: functions are called all the same.
func TestFunctionsWorkWithoutAConfiguredProvider(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t)
	w.Config(t, `
locals {
  repository = provider::nanogit::parse_url("https://jo:s3cret@github.com/example/infrastructure.git")
}
output "all" {
  value = join(" ", concat([
    provider::nanogit::blob_id("hello\n"),
    provider::nanogit::blob_id_base64(base64encode("hello\n"), "sha1"),
    local.repository.scheme, local.repository.host, local.repository.owner, local.repository.name,
  ], provider::nanogit::glob("**/*.md", toset(["b.md", "a/c.md", "d.txt"]))))
}
`)
	out := w.Apply(t)
	const want = `all = "ce013625030ba8dba906f756967f9e9ca394464a ce013625030ba8dba906f756967f9e9ca394464a https github.com example infrastructure a/c.md b.md"`
	if !strings.Contains(out, want) {
		t.Errorf("the output has no %s:\n%s", want, out)
	}
	w.Clean(t)
}

func TestAFunctionsErrorNamesItsParameter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ call, parameter, want string }{
		"an address":      {`parse_url("git.example.com/r")`, `"url" parameter`, "the value is not the URL of a repository"},
		"a content":       {`blob_id_base64("?")`, `"content" parameter`, "the content is not base64"},
		"a format":        {`blob_id("x", "md5")`, `"object_format" parameter`, "neither sha1 nor sha256"},
		"a pattern":       {`glob("[a", [])`, `"pattern" parameter`, "is malformed"},
		"a path":          {`glob("*", ["a", null])`, `"paths" parameter`, "the path at index 1 is null"},
		"a path in a set": {`glob("./*", toset(["a"]))`, `"pattern" parameter`, "matches nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t)
			w.Config(t, "output \"x\" {\n  value = provider::nanogit::"+c.call+"\n}\n")
			out := w.Refused(t)
			if !strings.Contains(out, c.parameter) || !strings.Contains(out, c.want) {
				t.Errorf("the error says neither %s nor %q:\n%s", c.parameter, c.want, out)
			}
		})
	}
}

package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// An error is shown at the attribute, or at the block if other attributes of the block are secrets;
// never at another attribute.
func TestErrorsOfNestedAttributesAreShownAtTheirPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ more, hcl, line, want string }{
		"a cache's url, which is not the provider's": {"object_cache = {\n type = \"redis\"\n url = \"x\"\n}", "", `provider "nanogit" {`, "Attribute: object_cache.url"},
		"a host's auth, which is not the provider's": {"auth = { token = \"s3cret\" }\nhosts = {\n h = {\n auth = { username = \"u\" }\n}\n}", "", `provider "nanogit" {`, `Attribute: hosts["h"].auth`},
		"a key of SSH":       {"auth = {\n ssh = { private_key_pem = \"s3cret\" }\n}", "", `provider "nanogit" {`, "Attribute: auth.ssh.private_key_pem"},
		"a certificate":      {"tls = {\n ca_cert_file = \"/nonexistent\"\n}", "", `provider "nanogit" {`, "Attribute: tls.ca_cert_file"},
		"a limit":            {"limits = { request_timeout = \"soon\" }", "", `limits = {`, "Attribute: limits.request_timeout"},
		"an author's name":   {"commit = { author = { name = \" \" } }", "", `provider "nanogit" {`, "Attribute: commit.author.name"},
		"a signing key":      {"commit = {\n signing = { format = \"ssh\", private_key = \"s3cret\" }\n}", "", `provider "nanogit" {`, "Attribute: commit.signing.private_key"},
		"a key beside it":    {"commit = {\n signing = { format = \"ssh\", private_key = \"s3cret\", key_id = \"x\" }\n}", "", `provider "nanogit" {`, "Attribute: commit.signing.key_id"},
		"a commit's author":  {"", "resource \"nanogit_commit\" \"c\" {\n files = {}\n message = \"m\"\n author = { name = \" \" }\n}\n", "author = {", "Attribute: author.name"},
		"the mode of a file": {"", "resource \"nanogit_files\" \"m\" {\n commit_message = \"m\"\n files = { f = { content = \"s3cret\", mode = \"0644\" } }\n}\n", `resource "nanogit_files" "m" {`, `files["f"].mode`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t)
			hcl := c.hcl
			if hcl == "" {
				hcl = one("f", "f", "")
			}
			w.Config(t, fmt.Sprintf("provider \"nanogit\" {\n  url = \"https://git.example.com/r.git\"\n%s\n}\n", c.more)+hcl)
			out, code := w.Run(t, "plan", "-no-color")
			if out = strings.Join(strings.Fields(out), " "); code == 0 || !strings.Contains(out, ": "+c.line) || !strings.Contains(out, c.want) {
				t.Errorf("want the line %q and the text %q:\n%s", c.line, c.want, out)
			}
			if strings.Contains(out, "s3cret") {
				t.Errorf("a secret is quoted:\n%s", out)
			}
		})
	}
}

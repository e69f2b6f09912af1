//go:build unix

package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// An address with a token in it that is misspelt shows up nowhere, wherever it is configured: any
// part of an address that cannot be parsed may be a secret.
func TestNoPartOfAMisspeltAddressIsPrintedLoggedOrStored(t *testing.T) {
	t.Parallel()
	const token = "s3cretTOKENofnobody"
	const file = "resource \"nanogit_file\" %[1]q {\n  provider = nanogit.%[1]s\n  path = \"f\"\n  content = \"x\"\n%[2]s}\n"
	for name, spelling := range map[string]string{
		"no scheme":            "oauth2:TOKEN@host.invalid/org/r.git",
		"a port and a slash":   "SCHEME://ci:7/xTOKEN@host.invalid/r.git",
		"a slash in the token": "SCHEME://s3cret/TOKEN@host.invalid/r",
		"a question mark":      "SCHEME://ci:s?TOKEN@host.invalid/r",
		"one slash":            "SCHEME:/ci:TOKEN@host.invalid/r",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := func(scheme string) string {
				return strings.NewReplacer("TOKEN", token, "SCHEME", scheme).Replace(spelling)
			}
			var config strings.Builder
			use := func(alias, provider, resource string) {
				fmt.Fprintf(&config, "provider \"nanogit\" {\n  alias = %q\n%s\n}\n", alias, provider)
				fmt.Fprintf(&config, file, alias, resource)
			}
			use("url", fmt.Sprintf("  url = %q", address("https")), "")
			use("repository", "", fmt.Sprintf("  repository = %q\n", address("https")))
			use("api", fmt.Sprintf("  url = \"https://host.invalid/r.git\"\n  auth = { github_app = { app_id = \"1\", installation_id = \"1\", private_key_pem = \"x\", api_url = %q } }", address("https")), "")
			use("redis", fmt.Sprintf("  url = \"https://host.invalid/r.git\"\n  object_cache = { type = \"redis\", url = %q }", address("redis")), "")
			use("postgres", fmt.Sprintf("  url = \"https://host.invalid/r.git\"\n  object_cache = { type = \"postgres\", url = %q }", address("postgres")), "")
			otlp := newCollector(t)
			w := acctest.NewWorkspace(t, otlp.env)
			w.Trace()
			w.Config(t, config.String())
			out := w.Refused(t)
			if n := strings.Count(out, "Error: "); n < 3 {
				t.Errorf("%d errors:\n%s", n, out)
			}
			noSecrets(t, w, []string{token}, true)

			// The same in the environment, where a plan comes as far as to use it.
			proxied := acctest.NewWorkspace(t, "HTTPS_PROXY="+address("http"), "NANOGIT_OBJECT_CACHE="+address("redis"), otlp.env)
			proxied.Trace()
			proxied.Config(t, "provider \"nanogit\" {\n  alias = \"p\"\n  url = \"https://host.invalid/r.git\"\n}\n"+fmt.Sprintf(file, "p", ""))
			proxied.Refused(t)
			noSecrets(t, proxied, []string{token}, true)
			otlp.noSecrets(t, []string{token})

			// Terraform prints the id itself, on its own lines: the test looks only at the
			// provider's lines.
			imported := acctest.NewWorkspace(t)
			imported.Config(t, "provider \"nanogit\" {}\nresource \"nanogit_file\" \"f\" {\n  path = \"f\"\n  content = \"x\"\n}\n")
			for _, rest := range []string{"#main:f", "//f"} {
				out, code := imported.Run(t, "import", "-no-color", "nanogit_file.f", address("https")+rest)
				if _, told, _ := strings.Cut(out, "Error: "); code == 0 || told == "" || strings.Contains(told, token) {
					t.Errorf("import: %d, %s", code, out)
				}
			}
		})
	}
}

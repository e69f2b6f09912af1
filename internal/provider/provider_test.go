package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const file = "resource \"nanogit_file\" \"f\" {\n  path    = \"a/b.md\"\n  content = \"hello\\n\"\n}\n"

func block(lines ...string) string {
	return "provider \"nanogit\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

func steps(t *testing.T, list ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(t), Steps: list})
}

func inState(name, want string) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("nanogit_file.f", tfjsonpath.New(name), knownvalue.StringExact(want))
}

// TestEveryKindOfServerAndCredentialTakesAFile creates a file on a server of each kind, with each
// kind of credentials.
func TestEveryKindOfServerAndCredentialTakesAFile(t *testing.T) {
	for name, tc := range map[string]struct {
		server gittest.Options
		repo   gittest.RepoOptions
		env    map[string]string
		more   func(*testing.T, *gittest.Server) string
	}{
		"user name and password":             {server: gittest.Options{Username: "jo", Password: "s3cret"}, more: text(`auth = { username = "jo", password = "s3cret" }`)},
		"user name and password, not ASCII":  {server: gittest.Options{Username: "jö", Password: "gehe:im ü"}, more: text(`auth = { username = "jö", password = "gehe:im ü" }`)},
		"a token":                            {server: gittest.Options{Token: "t0ken"}, more: text(`auth = { token = "t0ken" }`)},
		"a bearer token":                     {server: gittest.Options{Token: "t0ken"}, more: text(`auth = { bearer_token = "t0ken" }`)},
		"a header":                           {server: gittest.Options{Token: "t0ken"}, more: text(`auth = { headers = { Authorization = "Bearer t0ken" } }`)},
		"a token from the environment":       {server: gittest.Options{Token: "t0ken"}, env: map[string]string{"NANOGIT_TOKEN": "t0ken"}},
		"a password from the environment":    {server: gittest.Options{Username: "jo", Password: "s3cret"}, env: map[string]string{"NANOGIT_USERNAME": "jo", "NANOGIT_PASSWORD": "s3cret"}},
		"TLS under an authority of its own":  {server: gittest.Options{TLS: true}, more: caPEM},
		"TLS with the authority in a file":   {server: gittest.Options{TLS: true}, more: caFile},
		"TLS that is not verified":           {server: gittest.Options{TLS: true}, more: text("tls = { insecure_skip_verify = true }")},
		"TLS with a client certificate":      {server: gittest.Options{TLS: true, ClientCert: true}, more: clientPEM},
		"a repository without a commit":      {repo: gittest.RepoOptions{Empty: true}},
		"an empty one whose HEAD is a trunk": {repo: gittest.RepoOptions{Empty: true, Branch: "trunk"}},
		"another default branch":             {repo: gittest.RepoOptions{Branch: "release/1.x"}},
		"a server without filters":           {server: gittest.Options{NoFilter: true}},
		"push options":                       {repo: gittest.RepoOptions{Config: map[string]string{"receive.advertisePushOptions": "true"}}, more: text(`push_options = ["ci.skip"]`)},
		"a server that takes no options":     {repo: gittest.RepoOptions{Config: map[string]string{"receive.advertisePushOptions": "false"}}, more: text(`push_options = ["ci.skip"]`)},
		"staging on disk":                    {more: text(`staging_mode = "disk"`)},
		"staging in memory, uncompressed":    {more: text(`staging_mode = "memory"`, `staging = { compression = 0 }`)},
		"no object cache":                    {more: text(`object_cache = { type = "none" }`)},
		"an object cache that is verified":   {more: text(`object_cache = { verify = true, ttl = "1h", max_size = "1MiB" }`)},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			server := gittest.New(t, tc.server)
			repo := server.NewRepo(t, "group/r.git", tc.repo)
			more := ""
			if tc.more != nil {
				more = tc.more(t, server)
			}
			before := repo.Commits(t, repo.Branch)
			config := block(fmt.Sprintf("url = %q", repo.URL()), more) + file
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(t),
				Steps: []resource.TestStep{{
					Config:            config,
					ConfigStateChecks: []statecheck.StateCheck{inState("branch", repo.Branch), inState("repository", repo.URL())},
					Check:             resource.ComposeTestCheckFunc(acctest.Holds(t, repo, "a/b.md", "100644", "hello\n"), acctest.Commits(t, repo, before+1)),
				}},
				CheckDestroy: acctest.Commits(t, repo, before+2),
			})
		})
	}
}

func text(lines ...string) func(*testing.T, *gittest.Server) string {
	return func(*testing.T, *gittest.Server) string { return strings.Join(lines, "\n  ") }
}

func caPEM(_ *testing.T, s *gittest.Server) string {
	return fmt.Sprintf("tls = { ca_cert_pem = %q }", s.CAPEM())
}

func caFile(t *testing.T, s *gittest.Server) string {
	name := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(name, []byte(s.CAPEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("tls = { ca_cert_file = %q }", name)
}

func clientPEM(_ *testing.T, s *gittest.Server) string {
	cert, key := s.ClientPEM()
	return fmt.Sprintf("tls = { ca_cert_pem = %q, client_cert_pem = %q, client_key_pem = %q }", s.CAPEM(), cert, key)
}

func TestAServerThatIsNotTrustedIsRefused(t *testing.T) {
	repo := gittest.New(t, gittest.Options{TLS: true}).NewRepo(t, "r.git", gittest.RepoOptions{})
	steps(t, resource.TestStep{
		Config:      block(fmt.Sprintf("url = %q", repo.URL())) + file,
		ExpectError: regexp.MustCompile(`(?s)certificate.*tls|TLS.*certificate`),
	})
}

func TestAMissingBranchIsStartedInThePushOfItsFirstCommit(t *testing.T) {
	repo := gittest.New(t, gittest.Options{}).NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.SeedText(t, map[string]string{"old.md": "old\n"})
	repo.Git(t, "tag", "v1", "main")
	start := repo.Head(t)
	repo.SeedText(t, map[string]string{"new.md": "new\n"})
	for name, from := range map[string]string{"a tag": "v1", "a commit": start, "a branch": "main"} {
		t.Run(name, func(t *testing.T) {
			branch := strings.ReplaceAll(name, " ", "-")
			config := block(fmt.Sprintf("url = %q", repo.URL()), fmt.Sprintf("branch = %q", branch), fmt.Sprintf("create_branch_from = %q", from))
			steps(t,
				resource.TestStep{Config: config + file, ConfigStateChecks: []statecheck.StateCheck{inState("branch", branch)}},
				// Consulted only when something is created.
				resource.TestStep{Config: strings.Replace(config, "create_branch_from", "#", 1) + file},
			)
			parent := repo.Git(t, "rev-list", "--max-parents=1", "--reverse", from+".."+branch)
			first, _, _ := strings.Cut(parent, "\n")
			if got, want := repo.Git(t, "rev-parse", first+"^"), repo.Git(t, "rev-parse", from+"^{commit}"); got != want {
				t.Errorf("the branch starts from %s, want %s", got, want)
			}
		})
	}
}

func TestAResourceOnAnotherHostUsesItsEntryAndNeverTheProvidersCredentials(t *testing.T) {
	home := gittest.New(t, gittest.Options{Username: "jo", Password: "home-secret"})
	away := gittest.New(t, gittest.Options{Token: "away-secret"})
	here, there := home.NewRepo(t, "r.git", gittest.RepoOptions{}), away.NewRepo(t, "r.git", gittest.RepoOptions{})
	host := strings.TrimPrefix(away.URL(), "http://")
	own := fmt.Sprintf("url = %q\n  auth = { username = \"jo\", password = \"home-secret\" }", here.URL())
	two := file + fmt.Sprintf("resource \"nanogit_file\" \"g\" {\n  repository = %q\n  path = \"c.md\"\n  content = \"x\"\n}\n", there.URL())
	steps(t,
		resource.TestStep{Config: block(own) + two, ExpectError: regexp.MustCompile(`401`)},
		resource.TestStep{
			Config: block(own, fmt.Sprintf("hosts = { %q = { auth = { token = \"away-secret\" } } }", host)) + two,
			Check:  resource.ComposeTestCheckFunc(acctest.Holds(t, here, "a/b.md", "100644", "hello\n"), acctest.Holds(t, there, "c.md", "100644", "x")),
		})
	for _, r := range away.Stats().Log {
		if r.Username == "jo" {
			t.Fatalf("the provider's own credentials went to another host: %+v", r)
		}
	}
}

package reading_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// said expects a value of a data "nanogit_repository".
func said(name, attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data.nanogit_repository."+name, tfjsonpath.New(attribute), want)
}

// offers expects a capability among those of a list.
func offers(name, attribute, capability string) statecheck.StateCheck {
	return said(name, attribute, knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.StringExact(capability)}))
}

// Repositories that are ordinary, empty, closed to pushes, SHA-256, on an old server and in a
// directory are read by the same plan.
func TestARepositoryIsDescribedAsItsServerDoes(t *testing.T) {
	server, older := gittest.New(t, gittest.Options{}), gittest.New(t, gittest.Options{V0Only: true})
	// A server of which each answer has something new in it: the plan after the apply is empty all
	// the same.
	main := server.NewRepo(t, "main.git", gittest.RepoOptions{Branch: "trunk", Config: map[string]string{
		"receive.advertisePushOptions": "true", "receive.certNonceSeed": "a seed", "transfer.advertiseSID": "true",
	}})
	empty := server.NewRepo(t, "empty.git", gittest.RepoOptions{Empty: true})
	closed := server.NewRepo(t, "closed.git", gittest.RepoOptions{Config: map[string]string{"http.receivepack": "false"}})
	wide := server.NewRepo(t, "wide.git", gittest.RepoOptions{Format: "sha256"})
	old := older.NewRepo(t, "old.git", gittest.RepoOptions{})
	config := fmt.Sprintf("provider \"nanogit\" {\n  url = %q\n}\ndata \"nanogit_repository\" \"main\" {}\n", main.URL())
	for name, repo := range map[string]*gittest.Repo{"empty": empty, "closed": closed, "wide": wide, "old": old} {
		config += fmt.Sprintf("data \"nanogit_repository\" %q {\n  repository = %q\n}\n", name, repo.URL())
	}
	config += fmt.Sprintf("data \"nanogit_repository\" \"directory\" {\n  repository = %q\n}\n", "file://"+main.Dir)
	config += "output \"all\" {\n  value = [data.nanogit_repository.main, data.nanogit_repository.directory]\n}\n"
	steps(t, resource.TestStep{
		Config: config,
		ConfigStateChecks: []statecheck.StateCheck{
			said("main", "repository", knownvalue.StringExact(main.URL())),
			said("main", "default_branch", knownvalue.StringExact("trunk")),
			said("main", "is_empty", knownvalue.Bool(false)),
			said("main", "object_format", knownvalue.StringExact("sha1")),
			said("main", "protocol_version", knownvalue.Int64Exact(2)),
			said("main", "can_write", knownvalue.Bool(true)),
			said("main", "write_error", knownvalue.Null()),
			said("main", "capabilities", knownvalue.ListPartial(map[int]knownvalue.Check{
				0: knownvalue.StringRegexp(regexp.MustCompile("^agent=git/")),
				1: knownvalue.StringExact("ls-refs=unborn"),
				2: knownvalue.StringExact("fetch=shallow wait-for-done filter"),
			})),
			offers("main", "push_capabilities", "report-status"),
			said("directory", "repository", knownvalue.StringExact("file://"+main.Dir)),
			said("directory", "can_write", knownvalue.Bool(true)),
			said("empty", "is_empty", knownvalue.Bool(true)),
			said("empty", "default_branch", knownvalue.StringExact("main")),
			said("empty", "can_write", knownvalue.Bool(true)),
			said("closed", "can_write", knownvalue.Bool(false)),
			said("closed", "write_error", knownvalue.StringRegexp(regexp.MustCompile("^Ask for the right to push to .*/closed.git: HTTP 403 Forbidden.*set auth"))),
			said("closed", "push_capabilities", knownvalue.Null()),
			said("closed", "default_branch", knownvalue.StringExact("main")),
			said("wide", "object_format", knownvalue.StringExact("sha256")),
			said("old", "protocol_version", knownvalue.Int64Exact(0)),
			offers("old", "capabilities", "multi_ack"),
		},
	})
}

func TestARepositoryThatCannotBeAskedIsOneErrorThatSaysWhy(t *testing.T) {
	server := gittest.New(t, gittest.Options{Username: "u", Password: "p"})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	ask := func(provider, repository string) string {
		return fmt.Sprintf("provider \"nanogit\" {\n%s\n}\ndata \"nanogit_repository\" \"r\" {\n%s\n}\n", provider, repository)
	}
	steps(t,
		resource.TestStep{Config: ask("", ""), ExpectError: regexp.MustCompile(`(?s)No repository.*Neither this data source nor the provider`)},
		resource.TestStep{Config: ask("", `repository = "https://u:p@h/r"`), ExpectError: regexp.MustCompile(`Invalid repository URL`)},
		resource.TestStep{Config: ask("", `repository = "gopher://h/r"`), ExpectError: regexp.MustCompile(`(?s)Invalid repository URL.*is not the URL of a\s+repository`)},
		resource.TestStep{Config: ask(fmt.Sprintf("url = %q", repo.URL()), ""), ExpectError: regexp.MustCompile(`(?s)Cannot read the repository.*HTTP 401.*set\s+auth.*Repository:`)},
		resource.TestStep{
			Config:      ask(fmt.Sprintf("url = %q\nauth = { username = \"u\", password = \"p\" }", server.URL()+"/none.git"), ""),
			ExpectError: regexp.MustCompile(`(?s)Cannot read the repository.*HTTP 404.*check the\s+URL`),
		})
}

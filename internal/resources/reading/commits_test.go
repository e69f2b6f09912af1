package reading_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// storied makes a repository with a merge, and with a file that is there no more.
func storied(t *testing.T, s *gittest.Server) *gittest.Repo {
	t.Helper()
	r := s.NewRepo(t, "r.git", gittest.RepoOptions{})
	at := func(n int) string {
		return fmt.Sprintf("author A <a@example.com> %d +0200\ncommitter C <c@example.com> %d +0200", 1700000000+n*3600, 1700000000+n*3600)
	}
	tree := func() string { return r.Git(t, "rev-parse", "main^{tree}") }
	commit := func(n int, files map[string]gittest.File, parents ...string) string {
		r.Seed(t, files)
		return writeCommit(t, r, "refs/heads/main", fmt.Sprintf("tree %s\nparent %s\n%s\n\nCommit %d\n", tree(), strings.Join(parents, "\nparent "), at(n), n))
	}
	root := r.Head(t)
	one := commit(1, map[string]gittest.File{"docs/a": {Content: "1"}, "u\u0308ber": {Content: "1"}}, root)
	two := commit(2, map[string]gittest.File{"docs/b": {Content: "2"}}, one)
	side := writeCommit(t, r, "refs/heads/side", fmt.Sprintf("tree %s\nparent %s\n%s\n\nCommit 3\n", r.Git(t, "rev-parse", one+"^{tree}"), one, at(3)))
	merge := commit(4, map[string]gittest.File{"merged": {Content: "4"}}, two, side)
	commit(5, map[string]gittest.File{"docs/a": {Remove: true}}, merge)
	return r
}

func TestCommitsAreThoseOfGitLog(t *testing.T) {
	server := gittest.New(t, gittest.Options{})
	repo := storied(t, server)
	var config strings.Builder
	var checks []statecheck.StateCheck
	for i, c := range []struct{ lines, args string }{
		{"", ""},
		{"limit = 2", "-2"},
		{"first_parent = true", "--first-parent"},
		{`path = "docs/a"`, "-- docs/a"},
		{`path = "docs"`, "-- docs"},
		{`path = "never"`, "-- never"},
		{"path = \"\u00fcber\"", "-- u\u0308ber"},
		{`since = "2023-11-15T02:00:00+02:00"`, "--since=2023-11-15T00:00:00Z"},
		{`until = "2023-11-15T02:00:00+02:00"`, "--until=2023-11-15T00:00:00Z"},
	} {
		fmt.Fprintf(&config, "data \"nanogit_commits\" \"c%d\" {\n%s\n}\n", i, c.lines)
		args := append([]string{"log", "--format=%H", "main"}, strings.Fields(c.args)...)
		if strings.HasPrefix(c.args, "-") && !strings.HasPrefix(c.args, "-- ") {
			args = []string{"log", "--format=%H", c.args, "main"}
		}
		list := []knownvalue.Check{}
		for id := range strings.FieldsSeq(repo.Git(t, args...)) {
			list = append(list, knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"commit_id": knownvalue.StringExact(id),
				"subject":   knownvalue.StringExact(repo.Git(t, "log", "-1", "--format=%s", id)),
				"tree_id":   knownvalue.StringExact(repo.Git(t, "rev-parse", id+"^{tree}")),
			}))
		}
		checks = append(checks, statecheck.ExpectKnownValue(fmt.Sprintf("data.nanogit_commits.c%d", i), tfjsonpath.New("commits"), knownvalue.ListExact(list)))
	}
	steps(t,
		resource.TestStep{Config: with(repo, config.String()), ConfigStateChecks: checks},
		resource.TestStep{Config: with(repo, "data \"nanogit_commits\" \"c\" {\n  limit = 1001\n}\n"), ExpectError: regexp.MustCompile(`(?s)limit.*between 1 and 1000`)},
		resource.TestStep{Config: with(repo, "data \"nanogit_commits\" \"c\" {\n  since = \"yesterday\"\n}\n"), ExpectError: regexp.MustCompile(`(?s)Invalid date.*2026-01-31T00:00:00Z`)},
		resource.TestStep{Config: with(repo, "data \"nanogit_commits\" \"c\" {\n  ref = \"sid\"\n}\n"), ExpectError: regexp.MustCompile(`(?s)Cannot read the history.*"sid".*"side"`)},
	)
}

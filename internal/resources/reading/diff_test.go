package reading_test

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// words are the states for git's letters.
var words = map[string]string{"A": "added", "D": "deleted", "M": "modified", "T": "type_changed"}

// gitPatch is the patch that git writes.
func gitPatch(t *testing.T, r *gittest.Repo, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"diff", "--full-index", "--no-renames"}, args...)...)
	cmd.Dir, cmd.Env = r.Dir, gittest.Env()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// listOf expects the list of files that git diff --raw prints.
func listOf(t *testing.T, r *gittest.Repo, binary func(path string) knownvalue.Check, args ...string) knownvalue.Check {
	t.Helper()
	parts := strings.Split(strings.TrimSuffix(r.Git(t, append([]string{"diff", "--raw", "--no-renames", "--no-abbrev", "-z"}, args...)...), "\x00"), "\x00")
	var files []knownvalue.Check
	for i := 0; i+1 < len(parts); i += 2 {
		f := strings.Fields(strings.TrimPrefix(parts[i], ":"))
		value := func(text string) knownvalue.Check {
			if strings.Trim(text, "0") == "" {
				return knownvalue.Null()
			}
			return knownvalue.StringExact(text)
		}
		status := words[f[4]]
		if f[4] == "M" && f[2] == f[3] {
			status = "mode_changed"
		}
		files = append(files, knownvalue.ObjectExact(map[string]knownvalue.Check{
			"path": knownvalue.StringExact(parts[i+1]), "status": knownvalue.StringExact(status),
			"base_mode": value(f[0]), "head_mode": value(f[1]), "base_blob_id": value(f[2]), "head_blob_id": value(f[3]), "binary": binary(parts[i+1]),
		}))
	}
	return knownvalue.ListExact(files)
}

func TestADiffIsReadAsGitPrintsIt(t *testing.T) {
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	files := zoo()
	delete(files, "bad\xffname.txt")
	delete(files, "dir\xfe/inside.txt")
	delete(files, "u\u0308ber.txt")
	base := repo.Seed(t, files)
	repo.Git(t, "tag", "-a", "-m", "x", "v1")
	head := repo.Seed(t, map[string]gittest.File{
		"docs/a.md":           {Content: "hello\nworld\n"},
		"docs/deep":           {Content: "a file where a directory was\n"},
		"docs/deep/er/b.txt":  {Remove: true},
		"bin/run":             {Content: "#!/bin/sh\n"},
		"link":                {Content: "a file\n"},
		"vendor":              {Content: strings.Repeat("cd", 20), Mode: "160000"},
		"empty":               {Remove: true},
		"new file":            {Content: "no newline"},
		"docs/gr\u00fc\u00df": {Content: "x\n", Mode: "100755"},
	})
	text := func(string) knownvalue.Check { return knownvalue.Bool(false) }
	none := func(string) knownvalue.Check { return knownvalue.Null() }
	var checks []statecheck.StateCheck
	expect := func(name, attribute string, want knownvalue.Check) {
		checks = append(checks, statecheck.ExpectKnownValue("data.nanogit_diff."+name, tfjsonpath.New(attribute), want))
	}
	config := `
data "nanogit_diff" "all" {
  base  = "v1"
  patch = true
}
data "nanogit_diff" "docs" {
  base = "v1"
  head = "main"
  path = "docs"
}
data "nanogit_diff" "back" {
  base  = "main"
  head  = "` + base + `"
  path  = "docs/a.md"
  patch = true
}
data "nanogit_diff" "same" {
  base  = "main"
  patch = true
}
`
	expect("all", "files", listOf(t, repo, text, base, head))
	expect("all", "unified_diff", knownvalue.StringExact(gitPatch(t, repo, base, head)))
	expect("all", "head", knownvalue.StringExact("main"))
	expect("all", "base_commit_id", knownvalue.StringExact(base))
	expect("all", "head_commit_id", knownvalue.StringExact(head))
	expect("docs", "files", listOf(t, repo, none, base, head, "--", "docs"))
	expect("docs", "unified_diff", knownvalue.Null())
	expect("back", "unified_diff", knownvalue.StringExact(gitPatch(t, repo, head, base, "--", "docs/a.md")))
	expect("same", "files", knownvalue.ListExact(nil))
	expect("same", "unified_diff", knownvalue.StringExact(""))
	steps(t,
		resource.TestStep{Config: with(repo, config), ConfigStateChecks: checks},
		resource.TestStep{Config: with(repo, "data \"nanogit_diff\" \"d\" {\n  base = \"v2\"\n}\n"), ExpectError: regexp.MustCompile(`(?s)Cannot read the difference.*base = "v2".*no branch, tag or commit "v2".*"v1"`)},
		resource.TestStep{Config: with(repo, "data \"nanogit_diff\" \"d\" {\n  base = \"v1\"\n  head = \"v2\"\n}\n"), ExpectError: regexp.MustCompile(`(?s)Cannot read the difference.*head = "v2"`)},
	)
}

func TestContentsThatAPatchCannotShowAreToldAsBinary(t *testing.T) {
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	before := map[string]gittest.File{"nul": {Content: "\x00"}, "latin": {Content: "\xfc\n"}, "decomposed": {Content: "u\n"}, "text": {Content: "a\n"}, "large": {Content: "x"}}
	repo.Seed(t, before)
	repo.Git(t, "branch", "base")
	repo.SeedText(t, map[string]string{"nul": "a\x00", "latin": "\xfc\xfc\n", "decomposed": "u\u0308\n", "text": "b\n", "large": strings.Repeat("x\n", 1<<19+1)})
	want := gitPatch(t, repo, "base", "main", "--", "text")
	for path := range before {
		if path == "text" {
			continue
		}
		a, b := repo.Tree(t, "base")[path].ID, repo.Tree(t, "main")[path].ID
		section := fmt.Sprintf("diff --git a/%[1]s b/%[1]s\nindex %[2]s..%[3]s 100644\nBinary files a/%[1]s and b/%[1]s differ\n", path, a, b)
		before[path] = gittest.File{Content: section}
	}
	before["text"] = gittest.File{Content: want}
	all := before["decomposed"].Content + before["large"].Content + before["latin"].Content + before["nul"].Content + before["text"].Content
	binary := func(path string) knownvalue.Check { return knownvalue.Bool(path != "text") }
	config := "data \"nanogit_diff\" \"d\" {\n  base  = \"base\"\n  patch = true\n}\n"
	steps(t, resource.TestStep{Config: with(repo, config), ConfigStateChecks: []statecheck.StateCheck{
		statecheck.ExpectKnownValue("data.nanogit_diff.d", tfjsonpath.New("unified_diff"), knownvalue.StringExact(all)),
		statecheck.ExpectKnownValue("data.nanogit_diff.d", tfjsonpath.New("files"), listOf(t, repo, binary, "base", "main")),
	}})
}

func TestAPatchThatIsTooLargeSaysHowToNarrowIt(t *testing.T) {
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.Git(t, "branch", "base")
	files := map[string]string{}
	for i := range 5 {
		files[fmt.Sprintf("f%d", i)] = strings.Repeat(fmt.Sprintf("%d\n", i), 1<<19)
	}
	repo.SeedText(t, files)
	steps(t, resource.TestStep{
		Config:      with(repo, "data \"nanogit_diff\" \"d\" {\n  base  = \"base\"\n  patch = true\n}\n"),
		ExpectError: regexp.MustCompile(`(?s)Cannot read the difference.*patch has more than 4194304\s+bytes.*with path`),
	})
}

package reading_test

import (
	"encoding/base64"
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

const lfsOID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"

// zoo are files of every kind. Names that are not UTF-8 are among them.
func zoo() map[string]gittest.File {
	return map[string]gittest.File{
		"docs/a.md":              {Content: "hello\n"},
		"docs/deep/er/b.txt":     {Content: "grüße\n"},
		"bin/run":                {Content: "#!/bin/sh\n", Mode: "100755"},
		"link":                   {Content: "docs/a.md", Mode: "120000"},
		"vendor":                 {Content: strings.Repeat("ab", 20), Mode: "160000"},
		"model.bin":              {Content: "version https://git-lfs.github.com/spec/v1\noid sha256:" + lfsOID + "\nsize 12345\n"},
		"raw.bin":                {Content: "\xff\x00\xfe"},
		"decomposed.txt":         {Content: "u\u0308\n"},
		"empty":                  {},
		"u\u0308ber.txt":         {Content: "a decomposed name\n"},
		"bad\xffname.txt":        {Content: "no UTF-8\n"},
		"dir\xfe/inside.txt":     {Content: "no UTF-8 above\n"},
		`back\slash`:             {Content: "as Windows would not have it\n"},
		"docs/with space & more": {Content: "x"},
	}
}

// state expects a value of a data source.
func state(address, attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data."+address, tfjsonpath.New(attribute), want)
}

func TestEachFileIsReadAsGitHasIt(t *testing.T) {
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.Seed(t, zoo())
	var config strings.Builder
	var checks []statecheck.StateCheck
	for i, path := range []string{"docs/a.md", "docs/deep/er/b.txt", "bin/run", "link", "model.bin", "raw.bin", "decomposed.txt", "empty", `back\slash`, "docs/with space & more"} {
		fmt.Fprintf(&config, "data \"nanogit_file\" \"f%d\" {\n  path = %q\n}\n", i, path)
		content := repo.Content(t, "main", path)
		text := knownvalue.StringExact(content)
		var textCheck knownvalue.Check = text
		if path == "raw.bin" || path == "decomposed.txt" {
			textCheck = knownvalue.Null()
		}
		at := fmt.Sprintf("nanogit_file.f%d", i)
		checks = append(checks,
			state(at, "exists", knownvalue.Bool(true)),
			state(at, "content", textCheck),
			state(at, "content_base64", knownvalue.StringExact(base64.StdEncoding.EncodeToString([]byte(content)))),
			state(at, "size", knownvalue.Int64Exact(int64(len(content)))),
			state(at, "mode", knownvalue.StringExact(repo.Tree(t, "main")[path].Mode)),
			state(at, "blob_id", knownvalue.StringExact(repo.Tree(t, "main")[path].ID)),
			state(at, "commit_id", knownvalue.StringExact(repo.Head(t))),
			state(at, "ref", knownvalue.StringExact("main")),
			state(at, "repository", knownvalue.StringExact(repo.URL())))
		var oid, size knownvalue.Check = knownvalue.Null(), knownvalue.Null()
		if path == "model.bin" {
			oid, size = knownvalue.StringExact(lfsOID), knownvalue.Int64Exact(12345)
		}
		checks = append(checks, state(at, "lfs_oid", oid), state(at, "lfs_size", size))
	}
	config.WriteString("data \"nanogit_file\" \"composed\" {\n  path = \"über.txt\"\n}\ndata \"nanogit_file\" \"none\" {\n  path     = \"docs/none.md\"\n  required = false\n}\n")
	checks = append(checks,
		state("nanogit_file.composed", "content", knownvalue.StringExact("a decomposed name\n")),
		state("nanogit_file.none", "exists", knownvalue.Bool(false)),
		state("nanogit_file.none", "content", knownvalue.Null()),
		state("nanogit_file.none", "commit_id", knownvalue.StringExact(repo.Head(t))))
	steps(t, resource.TestStep{Config: with(repo, config.String()), ConfigStateChecks: checks})
}

func TestAFileThatCannotBeReadIsAnErrorThatSaysWhy(t *testing.T) {
	server := gittest.New(t, gittest.Options{})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	files := zoo()
	files["large.bin"] = gittest.File{Content: strings.Repeat("x", 16<<20+1)}
	repo.Seed(t, files)
	repo.Git(t, "tag", "v1.2.3")
	var list []resource.TestStep
	for _, c := range []struct{ lines, want string }{
		{`path = "docs/b.md"`, `(?s)Cannot read docs/b.md.*The commit has no "docs/b.md".*The commit has "docs/a.md"\..*required = false`},
		{`path = "docs/a.md/x"`, `(?s)no "docs/a.md/x": "docs/a.md" is a\s+file`},
		{`path = "docs"`, `(?s)"docs" is a directory.*nanogit_files`},
		{`path = "vendor"`, `(?s)"vendor" is a submodule, at commit ` + strings.Repeat("ab", 20)},
		{`path = "large.bin"`, `(?s)has 16777217 bytes.*16777216\s+bytes`},
		{`path = "/docs"`, `(?s)Invalid path.*begins or ends with`},
		{`path = "a/../b"`, `(?s)Invalid path.*the\s+part ".."`},
		{"path = \"docs/a.md\"\nref = \"v1.2.4\"", `(?s)no branch, tag or commit "v1.2.4".*The repository has\s+"v1.2.3".*Ref: +v1.2.4`},
		{"path = \"docs/a.md\"\nref = \"a b\"", `(?s)Invalid name of a commit`},
		{"path = \"docs/a.md\"\nrepository = \"" + server.URL() + "/none.git\"", `(?s)Cannot read docs/a.md.*404`},
	} {
		list = append(list, resource.TestStep{Config: with(repo, "data \"nanogit_file\" \"f\" {\n"+c.lines+"\n}\n"), ExpectError: regexp.MustCompile(c.want)})
	}
	steps(t, list...)
}

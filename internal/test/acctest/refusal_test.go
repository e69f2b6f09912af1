package acctest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

const password = "c0rrect-h0rse-battery"

// one returns a configuration of a single file.
func one(path, content, more string) string {
	return fmt.Sprintf("resource \"nanogit_file\" \"f\" {\n  path = %s\n  content = %q\n%s\n}\n", quoteHCL(path), content, more)
}

// quoteHCL writes a string as HCL reads it.
func quoteHCL(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r > '~':
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// TestBadInputIsRefusedWithTheThingAndTheNextStepNamed has a configuration and parts of its error
// in each case.
func TestBadInputIsRefusedWithTheThingAndTheNextStepNamed(t *testing.T) {
	t.Parallel()
	type input struct {
		hcl  string   // the resource; the provider is added
		more string   // in the provider block
		url  string   // instead of the repository's
		want []string // in the message
		late bool     // only the apply can know
	}
	bad := func(path string, want ...string) input {
		return input{hcl: one(path, "x", ""), want: append(want, "Invalid path")}
	}
	server := gittest.New(t, gittest.Options{Username: "jo", Password: password})
	repo := server.NewRepo(t, "r.git", gittest.RepoOptions{})
	repo.Seed(t, map[string]gittest.File{
		"file": {Content: "f\n"}, "dir/a": {Content: "a\n"}, "link": {Content: "dir", Mode: "120000"},
		"sub":     {Content: strings.Repeat("1f", 20), Mode: "160000"},
		"big.bin": {Content: "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 12\n"},
	})
	for name, in := range map[string]input{
		"a path that leaves the repository":    bad("../x", `".."`),
		"a path with .. inside":                bad("a/../b", `".."`),
		"an absolute path":                     bad("/etc/passwd", "absolute", "leading '/'"),
		"an empty path":                        bad("", "is empty", "name a file"),
		"an empty segment":                     bad("a//b", "empty segment"),
		"Git's directory":                      bad(".git/config", ".git", "use another name"),
		"Git's directory in capitals":          bad("a/.GIT/hooks/x", ".GIT"),
		"Git's directory on HFS+":              bad(".g\u200cit/config", "use another name"),
		"Git's directory on NTFS":              bad("git~1/config", "git~1"),
		"Git's directory with dots at its end": bad(".git. . /config", "use another name"),
		"a backslash":                          bad(`a\b`, "backslash"),
		"5,000 bytes":                          bad(strings.Repeat("a/", 2499)+"ab", "5000 bytes", "4096"),
		"a slash at the end":                   bad("dir/", "ends in '/'"),
		"a control character":                  bad("a\x01b", "control character"),
		"a path below a file":                  {hcl: one("file/x", "x", ""), want: []string{`"file"`, "a file", "what is in the way, or"}, late: true},
		"a path below a symbolic link":         {hcl: one("link/x", "x", ""), want: []string{`"link"`, "symbolic link", "what is in the way, or"}, late: true},
		"a path below a submodule":             {hcl: one("sub/x", "x", ""), want: []string{`"sub"`, "submodule", "another path"}},
		"a path that is a directory":           {hcl: one("dir", "x", ""), want: []string{`"dir"`, "directory"}, late: true},
		"a path that is a submodule":           {hcl: one("sub", "x", "overwrite_on_create = true"), want: []string{"submodule", "another path"}},
		"an existing file with other content": {hcl: one("file", "other\n", ""), want: []string{
			`"file"`, "6a69f92020f5df77af6e8813ff1232493383b708", "terraform import", "#main:file", "overwrite_on_create", "seed_only",
		}},
		"an LFS pointer":                         {hcl: one("big.bin", "x", "overwrite_on_create = true"), want: []string{"big.bin", "Git LFS pointer", "allow_lfs_overwrite"}},
		"a link named .gitmodules":               {hcl: one(".gitmodules", "x", `mode = "120000"`), want: []string{".gitmodules", "symbolic link"}},
		"a link to nothing":                      {hcl: one("l", "", `mode = "120000"`), want: []string{"needs a target"}},
		"a wrong mode":                           {hcl: one("l", "x", `mode = "0644"`), want: []string{"100644", "mode"}},
		"a branch that is missing":               {hcl: one("x", "x", `branch = "nope"`), want: []string{`"nope"`, "does not exist", "create_branch_from"}},
		"a branch that is none":                  {hcl: one("x", "x", `branch = "a..b"`), want: []string{`"a..b"`, "'..'"}},
		"a branch by its full name":              {hcl: one("x", "x", `branch = "refs/heads/main"`), want: []string{"short name"}},
		"a start for the branch that is none":    {hcl: one("x", "x", `branch = "nope"`), more: `create_branch_from = "nowhere"`, want: []string{`"nope"`, `"nowhere"`}},
		"a repository that is missing":           {hcl: one("x", "x", ""), url: server.URL() + "/missing.git", want: []string{"missing.git", "404"}},
		"a wrong password":                       {hcl: one("x", "x", ""), more: `auth = { username = "jo", password = var.wrong }`, want: []string{"401", "r.git"}},
		"no password":                            {hcl: one("x", "x", ""), more: "auth = null", want: []string{"401", "r.git"}},
		"a password in a resource's repository":  {hcl: one("x", "x", fmt.Sprintf("repository = %q", strings.Replace(repo.URL(), "://", "://jo:${var.password}@", 1))), want: []string{"credentials", "hosts"}},
		"no repository at all":                   {hcl: one("x", "x", ""), url: "-", more: "auth = null", want: []string{"No repository", "NANOGIT_URL"}},
		"http to another host":                   {hcl: one("x", "x", ""), url: "http://git.example.com/r.git", want: []string{"allow_insecure_http", "https://"}},
		"SSH with a password":                    {hcl: one("x", "x", ""), url: "ssh://jo:${var.password}@example.com/r.git", want: []string{"takes no password", "auth.ssh"}},
		"a password in user@host:path":           {hcl: one("x", "x", `repository = "jo:${var.password}@example.com:r.git"`), want: []string{"takes no password"}},
		"an SSH server without a repository":     {hcl: one("x", "x", ""), url: "ssh://git@example.com", want: []string{"no repository on it"}},
		"a local repository that is missing":     {hcl: one("x", "x", ""), url: "file:///srv/none/r.git", want: []string{"/srv/none/r.git", "check the path"}},
		"a host without a repository":            {hcl: one("x", "x", ""), url: server.URL(), want: []string{"no repository on it"}},
		"two ways to authenticate":               {hcl: one("x", "x", ""), more: `auth = { token = var.wrong, bearer_token = var.wrong }`, want: []string{"At most one"}},
		"two contents":                           {hcl: one("x", "x", `source = "main.tf"`), want: []string{"Exactly one", "content_base64"}},
		"no content":                             {hcl: `resource "nanogit_file" "f" { path = "x" }`, want: []string{"Exactly one"}},
		"a source that is missing":               {hcl: `resource "nanogit_file" "f" {` + "\n path = \"x\"\n source = \"no.txt\"\n}", want: []string{`"no.txt"`, "does not exist", "create it"}, late: true},
		"base64 that is none":                    {hcl: `resource "nanogit_file" "f" {` + "\n path = \"x\"\n content_base64 = \"*\"\n}", want: []string{"base64"}},
		"more than the limit":                    {hcl: one("x", "0123456789", ""), more: `limits = { max_object_size = "9B" }`, want: []string{"10 bytes", "max_object_size"}},
		"a size that is none":                    {hcl: one("x", "x", ""), more: `limits = { max_object_size = "many" }`, want: []string{"is not a size", "64MiB"}},
		"a NUL in a file's message":              {hcl: one("x", "x", `commit_message = "a\u0000b"`), want: []string{"Invalid message", "NUL character", "leave it out"}},
		"a NUL in a set's message":               {hcl: `resource "nanogit_files" "f" {` + "\n files = { a = { content = \"a\" } }\n commit_message = \"a\\u0000b\"\n}", want: []string{"Invalid message", "NUL character"}},
		"a NUL in a commit's message":            {hcl: `resource "nanogit_commit" "c" {` + "\n files = {}\n message = \"a\\u0000b\"\n}", want: []string{"Invalid message", "NUL character"}},
		"a NUL in every message":                 {hcl: one("x", "x", ""), more: `commit = { message = "a\u0000b" }`, want: []string{"Invalid message", "NUL character"}},
		"a push option with a control character": {hcl: one("x", "x", ""), more: `push_options = ["a\u0007b"]`, want: []string{"Invalid push option", "control characters"}},
		"a commit's push option with a tab":      {hcl: `resource "nanogit_commit" "c" {` + "\n files = {}\n push_options = [\"a\\tb\"]\n}", want: []string{"Invalid push option", "control characters"}},
		"a commit's author of blanks":            {hcl: `resource "nanogit_commit" "c" {` + "\n files = {}\n author = { name = \"  \" }\n}", want: []string{"Invalid author", "nothing but blanks"}},
		"a commit's committer without letters":   {hcl: `resource "nanogit_commit" "c" {` + "\n files = {}\n committer = { email = \";,\" }\n}", want: []string{"Invalid committer", "nothing but blanks"}},
		"an author of blanks":                    {hcl: one("x", "x", ""), more: `commit = { author = { name = " " } }`, want: []string{"Invalid author", "nothing but blanks"}},
		"an author that would break a header":    {hcl: one("x", "x", ""), more: `commit = { author = { name = "a<b" } }`, want: []string{"Invalid author"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// From variables: where a literal stands in the configuration, Terraform itself quotes
			// the line.
			w := acctest.NewWorkspace(t, "TF_VAR_password="+password, "TF_VAR_wrong=wr0ng-horse")
			w.Trace()
			u := repo.URL()
			if in.url != "" {
				u = in.url
			}
			block := "variable \"password\" {}\nvariable \"wrong\" {}\nprovider \"nanogit\" {\n"
			if u != "-" {
				block += fmt.Sprintf("  url = %q\n", u)
			}
			if !strings.Contains(in.more, "auth =") {
				block += "  auth = { username = \"jo\", password = var.password }\n"
			}
			w.Config(t, block+in.more+"\n}\n"+in.hcl)
			head := repo.Head(t)
			out := w.Refused(t)
			if planned := !strings.Contains(out, "Creating..."); planned == in.late {
				t.Errorf("refused by the plan: %t, want %t:\n%s", planned, !in.late, out)
			}
			for _, want := range in.want {
				if !strings.Contains(out, want) {
					t.Errorf("the message does not have %q:\n%s", want, out)
				}
			}
			if repo.Head(t) != head {
				t.Error("the branch moved")
			}
			log := w.Log.String()
			if len(log) < 1000 {
				t.Errorf("there is no trace to look for secrets in: %d bytes", len(log))
			}
			for _, secret := range []string{password, "wr0ng-horse", "am86YzBycmVjdC1oMHJzZS1iYXR0ZXJ5"} {
				for i := strings.Index(log, secret); i >= 0; i = -1 {
					t.Errorf("%q was printed or logged: …%s…", secret, log[max(0, i-300):min(len(log), i+100)])
				}
			}
		})
	}
}

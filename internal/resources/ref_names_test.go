package resources

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/gittest"
)

// names are names of branches and tags, good and bad.
func names() []string {
	list := []string{
		"main", "release/1.x", "feature/ü", "a@b", "x.y", "a-b", "a{b", "a@", "@a", "a.locks", "HEAD/a", "a/HEAD", "a/@", "日本語", "a\u00a0b", "a'b", `a"b`, "a#b", "a;b", "a$b", "a!b", "a%b",
		"", "HEAD", "@", "-x", "-", "/a", "a/", "a//b", "a.", "a..b", "a@{1}", "@{", ".a", "a/.b", "a.lock", "a.lock/b", "a/b.lock", ".", "..", ".lock", "a/.", "a/..",
		"a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a]", `a\b`, "a\x7f", "a\nb", "a\tb", "a\x01b", "a/-b", "-a/b", "a/-", "FETCH_HEAD", "refs", "heads/main",
	}
	for c := byte(1); c < 0x80; c++ {
		list = append(list, "a"+string(rune(c)), string(rune(c))+"a", "a"+string(rune(c))+"b")
	}
	return list
}

// `git check-ref-format` is the judge of names.
func TestNamesOfRefsAreThoseOfGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git := func(args ...string) bool {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"check-ref-format"}, args...)...)
		cmd.Dir, cmd.Env = dir, gittest.Env()
		return cmd.Run() == nil
	}
	for _, name := range names() {
		if strings.ContainsRune(name, 0) {
			continue
		}
		// For git, @ is another name of HEAD.
		if got, want := checkBranch(name) == nil, git("--branch", name) && name != "@"; got != want {
			t.Errorf("branch %q: accepted is %t, and for git %t", name, got, want)
		}
		if name == "" || name == "@" || name == "HEAD" || strings.HasPrefix(name, "-") {
			continue
		}
		if got, want := checkRefName("name", name) == nil, git("refs/tags/"+name); got != want {
			t.Errorf("tag %q: accepted is %t, and for git %t", name, got, want)
		}
	}
}

func TestImportIDsOfRefs(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"main":                             {"", "main"},
		"release/1.x":                      {"", "release/1.x"},
		"a#b":                              {"", "a#b"},
		"https://example.com/r.git#main":   {"https://example.com/r.git", "main"},
		"https://example.com/r.git#a#b":    {"https://example.com/r.git", "a#b"},
		"ssh://git@h:2222/r.git#main":      {"ssh://git@h:2222/r.git", "main"},
		"git@h:org/r.git#release/1.x":      {"git@h:org/r.git", "release/1.x"},
		"/srv/r.git#main":                  {"/srv/r.git", "main"},
		"https://u:p#w@example.com/r#main": {"https://u:p#w@example.com/r", "main"},
	} {
		repository, name := parseRefImportID(in)
		if repository.ValueString() != want[0] || name.ValueString() != want[1] {
			t.Errorf("%s is %s and %s, want %q", in, repository, name, want)
		}
	}
	const secret = "s3cret"
	for _, id := range []string{"https://u:" + secret + "@h/r", "https://u:" + secret + "@h/r#main"} {
		repository, name := parseRefImportID(id)
		if err := checkRefImport(repository, name, checkBranch); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := checkRefImport(types.StringNull(), types.StringValue("a..b"), checkBranch); err == nil {
		t.Error("a bad name is imported")
	}
}

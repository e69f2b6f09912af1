package resources

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestImportIDsAreSplitAtTheFirstColon(t *testing.T) {
	t.Parallel()
	null := types.StringNull()
	s := types.StringValue
	for in, want := range map[string]fileIdentity{
		"docs/a.md":                              {null, null, s("docs/a.md")},
		"main:docs/a.md":                         {null, s("main"), s("docs/a.md")},
		":a:b.md":                                {null, null, s("a:b.md")},
		"main:a:b.md":                            {null, s("main"), s("a:b.md")},
		"release/1.x:a#b.md":                     {null, s("release/1.x"), s("a#b.md")},
		"a#b.md":                                 {null, null, s("a#b.md")},
		"https://example.com/r.git#main:a.md":    {s("https://example.com/r.git"), s("main"), s("a.md")},
		"https://example.com:8443/r#:a#b:c.md":   {s("https://example.com:8443/r"), null, s("a#b:c.md")},
		"ssh://git@h:2222/r.git#main:a.md":       {s("ssh://git@h:2222/r.git"), s("main"), s("a.md")},
		"git@h:org/r.git#main:a:b.md":            {s("git@h:org/r.git"), s("main"), s("a:b.md")},
		"git@h:org/r.git#:a.md":                  {s("git@h:org/r.git"), null, s("a.md")},
		"[git@h:2222]:org/r.git#main:a.md":       {s("[git@h:2222]:org/r.git"), s("main"), s("a.md")},
		"main:docs/a#b:c.md":                     {null, s("main"), s("docs/a#b:c.md")},
		"http://127.0.0.1:80/r.git#docs/x/y.txt": {s("http://127.0.0.1:80/r.git"), null, s("docs/x/y.txt")},
	} {
		if got := parseImportID(in); got != want {
			t.Errorf("parseImportID(%q) = %v, want %v", in, got, want)
		}
	}
}

func TestBranchNamesAreThoseOfGit(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"main", "release/1.x", "feature/ü", "a@b", "x.y", "a-b", strings.Repeat("b", 1024)} {
		if err := checkBranch(name); err != nil {
			t.Errorf("checkBranch(%q): %v", name, err)
		}
	}
	for _, name := range []string{
		"", "refs/heads/main", "HEAD", "@", "-x", "/a", "a/", "a//b", "a.", "a..b", "a@{1}", ".a", "a/.b", "a.lock", "a.lock/b",
		"a b", "a~1", "a^", "a:b", "a?", "a*", "a[", `a\b`, "a\x7f", "a\nb", strings.Repeat("b", 1025),
	} {
		if checkBranch(name) == nil {
			t.Errorf("checkBranch(%q) accepts it", name)
		}
	}
}

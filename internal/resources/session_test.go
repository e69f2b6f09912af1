package resources

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
)

func TestOneRepositoryHasOneCanonicalURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://example.com/r.git":              "https://example.com/r.git",
		"HTTPS://Example.COM/R.git/":             "https://example.com/R.git",
		"https://example.com:443/r.git":          "https://example.com/r.git",
		"http://127.0.0.1:80/r.git":              "http://127.0.0.1/r.git",
		"http://127.0.0.1:8080/r.git":            "http://127.0.0.1:8080/r.git",
		"https://jo:secret@example.com/r.git":    "https://example.com/r.git",
		"https://[::1]:443/r":                    "https://[::1]/r",
		"https://example.com/a%2Fb/":             "https://example.com/a%2Fb",
		"what is no URL":                         giturl.Unreadable,
		"/srv/git/../r.git/":                     "file:///srv/r.git",
		"FILE:///srv//r.git/":                    "file:///srv/r.git",
		"file://localhost/srv/r.git":             "file:///srv/r.git",
		"ssh://git@Example.com:22/r.git/":        "ssh://git@example.com:22/r.git",
		"git@Example.com:org/r.git":              "git@example.com:org/r.git",
		"git@example.com:/srv/r.git/":            "ssh://git@example.com/srv/r.git",
		"[::1]:r.git":                            "[::1]:r.git",
		"ssh://jo:secret@example.com/r.git":      giturl.Unreadable,
		"jo:secret@example.com:org/r.git":        giturl.Unreadable,
		"https://example.com:8443/with space/r/": "https://example.com:8443/with%20space/r",
	} {
		if got := giturl.Canonical(in); got != want {
			t.Errorf("CanonicalURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCanonicalURLIsStable(f *testing.F) {
	for _, s := range []string{"https://example.com/r.git/", "HTTP://[::1]:80//", "https://a:b@c/d#e", "://", "http://h:80:80/", "git@h:o/r", "ssh://a:b@c:22/d", "[a@b:1]:c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := giturl.Canonical(s)
		if twice := giturl.Canonical(once); twice != once {
			t.Errorf("%q becomes %q, and that %q", s, once, twice)
		}
	})
}

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

func TestWhatNobodyNamesComesFromTheProviderThenFromState(t *testing.T) {
	t.Parallel()
	null, unknown, s := types.StringNull(), types.StringUnknown(), types.StringValue
	for name, tc := range map[string]struct{ provider, config, state, url, branch types.String }{
		"the resource's own":                    {s("https://p/r"), s("https://c/r"), null, s("https://c/r"), s("https://c/r")},
		"the provider's":                        {s("https://p/r"), null, null, s("https://p/r"), s("https://p/r")},
		"the provider's over that in state":     {s("https://p/r"), null, s("https://s/r"), s("https://p/r"), s("https://p/r")},
		"nobody's":                              {null, null, null, null, null},
		"not known yet":                         {unknown, null, null, unknown, unknown},
		"not known yet, and in state":           {unknown, null, s("https://s/r"), s("https://s/r"), s("https://s/r")},
		"the resource's own is not known yet":   {s("https://p/r"), unknown, s("https://s/r"), unknown, unknown},
		"the branch in state stays where it is": {null, null, s("main"), null, s("main")},
	} {
		session := &Session{URL: tc.provider, Branch: tc.provider}
		if got := session.repositoryFor(tc.config, tc.state); !got.Equal(tc.url) {
			t.Errorf("%s: repository %s, want %s", name, got, tc.url)
		}
		if got := session.branchFor(tc.config, tc.state); !got.Equal(tc.branch) {
			t.Errorf("%s: branch %s, want %s", name, got, tc.branch)
		}
	}
	var none *Session
	if got := none.repositoryFor(null, null); !got.IsUnknown() {
		t.Errorf("without a session: %s, want unknown", got)
	}
}

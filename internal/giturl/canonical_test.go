package giturl_test

import (
	"testing"

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
			t.Errorf("Canonical(%q) = %q, want %q", in, got, want)
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

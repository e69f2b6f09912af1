package giturl

import (
	"strings"
	"testing"
)

func TestAddressesAreReadAsGitReadsThem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct {
		SSH
		canonical string
	}{
		"ssh://git@Example.COM/srv/r.git":         {SSH{"git", "example.com", "", "/srv/r.git"}, "ssh://git@example.com/srv/r.git"},
		"SSH://example.com:2222/srv/r.git/":       {SSH{"", "example.com", "2222", "/srv/r.git"}, "ssh://example.com:2222/srv/r.git"},
		"ssh://example.com:22/r":                  {SSH{"", "example.com", "22", "/r"}, "ssh://example.com:22/r"},
		"ssh://[::1]:22/r":                        {SSH{"", "::1", "22", "/r"}, "ssh://[::1]:22/r"},
		"ssh://u@[FE80::1]/r":                     {SSH{"u", "fe80::1", "", "/r"}, "ssh://u@[fe80::1]/r"},
		"ssh://host/~/r.git":                      {SSH{"", "host", "", "~/r.git"}, "ssh://host/~/r.git"},
		"ssh://host/~jo/r.git":                    {SSH{"", "host", "", "~jo/r.git"}, "ssh://host/~jo/r.git"},
		"ssh://host/a%20b/%3Fc":                   {SSH{"", "host", "", "/a b/?c"}, "ssh://host/a%20b/%3Fc"},
		"git@github.com:org/r.git":                {SSH{"git", "github.com", "", "org/r.git"}, "git@github.com:org/r.git"},
		"github.com:org/r.git/":                   {SSH{"", "github.com", "", "org/r.git"}, "github.com:org/r.git"},
		"git@host:/srv/r.git":                     {SSH{"git", "host", "", "/srv/r.git"}, "ssh://git@host/srv/r.git"},
		"host:~/r.git":                            {SSH{"", "host", "", "~/r.git"}, "ssh://host/~/r.git"},
		"host:/~jo/r":                             {SSH{"", "host", "", "/~jo/r"}, "host:/~jo/r"},
		"host://srv/r":                            {SSH{"", "host", "", "//srv/r"}, ""}, // a scheme: see below
		"[::1]:r.git":                             {SSH{"", "::1", "", "r.git"}, "[::1]:r.git"},
		"jo@[::1]:r.git":                          {SSH{"jo", "::1", "", "r.git"}, "jo@[::1]:r.git"},
		"[host:2222]:r.git":                       {SSH{"", "host", "2222", "r.git"}, "[host:2222]:r.git"},
		"[jo@host:2222]:r.git":                    {SSH{"jo", "host", "2222", "r.git"}, "[jo@host:2222]:r.git"},
		"[host:2222]:/srv/r":                      {SSH{"", "host", "2222", "/srv/r"}, "ssh://host:2222/srv/r"},
		"[[::1]:2222]:r":                          {SSH{"", "::1", "2222", "r"}, "[[::1]:2222]:r"},
		"[jo@[::1]:2222]:r":                       {SSH{"jo", "::1", "2222", "r"}, "[jo@[::1]:2222]:r"},
		"host:a:b":                                {SSH{"", "host", "", "a:b"}, "host:a:b"},
		"host:it's here":                          {SSH{"", "host", "", "it's here"}, "host:it's here"},
		"org-1234@github.com:o/r":                 {SSH{"org-1234", "github.com", "", "o/r"}, "org-1234@github.com:o/r"},
		"ssh://git@ssh.dev.azure.com:22/v3/o/p/r": {SSH{"git", "ssh.dev.azure.com", "22", "/v3/o/p/r"}, "ssh://git@ssh.dev.azure.com:22/v3/o/p/r"},
	} {
		got, ok, err := ParseSSH(in)
		if want.canonical == "" {
			if ok {
				t.Errorf("ParseSSH(%q) = %+v, want none", in, got)
			}
			continue
		}
		if !ok || err != nil || got != want.SSH {
			t.Errorf("ParseSSH(%q) = %+v, %t, %v, want %+v", in, got, ok, err, want.SSH)
		}
		if got.String() != want.canonical {
			t.Errorf("%q: canonical %q, want %q", in, got, want.canonical)
		}
	}
	for _, in := range []string{"https://host/r", "http://a:b@c/d", "file:///srv/r", "/srv/r:x", "./a:b", "what is no URL", "", "dir/with:colon", "git://host/r"} {
		if a, ok, _ := ParseSSH(in); ok {
			t.Errorf("ParseSSH(%q) = %+v, want none", in, a)
		}
	}
}

func TestAddressesThatCannotBeUsedAreRefusedWithoutTheirPasswords(t *testing.T) {
	t.Parallel()
	for in, words := range map[string]string{
		"ssh://jo:s3cret@host/r":        "no password",
		"jo:s3cret@host:org/r":          "no password",
		"ssh://jo:s3c ret@host/r":       "cannot be read",
		"ssh://host/r?token=s3cret":     "?query",
		"ssh://host/r#s3cret":           "#fragment",
		"ssh://host":                    "no repository",
		"ssh://host/":                   "no repository",
		"ssh:///r":                      "cannot be read",
		"host:":                         "no repository",
		"host:/":                        "no repository",
		":r":                            "cannot be read",
		"@host:r":                       "", // no user: as if none were named
		"ssh://-oProxyCommand=s3cret/r": "cannot be read",
		"-oProxyCommand=s3cret:r":       "cannot be read",
		"host:-s3cret":                  "cannot be read",
		"ssh://host:0/r":                "cannot be read",
		"ssh://host:99999/r":            "cannot be read",
		"ssh://host/a%00s3cret":         "cannot be read",
		"ssh://host/a%0as3cret":         "cannot be read",
		"ext::sh -c s3cret":             "helpers",
		"https:/host/s3cret":            "without //",
	} {
		a, ok, err := ParseSSH(in)
		if words == "" {
			if err != nil {
				t.Errorf("ParseSSH(%q): %v", in, err)
			}
			continue
		}
		if !ok || err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("ParseSSH(%q): %t, %v, want %q", in, ok, err, words)
			continue
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("ParseSSH(%q): the error quotes it: %v", in, err)
		}
		if err == ErrPassword && strings.Contains(a.String(), "s3cret") {
			t.Errorf("ParseSSH(%q): the password is in %q", in, a)
		}
	}
}

func TestOriginIsSchemeHostAndPort(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"git@host:r": "ssh://host", "ssh://host:2222/r": "ssh://host:2222", "ssh://u@[::1]/r": "ssh://[::1]", "[[::1]:22]:r": "ssh://[::1]:22",
	} {
		a, _, err := ParseSSH(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Origin().String(); got != want {
			t.Errorf("origin of %q is %q, want %q", in, got, want)
		}
	}
}

func FuzzParseSSH(f *testing.F) {
	for _, s := range []string{
		"ssh://git@host:22/r", "git@host:org/r", "[jo@[::1]:2222]:r", "[::1]:r", "host:~/r", "host:/~x", "ssh://h//a", "a@b@c:d", "ssh://h/%2f~", "jo:x@h:p", "h:a/@b:c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, ok, err := ParseSSH(s)
		if !ok || err != nil {
			return
		}
		again, ok, err := ParseSSH(a.String())
		if !ok || err != nil || again != a {
			t.Errorf("%q is %+v, written %q, which is %+v, %t, %v", s, a, a, again, ok, err)
		}
	})
}

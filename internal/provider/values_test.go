package provider

import (
	"strings"
	"testing"
	"time"
)

func TestSizesAreRead(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		"0": 0, "1": 1, "1048576": 1 << 20, "64MiB": 64 << 20, "64 MiB": 64 << 20, " 1KiB ": 1 << 10, "2GiB": 2 << 30, "1TiB": 1 << 40,
		"5B": 5, "5kB": 5000, "5KB": 5000, "3MB": 3e6, "1GB": 1e9, "1.5MiB": 3 << 19, "0.5GB": 5e8, "8388607TiB": 8388607 << 40,
	} {
		if got, err := parseSize(in); err != nil || got != want {
			t.Errorf("parseSize(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "MiB", "many", "-1", "1 mib", "1.2.3MB", "1MiBs", "9223372036854775807KiB", "99999999999999999999", "8388608TiB", "1e3", "0x10"} {
		if got, err := parseSize(in); err == nil {
			t.Errorf("parseSize(%q) = %d; want an error", in, got)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"64MiB", "1.5 GB", "", "99999999999999999999TiB", "1e400MB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseSize(s); err == nil && n < 0 {
			t.Errorf("parseSize(%q) = %d", s, n)
		}
	})
}

func TestDurationsArePositive(t *testing.T) {
	t.Parallel()
	if d, err := parseDuration("1m30s"); err != nil || d != 90*time.Second {
		t.Errorf("got %s, %v", d, err)
	}
	for _, in := range []string{"", "30", "0s", "-1s", "soon"} {
		if d, err := parseDuration(in); err == nil {
			t.Errorf("parseDuration(%q) = %s; want an error", in, d)
		}
	}
}

// TestURLsOfRepositoriesAreToldFromOthers has a URL and a part of its error, "" for none, in each
// case.
func TestURLsOfRepositoriesAreToldFromOthers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://example.com/r.git":    "",
		"http://127.0.0.1:8080/r":      "",
		"https://u:p%40@example.com/r": "",
		"HTTPS://example.com/r":        "",
		"":                             "is empty",
		"ssh://git@example.com/r":      "",
		"ssh://[::1]:2222/~/r":         "",
		"git@example.com:r.git":        "",
		"ssh://jo:s3cret@h/r":          "no password",
		"jo:s3cret@h:r":                "no password",
		"ssh://example.com":            "no repository on it",
		"https:/example.com/r":         "without //",
		"file:///srv/r.git":            "",
		"/srv/r.git":                   "",
		"file://host/srv/r.git":        "no directory of this machine",
		"file:///":                     "no directory of this machine",
		"file:///srv/..":               "no directory of this machine",
		"ftp://example.com/r":          "https://host/path",
		"example.com/r":                "https://host/path",
		"https://example.com":          "no repository on it",
		"https://example.com/":         "no repository on it",
		"https:///r":                   "cannot be read",
		"https://u:s3cret%@h/r":        "cannot be read",
	} {
		err := checkURL(in)
		switch {
		case want == "" && err != nil:
			t.Errorf("checkURL(%q): %v", in, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("checkURL(%q) = %v; want %q", in, err, want)
		case err != nil && strings.Contains(err.Error(), "s3cret"):
			t.Errorf("checkURL(%q) prints the password: %v", in, err)
		}
	}
}

func TestEnginesThatKnowWriteOnlyAttributesAreTold(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"1.8.0": false, "1.10.5": false, "1.11.0": true, "1.11.0-beta1": true, "1.14.3": true, "2.0.0": true, "0.15.5": false, "": true, "dev": true,
	} {
		if got := knowsWriteOnly(version); got != want {
			t.Errorf("%q: got %t", version, got)
		}
	}
}

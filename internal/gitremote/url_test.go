package gitremote

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

func TestOpenChecksTheURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, url string
		want      string // the result of URL(); "" for an error
		kind      error
	}{
		{"https", "https://host/o/r.git", "https://host/o/r.git", nil},
		{"port, blanks and slashes", "  https://host:8443/o/r// ", "https://host:8443/o/r", nil},
		{"escapes stay", "https://host/a%2Fb/%C3%A4", "https://host/a%2Fb/%C3%A4", nil},
		{"credentials go", "https://u:p@host/r", "https://host/r", nil},
		{"http to this machine", "http://127.0.0.1:3000/r", "http://127.0.0.1:3000/r", nil},
		{"http to this machine by name", "http://localhost/r", "http://localhost/r", nil},
		{"http to this machine by IPv6", "http://[::1]:80/r", "http://[::1]/r", nil},
		{"http elsewhere", "http://u:hunter2@host/r", "", ErrInsecure},
		{"http to what looks local", "http://localhost.evil.com/r", "", ErrInsecure},
		{"http to what looks like 127", "http://127.0.0.1.evil.com/r", "", ErrInsecure},
		{"ssh", "ssh://git@Host:2222/r/", "ssh://git@host:2222/r", nil},
		{"scp form", "git@host:o/r.git", "git@host:o/r.git", nil},
		{"ssh with a password", "ssh://git:hunter2@host/r", "", ErrURL},
		{"scp form with a password", "git:hunter2@host:o/r.git", "", ErrURL},
		{"a path", "/srv/../srv/r/", "file:///srv/r", nil},
		{"a file URL", "file:///srv/a%20b", "file:///srv/a%20b", nil},
		{"a file URL with a host", "file://elsewhere/srv/r", "", ErrURL},
		{"a relative path", "srv/r", "", ErrURL},
		{"nothing", "", "", ErrURL},
		{"no host", "https:///r", "", ErrURL},
		{"a query", "https://host/r?token=hunter2", "", ErrURL},
		{"a fragment", "https://host/r#hunter2", "", ErrURL},
		{"no URL at all, with a password", "https://u:hunter2@ho st/r", "", ErrURL},
		{"a bad escape in the password", "https://u:hunter2%zz@host/r", "", ErrURL},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := Open(Options{URL: tt.url})
			if tt.want == "" {
				if !errors.Is(err, tt.kind) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || r.URL() != tt.want {
				t.Errorf("got %v, %v; want %s", r, err, tt.want)
			}
		})
	}
	if _, err := Open(Options{URL: "http://host/r", AllowInsecureHTTP: true}); err != nil {
		t.Errorf("allowed: %v", err)
	}
	if _, err := Open(Options{URL: "http://host/r"}); !strings.Contains(err.Error(), "allow_insecure_http") {
		t.Errorf("no remedy: %v", err)
	}
	if _, err := Open(Options{URL: "https://host/r", TLS: TLSOptions{CACertPEM: "x"}}); !errors.Is(err, ErrTLS) {
		t.Errorf("no certificate: %v", err)
	}
	if _, err := Open(Options{URL: "https://host/r", TLS: TLSOptions{ClientCertPEM: "x"}}); !errors.Is(err, ErrTLS) {
		t.Errorf("no key: %v", err)
	}
}

// Some hosts redirect a short address for the advertisement only and know nothing of it otherwise.
func TestAddressIsLearnedFromTheAdvertisement(t *testing.T) {
	t.Parallel()
	for _, code := range []int{403, 404, 405} {
		addressIsLearned(t, code)
	}
	// An address that is complete is not asked about: such an answer is about the credentials.
	r, s := scripted(t, Options{}, func(req *http.Request) (*http.Response, error) { return status(403, "")(req) })
	if _, err := r.ListRefs(t.Context(), "HEAD"); !errors.Is(err, ErrForbidden) || len(s.Asked) != 1 {
		t.Errorf("got %v after %q", err, s.Asked)
	}
	r, s = scripted(t, Options{URL: "https://host/o/r"}, func(req *http.Request) (*http.Response, error) { return status(403, "no")(req) })
	if _, err := r.ListRefs(t.Context(), "HEAD"); !errors.Is(err, ErrForbidden) || len(s.Asked) != 2 {
		t.Errorf("got %v after %q", err, s.Asked)
	}
}

func addressIsLearned(t *testing.T, code int) {
	t.Helper()
	r, s := scripted(t, Options{URL: "https://host/o/r"}, func(req *http.Request) (*http.Response, error) {
		switch req.URL.Path {
		case "/o/r/info/refs":
			return status(301, "", "Location: https://host/o/r.git/info/refs?service=git-upload-pack")(req)
		case "/o/r.git/info/refs":
			return advertise(offersV2)(req)
		case "/o/r.git/git-upload-pack":
			return status(200, goodRefs)(req)
		}
		return status(code, "")(req)
	})
	if _, err := r.ListRefs(t.Context(), "HEAD"); err != nil {
		t.Errorf("%d: got %v after %q", code, err, s.Asked)
	}
}

// Servers that do not sort, or sort otherwise, name a branch after hundreds of others that begin as
// it does: that a branch does not exist is known at the end of the list.
func TestABranchBehindManyThatBeginWithItsName(t *testing.T) {
	t.Parallel()
	var others []string
	for i := range 3 * enoughRefs {
		others = append(others, fmt.Sprintf("%s refs/heads/main-%d\n", hexA, i))
	}
	list := func(first string, last ...string) string {
		return lines(slices.Concat([]string{first}, others, []string{hexB + " refs/heads/a b\n"}, last, []string{"flush"})...)
	}
	for name, script := range map[string]reply{
		"version 2": status(200, list(hexA+" HEAD\n", hexB+" refs/heads/main\n")),
		"version 0": func(req *http.Request) (*http.Response, error) {
			if strings.HasSuffix(req.URL.Path, "/info/refs") {
				return advertise(lines("# service=git-upload-pack\n", "flush") + list(hexA+" HEAD\x00agent=x\n", hexB+" refs/heads/main\n"))(req)
			}
			return status(500, "")(req)
		},
	} {
		r, s := scripted(t, Options{}, script)
		refs, err := r.ListRefs(t.Context(), "refs/heads/main")
		if !slices.ContainsFunc(refs, func(ref gitwire.Ref) bool { return ref.Name == "refs/heads/main" && ref.ID == mustID(hexB) }) {
			t.Errorf("%s: got %d references, %v, after %q", name, len(refs), err, s.Asked)
		}
	}
}

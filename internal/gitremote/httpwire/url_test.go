package httpwire

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, location string
		code           int
		kind           error // nil: it is followed
		says           string
	}{
		{"to another path", "https://host/new/r.git/git-upload-pack", 301, nil, ""},
		{"relative", "/new/r.git/git-upload-pack", 308, nil, ""},
		{"the default port", "https://HOST:443/new/r.git/git-upload-pack", 307, nil, ""},
		{"found", "/new/r.git/git-upload-pack", 302, nil, ""},
		{"to another host", "https://evil/new/r.git/git-upload-pack", 301, exchange.ErrProtocol, "redirects to another place, https://evil/new/r.git, where"},
		{"to another port", "https://host:444/new/r.git/git-upload-pack", 301, exchange.ErrProtocol, "redirects to another place, https://host:444/"},
		{"to another scheme", "http://host/new/r.git/git-upload-pack", 301, exchange.ErrInsecure, "redirects to http://host/new/r.git, which is not encrypted"},
		{"with other credentials", "https://u:p@host/new/r.git/git-upload-pack", 301, exchange.ErrProtocol, "redirects to https://host/new"},
		{"to a login page", "/login?return=x", 302, exchange.ErrAuthentication, "redirects to https://host/login, a page to sign in"},
		{"see other", "/new/r.git/git-upload-pack", 303, nil, ""},
		{"multiple choices", "/new/r.git/git-upload-pack", 300, exchange.ErrProtocol, "which is not followed"},
		{"to nowhere", "", 301, exchange.ErrProtocol, "redirects to nowhere"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var hosts []string
			note := func(next reply) reply {
				return func(req *http.Request) (*http.Response, error) {
					hosts = append(hosts, req.URL.Host)
					return next(req)
				}
			}
			first := status(tt.code, "", "Location: "+tt.location)
			if tt.location == "" {
				first = status(tt.code, "")
			}
			r, s := scripted(t, settings{Auth: Bearer{Token: "t"}}, note(first), note(status(200, goodRefs)))
			err := r.list(t.Context())
			if tt.kind != nil {
				if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want it to say %q", err, tt.says)
				}
				if slices.ContainsFunc(hosts, func(h string) bool { return h != "host" }) {
					t.Errorf("sent to %q", hosts)
				}
				return
			}
			if err != nil || s.Bodies[0] != s.Bodies[1] {
				t.Fatalf("got %v; sent %q", err, s.Bodies)
			}
			// It is remembered, for pushes too.
			if _, err := r.push(t.Context(), moveA, pack("PACK")); err == nil {
				t.Error("the script's list of references was taken for a report")
			}
			want := []string{"POST /r.git/git-upload-pack", "POST /new/r.git/git-upload-pack", "POST /new/r.git/git-receive-pack"}
			if !slices.Equal(s.Asked, want) {
				t.Errorf("requests %q, want %q", s.Asked, want)
			}
		})
	}
	r, s := scripted(t, settings{}, func(req *http.Request) (*http.Response, error) {
		return status(301, "", "Location: /x"+req.URL.Path)(req)
	})
	if err := r.list(t.Context()); !errors.Is(err, exchange.ErrProtocol) || len(s.Asked) > 2*maxHops {
		t.Errorf("a loop: got %v after %d requests", err, len(s.Asked))
	}
}

// A server that answers a push with a redirect has not acted on it, so it is made where the
// repository is now.
func TestAPushIsFollowedToWhereTheRepositoryMoved(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		r, s := scripted(t, settings{Auth: Bearer{Token: "t"}}, status(code, "", "Location: /new/r.git/git-receive-pack"), status(200, goodReport))
		report, err := r.push(t.Context(), moveA, pack("PACK"))
		if st, ok := report.Ref("refs/heads/main"); err != nil || !ok || !st.OK {
			t.Errorf("%d: got %+v, %v", code, report, err)
		}
		want := []string{"POST /r.git/git-receive-pack", "POST /new/r.git/git-receive-pack"}
		if !slices.Equal(s.Asked, want) || s.Bodies[0] != s.Bodies[1] {
			t.Errorf("%d: requests %q, want %q", code, s.Asked, want)
		}
	}
}

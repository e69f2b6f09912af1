package httpwire

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// A status that the table does not name has the row of its class.
func TestStatusesWithoutARowBelongToTheirClass(t *testing.T) {
	t.Parallel()
	for code := 100; code < 600; code++ {
		if _, ok := meanings[code]; ok {
			continue
		}
		want := meaning{kind: exchange.ErrServer, acted: code >= 500}
		if code < 400 {
			want.kind = exchange.ErrProtocol
		}
		if got := meaningOf(code); got != want {
			t.Errorf("%d: got %+v, want %+v", code, got, want)
		}
	}
}

// A server that refuses a request has not acted on it; after a failure of the server nobody knows.
func TestRowsOfTheStatusTable(t *testing.T) {
	t.Parallel()
	for code, m := range meanings {
		if want := code >= 500 || code == http.StatusRequestTimeout; m.acted != want {
			t.Errorf("%d: acted %t, want %t", code, m.acted, want)
		}
		if (m.kind == exchange.ErrTransient) != (m.retry == always) {
			t.Errorf("%d: kind %v with retry class %d", code, m.kind, m.retry)
		}
		if m.kind == exchange.ErrAuthentication && !m.own && m.anonymous == "" {
			t.Errorf("%d: no hint for a request without credentials", code)
		}
		for _, hint := range []string{m.hint, m.anonymous} {
			if strings.HasSuffix(hint, ".") || hint != strings.TrimSpace(hint) {
				t.Errorf("%d: hint %q", code, hint)
			}
		}
	}
}

func TestAStatusIsWorthAnotherRequest(t *testing.T) {
	t.Parallel()
	later := http.Header{"Retry-After": {"1"}}
	for _, tt := range []struct {
		code   int
		header http.Header
		words  string
		want   bool
	}{
		{code: 400},
		{code: 401, header: later},
		{code: 404, header: later},
		{code: 501},
		{code: 403},
		{code: 403, header: later, want: true},
		{code: 403, words: "You have exceeded a secondary rate limit.", want: true},
		{code: 408, want: true},
		{code: 425, want: true},
		{code: 429, want: true},
		{code: 500, want: true},
		{code: 529, want: true},
	} {
		if got := meaningOf(tt.code).retries(&http.Response{StatusCode: tt.code, Header: tt.header}, tt.words); got != tt.want {
			t.Errorf("%d with %v and %q: got %t, want %t", tt.code, tt.header, tt.words, got, tt.want)
		}
	}
}

// Without credentials the same answers mean that some are wanted.
func TestWithoutCredentialsSomeAreAskedFor(t *testing.T) {
	t.Parallel()
	for _, answer := range []reply{
		status(401, "", `WWW-Authenticate: Basic realm="x"`), status(403, "Forbidden"), status(404, "Repository not found."), status(203, "<title>Sign In</title>", "Content-Type: text/html"),
		status(302, "", "Location: /users/sign_in"), status(200, "<title>Login</title>", "Content-Type: text/html"),
	} {
		r, _ := scripted(t, settings{}, answer)
		if err := r.list(t.Context()); err == nil || !strings.Contains(err.Error(), "set auth") || !strings.Contains(err.Error(), "in hosts") {
			t.Errorf("got %v", err)
		}
	}
}

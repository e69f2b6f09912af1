package gitremote

import (
	"net/http"
	"strings"
	"testing"
)

// The class of every status that the table does not name, and what a push knows after each.
func TestStatusesWithoutARowBelongToTheirClass(t *testing.T) {
	t.Parallel()
	for code := 100; code < 600; code++ {
		if _, ok := meanings[code]; ok {
			continue
		}
		want := meaning{kind: ErrServer, acted: code >= 500}
		if code < 400 {
			want.kind = ErrProtocol
		}
		if got := meaningOf(code); got != want {
			t.Errorf("%d: got %+v, want %+v", code, got, want)
		}
	}
}

// Of a request that was refused nothing was done; of a server in trouble nobody knows.
func TestRowsOfTheStatusTable(t *testing.T) {
	t.Parallel()
	for code, m := range meanings {
		if want := code >= 500 || code == http.StatusRequestTimeout; m.acted != want {
			t.Errorf("%d: acted %t, want %t", code, m.acted, want)
		}
		if (m.kind == ErrTransient) != (m.retry == always) {
			t.Errorf("%d: kind %v with retry class %d", code, m.kind, m.retry)
		}
		if m.kind == ErrAuthentication && !m.own && m.anonymous == "" {
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
		{code: 400}, {code: 401, header: later}, {code: 404, header: later}, {code: 501},
		{code: 403}, {code: 403, header: later, want: true}, {code: 403, words: "You have exceeded a secondary rate limit.", want: true},
		{code: 408, want: true}, {code: 425, want: true}, {code: 429, want: true}, {code: 500, want: true}, {code: 529, want: true},
	} {
		if got := meaningOf(tt.code).retries(&http.Response{StatusCode: tt.code, Header: tt.header}, tt.words); got != tt.want {
			t.Errorf("%d with %v and %q: got %t, want %t", tt.code, tt.header, tt.words, got, tt.want)
		}
	}
}

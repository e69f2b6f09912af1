package gitremote

import (
	"errors"
	"strings"
	"testing"
)

// One mistake is told once in full, for the host as a whole if it is the host's.
func TestOneMistakeIsToldOnce(t *testing.T) {
	t.Parallel()
	pool := NewPool()
	defer pool.Close()
	ask := func(url string, answer reply) *Error {
		r, _ := scripted(t, Options{URL: url, Pool: pool, Auth: Token{Token: "t0ken-of-the-test"}, Limits: Limits{Attempts: 1}}, answer)
		_, err := r.ListRefs(t.Context(), "HEAD")
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		return e
	}
	wrong, missing, broken := status(401, "Bad credentials"), status(404, "Repository not found."), status(503, "")
	for i, tt := range []struct {
		url      string
		answer   reply
		repeated bool
	}{
		{"https://host/a", wrong, false},
		{"https://host/a", wrong, true},
		{"https://host/b", wrong, true},
		{"https://other/b", wrong, false},
		{"https://host/a", status(401, "Your token has expired"), true}, // the same hint
		{"https://host/a", status(401, "account is locked"), false},
		{"https://host/a", missing, false},
		{"https://host/b", missing, false},
		{"https://host/b", missing, true},
		{"https://host/b", broken, false},
		{"https://host/b", broken, false},
	} {
		e := ask(tt.url, tt.answer)
		if got := e.Repeated(); got != tt.repeated {
			t.Errorf("%d: %v: repeated: %t", i, e, got)
		}
		if brief := e.Brief(); !strings.Contains(brief, e.URL) || len(brief) > 80 || e.Hint != "" && !strings.Contains(e.Error(), e.Hint) {
			t.Errorf("%d: in brief %q", i, brief)
		}
	}
}

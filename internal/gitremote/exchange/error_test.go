package exchange

import (
	"fmt"
	"testing"
)

func ExampleError() {
	fmt.Println(&Error{
		Op: "fetch from", URL: "https://host/r", Status: 401, StatusText: "Unauthorized", Kind: ErrAuthentication,
		Server: "Invalid token", Hint: "check the token",
	})
	// Output: fetch from https://host/r: HTTP 401 Unauthorized: the server says: Invalid token; check the token
}

// A wiki without pages is no repository yet.
func TestHintWiki(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{"https://host/o/r.wiki.git": true, "https://host/o/r.wiki": true, "https://host/o/r.git": false, "https://host/o/wiki.git": false} {
		e := &Error{URL: url, Kind: ErrNotFound}
		if e.HintWiki(); (e.Hint != "") != want {
			t.Errorf("%s: got %q", url, e.Hint)
		}
	}
	e := &Error{URL: "https://host/o/r.wiki", Kind: ErrForbidden}
	if e.HintWiki(); e.Hint != "" {
		t.Errorf("a refusal: got %q", e.Hint)
	}
}

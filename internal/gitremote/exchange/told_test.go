package exchange

import (
	"strings"
	"testing"
)

// A mistake is reported in full once, for the host as a whole if it is the host's.
func TestAMistakeIsReportedInFullOnce(t *testing.T) {
	t.Parallel()
	told := new(Told)
	wrong := func(url string) *Error {
		return &Error{URL: url, Status: 401, Kind: ErrAuthentication, Hint: "check the token"}
	}
	locked := func(url string) *Error {
		return &Error{URL: url, Status: 401, Kind: ErrAuthentication, Hint: "unlock the account"}
	}
	missing := func(url string) *Error {
		return &Error{URL: url, Status: 404, Kind: ErrNotFound, Hint: "check the URL"}
	}
	busy := func(url string) *Error { return &Error{URL: url, Status: 503, Kind: ErrTransient} }
	for i, tt := range []struct {
		e        *Error
		repeated bool
	}{
		{wrong("https://host/a"), false},
		{wrong("https://host/a"), true},
		{wrong("https://host/b"), true},
		{wrong("https://other/b"), false},
		{locked("https://host/a"), false},
		{missing("https://host/a"), false},
		{missing("https://host/b"), false},
		{missing("https://host/b"), true},
		{busy("https://host/b"), false},
		{busy("https://host/b"), false},
	} {
		tt.e.Op, tt.e.Told, tt.e.Server, tt.e.Attempts = "fetch from", told, "no", 5
		if got := tt.e.Repeated(); got != tt.repeated {
			t.Errorf("%d: %v: repeated: %t", i, tt.e, got)
		}
		if brief := tt.e.Brief(); !strings.Contains(brief, tt.e.URL) || strings.Contains(brief, "says") || strings.Contains(brief, "tried") ||
			tt.e.Hint != "" && (strings.Contains(brief, tt.e.Hint) || !strings.Contains(tt.e.Error(), tt.e.Hint)) {
			t.Errorf("%d: in brief %q", i, brief)
		}
	}
	if e := wrong("https://host/a"); e.Repeated() {
		t.Error("an error without a record of mistakes is repeated")
	}
}

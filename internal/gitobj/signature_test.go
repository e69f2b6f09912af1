package gitobj

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseSignatureIsLenient(t *testing.T) {
	t.Parallel()
	at := func(sec int64, zone int) time.Time { return time.Unix(sec, 0).In(time.FixedZone("", zone)) }
	for name, tc := range map[string]struct {
		line string
		want Signature
		same bool // Append gives the line again
	}{
		"an ordinary line":         {"A U Thor <a@example.com> 1700000000 +0530", Signature{"A U Thor", "a@example.com", at(1700000000, 19800)}, true},
		"a zone west":              {"A <a> 1 -0230", Signature{"A", "a", at(1, -9000)}, true},
		"an empty e-mail":          {"A <> 1 +0000", Signature{"A", "", at(1, 0)}, true},
		"the unknown zone -0000":   {"A <a> 1 -0000", Signature{"A", "a", at(1, 0)}, false},
		"a zone that cannot be":    {"A <a> 1 +051800", Signature{"A", "a", at(1, 0)}, false},
		"a zone beyond a day":      {"A <a> 1 +9959", Signature{"A", "a", at(1, 359940)}, true},
		"no name":                  {" <a> 1 +0000", Signature{"", "a", at(1, 0)}, true},
		"no blank after the name":  {"A<a> 1 +0000", Signature{"A", "a", at(1, 0)}, false},
		"no e-mail":                {"A", Signature{"A", "", at(0, 0)}, false},
		"no end of the e-mail":     {"A <a 1 +0000", Signature{"A", "a 1 +0000", at(0, 0)}, false},
		"brackets in the e-mail":   {"A <a <b> c> 1 +0000", Signature{"A", "a <b> c", at(1, 0)}, true},
		"a time beyond all years":  {"A <a> 99999999999999999999 +0000", Signature{"A", "a", at(0, 0)}, false},
		"a time before 1970":       {"A <a> -5 +0000", Signature{"A", "a", at(0, 0)}, false},
		"no time":                  {"A <a>", Signature{"A", "a", at(0, 0)}, false},
		"nothing":                  {"", Signature{"", "", at(0, 0)}, false},
		"a name that is not UTF-8": {"J\xfcrgen <j> 1 +0100", Signature{"J\xfcrgen", "j", at(1, 3600)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ParseSignature(tc.line)
			if got.Name != tc.want.Name || got.Email != tc.want.Email || got.When.Format(time.RFC3339) != tc.want.When.Format(time.RFC3339) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if same := got.String() == tc.line; same != tc.same {
				t.Errorf("it is written as %q, from %q", got.String(), tc.line)
			}
		})
	}
}

func TestSignatureValidate(t *testing.T) {
	t.Parallel()
	now := time.Unix(1700000000, 0).UTC()
	for name, tc := range map[string]struct {
		s     Signature
		field string // "" when it is fine
	}{
		"an ordinary one":                   {Signature{"A U Thor", "a@example.com", now}, ""},
		"letters of any script":             {Signature{"Ünal 山田", "ü@example.com", now}, ""},
		"a full stop at the end":            {Signature{"Acme Inc.", "a", now}, ""},
		"an apostrophe inside":              {Signature{"O'Neil", "a", now}, ""},
		"an empty e-mail":                   {Signature{"A", "", now}, ""},
		"an empty name":                     {Signature{"", "a", now}, "name"},
		"a name of blanks":                  {Signature{"  ", "a", now}, "name"},
		"a bracket in the name":             {Signature{"A <b", "a", now}, "name"},
		"a bracket in the e-mail":           {Signature{"A", "a>", now}, "email"},
		"a newline, which begins a header":  {Signature{"A\nparent x", "a", now}, "name"},
		"a carriage return":                 {Signature{"A\rB", "a", now}, "name"},
		"a NUL":                             {Signature{"A", "a\x00", now}, "email"},
		"a blank around, which Git strips":  {Signature{" A", "a", now}, "name"},
		"an e-mail of what Git strips":      {Signature{"A", ";,", now}, "email"},
		"a comma around, which Git strips":  {Signature{"A,", "a", now}, "name"},
		"quotes around, which Git strips":   {Signature{`"A"`, "a", now}, "name"},
		"bytes that are not UTF-8":          {Signature{"J\xfcrgen", "a", now}, "name"},
		"no time":                           {Signature{"A", "a", time.Time{}}, "when"},
		"a year beyond 9999":                {Signature{"A", "a", time.Unix(maxSeconds+1, 0)}, "when"},
		"a zone of seconds":                 {Signature{"A", "a", now.In(time.FixedZone("", 61))}, "when"},
		"a zone of a hundred hours":         {Signature{"A", "a", now.In(time.FixedZone("", 360000))}, "when"},
		"the last second of the year 9999 ": {Signature{"A", "a", time.Unix(maxSeconds, 0)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.s.Validate()
			fe, ok := errors.AsType[*FieldError](err)
			switch {
			case tc.field == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tc.field != "" && (!ok || fe.Field != tc.field || !strings.HasPrefix(err.Error(), tc.field)):
				t.Errorf("got %v, want an error about %s", err, tc.field)
			}
		})
	}
}

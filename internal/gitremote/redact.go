package gitremote

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// redactor takes secrets out of text.
type redactor struct {
	auth  Auth   // may be nil
	extra []Auth // credentials that were in the URL
}

// minPart is how much of a secret's beginning counts as the secret, in bytes: servers cut what they echo, and so do we.
const minPart = 6

// scrub replaces every secret in s, in the forms in which it is echoed and quoted, cut off or whole.
func (r redactor) scrub(s string) string {
	if s == "" {
		return s
	}
	forms := r.forms()
	for _, secret := range forms {
		s = strings.ReplaceAll(s, secret, redacted)
	}
	// What is cut off, the longest part of any form first: a shorter part of another one would leave the rest.
	forms = slices.DeleteFunc(forms, func(secret string) bool { return len(secret) <= minPart || !strings.Contains(s, secret[:minPart]) })
	if len(forms) == 0 {
		return s
	}
	for n := len(forms[0]) - 1; n >= minPart; n-- {
		for _, secret := range forms {
			if len(secret) > n {
				s = strings.ReplaceAll(s, secret[:n], redacted)
			}
		}
	}
	return s
}

// forms is how secrets may look in a text, the longest first: one may hold another.
func (r redactor) forms() []string {
	var forms []string
	for _, a := range append(slices.Clone(r.extra), r.auth) {
		if a == nil {
			continue
		}
		for _, s := range a.Secrets() {
			if len(s) < 2 { // what could be hidden by hiding every "x"?
				continue
			}
			quoted := strconv.Quote(s)
			forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s), strings.TrimRight(s, "="), quoted[1:len(quoted)-1])
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.DeleteFunc(slices.Compact(forms), func(s string) bool { return s == "" })
}

// err is e with a scrubbed text, if that makes a difference.
func (r redactor) err(e error) error {
	if e == nil {
		return nil
	}
	text := e.Error()
	if clean := r.scrub(text); clean != text {
		return &scrubbedError{text: clean, err: e}
	}
	return e
}

type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string        { return e.text }
func (e *scrubbedError) Is(target error) bool { return errors.Is(e.err, target) }

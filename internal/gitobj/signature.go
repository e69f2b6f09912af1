package gitobj

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Signature gives a person and a time: the value of a commit's author and committer and of a tag's
// tagger.
type Signature struct {
	Name  string
	Email string    // without the angle brackets
	When  time.Time // whole seconds; the offset of its zone is kept, in whole minutes
}

// ParseSignature reads "Name <email> seconds +hhmm" as leniently as Git does (split_ident_line in
// ident.c): a line without e-mail becomes the name, and a time or zone that cannot be read becomes
// the beginning of 1970, UTC.
func ParseSignature(line string) Signature {
	s := Signature{When: time.Unix(0, 0).UTC()}
	name, rest, found := strings.Cut(line, "<")
	s.Name = strings.TrimSpace(name)
	if !found {
		return s
	}
	end := strings.LastIndexByte(rest, '>')
	if end < 0 {
		s.Email = strings.TrimSpace(rest)
		return s
	}
	s.Email = rest[:end]
	seconds, zone, _ := strings.Cut(strings.TrimSpace(rest[end+1:]), " ")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n < 0 || n > maxSeconds {
		return s
	}
	s.When = time.Unix(n, 0).In(parseZone(zone))
	return s
}

// maxSeconds is the last second of the year 9999, far inside the range of time.Time.
const maxSeconds = 253402300799

// parseZone reads "+hhmm"; other text gives UTC.
func parseZone(zone string) *time.Location {
	if len(zone) != 5 || (zone[0] != '+' && zone[0] != '-') {
		return time.UTC
	}
	n, err := strconv.ParseUint(zone[1:], 10, 16)
	if err != nil || n == 0 {
		return time.UTC
	}
	offset := int(n/100*60+n%100) * 60
	if zone[0] == '-' {
		offset = -offset
	}
	return time.FixedZone("", offset)
}

// Append writes "Name <email> seconds +hhmm". Validate accepts the signature.
func (s Signature) Append(dst []byte) []byte {
	dst = append(dst, s.Name...)
	dst = append(dst, " <"...)
	dst = append(dst, s.Email...)
	dst = append(dst, "> "...)
	dst = strconv.AppendInt(dst, s.When.Unix(), 10)
	_, offset := s.When.Zone()
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	h, m := offset/3600, offset/60%60
	return append(dst, ' ', sign, '0'+byte(h/10%10), '0'+byte(h%10), '0'+byte(m/10), '0'+byte(m%10))
}

// String returns the text that Append writes.
func (s Signature) String() string { return string(s.Append(nil)) }

// FieldError names the part of a commit, tag or signature that cannot be written, and the reason.
type FieldError struct {
	Field  string // "name", "email", "when", "message", …; with its owner in front: "author name"
	Value  string // the refused value; empty when there is nothing to show
	Reason string // the fault, and how to correct it
}

// Error names the field, the value and the reason.
func (e *FieldError) Error() string {
	if e.Value == "" {
		return e.Field + ": " + e.Reason
	}
	return fmt.Sprintf("%s %.120q: %s", e.Field, e.Value, e.Reason)
}

// within puts the owner of a field in front of its name.
func within(owner string, err error) error {
	if fe, ok := errors.AsType[*FieldError](err); ok {
		return &FieldError{Field: owner + " " + fe.Field, Value: fe.Value, Reason: fe.Reason}
	}
	return err
}

// Validate refuses, with a *FieldError, a signature that Git would not read back as it was written
// or that `git fsck --strict` refuses: brackets, control characters, characters around the name
// that Git strips, a time before 1970. An empty e-mail is allowed, as Git allows it; an empty name
// is not.
func (s Signature) Validate() error {
	if err := ValidateName(s.Name); err != nil {
		return err
	}
	if err := ValidateEmail(s.Email); err != nil {
		return err
	}
	n := s.When.Unix()
	_, offset := s.When.Zone()
	switch {
	case n < 0 || n > maxSeconds:
		return &FieldError{Field: "when", Value: s.When.Format(time.RFC3339), Reason: "is not between the years 1970 and 9999"}
	case offset%60 != 0 || offset <= -100*3600 || offset >= 100*3600:
		return &FieldError{
			Field: "when", Value: s.When.Format(time.RFC3339),
			Reason: "its zone is not a whole number of minutes below 100 hours; use a zone such as UTC",
		}
	}
	return nil
}

// ValidateName is the part of Validate about the name.
func ValidateName(name string) error {
	if name == "" {
		return &FieldError{Field: "name", Reason: "is empty; Git needs a name, such as that of the program that commits"}
	}
	return checkIdent("name", name)
}

// ValidateEmail is the part of Validate about the e-mail.
func ValidateEmail(email string) error { return checkIdent("email", email) }

// identCrud are the characters that Git strips from both ends of a name or e-mail (crud in
// ident.c), without control characters and brackets, which are refused anywhere, and without the
// full stop, which Git stopped stripping: "Acme Inc.".
const identCrud = ` ,:;"\'`

// checkIdent makes the checks that names and e-mails have in common.
func checkIdent(field, value string) error {
	for _, r := range value {
		switch {
		case r == '<' || r == '>':
			return &FieldError{Field: field, Value: value, Reason: "holds '<' or '>', which end the field in a commit; leave them out"}
		case r < ' ' || r == 0x7f:
			return &FieldError{Field: field, Value: value, Reason: "holds a control character; it has to be one line of text"}
		}
	}
	switch {
	case !utf8.ValidString(value):
		return &FieldError{Field: field, Value: value, Reason: "is not valid UTF-8"}
	case value != "" && strings.Trim(value, identCrud) == "":
		return &FieldError{Field: field, Value: value, Reason: "has nothing but blanks and punctuation, all of which Git strips; write one that has letters in it"}
	case strings.Trim(value, identCrud) != value:
		return &FieldError{Field: field, Value: value, Reason: "begins or ends with a blank or punctuation that Git strips; leave it out"}
	}
	return nil
}

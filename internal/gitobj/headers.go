package gitobj

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Header is a line of a commit or tag other than those with fields of their own: "encoding",
// "gpgsig", "mergetag", …
type Header struct {
	Key   string
	Value string // several lines are joined with "\n", as in gpgsig

	bare bool // read from a line without a blank after the key
}

// nextHeader splits the first header off text. Lines that begin with a blank continue its value;
// the blank is removed. body reports the empty line that ends the headers; text that ends before it
// ends the headers too.
func nextHeader(text string) (h Header, rest string, body bool, err error) {
	line, rest, ended := strings.Cut(text, "\n")
	switch {
	case line == "" && ended:
		return h, rest, true, nil
	case line[0] == ' ':
		return h, rest, false, fmt.Errorf("%w: it begins with the continuation of a header", ErrMalformed)
	}
	var spaced bool
	h.Key, h.Value, spaced = strings.Cut(line, " ")
	h.bare = !spaced
	if !strings.HasPrefix(rest, " ") {
		return h, rest, false, nil
	}
	var value strings.Builder
	value.WriteString(h.Value)
	for strings.HasPrefix(rest, " ") {
		line, rest, _ = strings.Cut(rest[1:], "\n")
		value.WriteByte('\n')
		value.WriteString(line)
	}
	h.Value = value.String()
	return h, rest, false, nil
}

// isLine reports whether the header is a key, a blank and some text on the same line, as headers
// with fields of their own are.
func (h Header) isLine() bool { return !h.bare && h.Value != "" && !strings.Contains(h.Value, "\n") }

// append writes the header with its value folded.
func (h Header) append(dst []byte) []byte {
	dst = append(dst, h.Key...)
	if h.bare && (h.Value == "" || h.Value[0] == '\n') {
		return appendFolded(dst, h.Value)
	}
	dst = append(dst, ' ')
	return appendFolded(dst, h.Value)
}

func appendFolded(dst []byte, value string) []byte {
	for line := range strings.Lines(value) {
		dst = append(dst, line...)
		if line[len(line)-1] == '\n' {
			dst = append(dst, ' ')
		}
	}
	return append(dst, '\n')
}

// checkExtra refuses headers that would be read back differently. own are the keys with fields of
// their own.
func checkExtra(extra []Header, own ...string) error {
	for _, h := range extra {
		switch {
		case h.Key == "" || strings.ContainsAny(h.Key, " \n\x00"):
			return &FieldError{Field: "header", Value: h.Key, Reason: "its key has to be one word"}
		case strings.Contains(h.Value, "\x00"):
			return &FieldError{Field: "header " + h.Key, Reason: "holds a NUL character, which Git refuses"}
		}
		if slices.Contains(own, h.Key) {
			return &FieldError{Field: "header", Value: h.Key, Reason: "has a field of its own"}
		}
	}
	return nil
}

// checkMessage refuses messages that Git cannot keep. Text in an encoding other than UTF-8 needs an
// encoding header.
func checkMessage(message string, extra []Header) error {
	if strings.Contains(message, "\x00") {
		return &FieldError{Field: "message", Reason: "holds a NUL character, at which Git would end it; leave it out"}
	}
	for _, h := range extra {
		if h.Key == "encoding" {
			return nil
		}
	}
	if !utf8.ValidString(message) {
		return &FieldError{Field: "message", Reason: "is not valid UTF-8"}
	}
	return nil
}

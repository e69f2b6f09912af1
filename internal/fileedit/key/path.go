package key

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The longest path that is accepted, in bytes and in steps.
const (
	MaxPath  = 4096
	MaxSteps = 64
)

// Path is the way from the root of a document to a value. It has at least one step.
type Path []Step

// Kind says how a step finds its value.
type Kind uint8

// The kinds of steps.
const (
	// Member is the value of the mapping's key Name: a, or ["a.b"].
	Member Kind = iota
	// Index is the element of the sequence at position Index, from 0: [0].
	Index
	// Match is the only element of the sequence whose key Name holds the scalar Value: [name=web].
	// Without a Name, it is the element that is that scalar: [=web].
	Match
)

// Step is a part of a path.
type Step struct {
	Kind  Kind
	Name  string
	Index int
	Value string
}

// ParsePath reads a key path:
//
//	path    = ( name | bracket ) { "." name | bracket }
//	name    = one or more characters other than . [ ] " and =
//	bracket = "[" ( digits | string | [ word ] "=" word ) "]"
//	word    = string | one or more characters other than [ ] " and =
//	string  = a Go or JSON string in double quotes
//
// An error is a *SyntaxError.
func ParsePath(s string) (Path, error) {
	if len(s) > MaxPath {
		return nil, &SyntaxError{Text: s[:40] + "…", Reason: fmt.Sprintf("is longer than %d bytes", MaxPath)}
	}
	if !utf8.ValidString(s) {
		return nil, &SyntaxError{Text: s, Reason: "is not valid UTF-8"}
	}
	p := parser{text: s}
	path, reason := p.path()
	if reason != "" {
		return nil, &SyntaxError{Text: s, Offset: p.at, Reason: reason}
	}
	return path, nil
}

// SyntaxError says why a text is no key path.
type SyntaxError struct {
	Text   string
	Offset int // in bytes
	Reason string
}

// Error names the path, the place and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("key path %q: %s (at character %d); write it like image.tag, list[0], "+
		`list[name=web] or labels["a.b/c"]`, e.Text, e.Reason, utf8.RuneCountInString(e.Text[:min(e.Offset, len(e.Text))])+1)
}

// parser reads a key path from text, at the byte at.
type parser struct {
	text string
	at   int
}

func (p *parser) path() (path Path, reason string) {
	for p.at < len(p.text) || len(path) == 0 {
		var step Step
		switch {
		case p.next("["):
			step, reason = p.bracket()
		case len(path) == 0 || p.next("."):
			step.Name, reason = p.plain(".[]\"=", "a key")
		default:
			reason = "a '.' or '[' is missing"
		}
		if reason != "" {
			return nil, reason
		}
		if path = append(path, step); len(path) > MaxSteps {
			return nil, fmt.Sprintf("has more than %d steps", MaxSteps)
		}
	}
	return path, ""
}

// next takes a text if it comes next.
func (p *parser) next(s string) bool {
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

// plain reads characters up to the first of stop.
func (p *parser) plain(stop, noun string) (text, reason string) {
	rest := p.text[p.at:]
	n := strings.IndexAny(rest, stop)
	if n < 0 {
		n = len(rest)
	}
	if n == 0 {
		return "", noun + " is missing"
	}
	p.at += n
	return rest[:n], ""
}

// word reads a string in quotes, or plain characters.
func (p *parser) word(noun string) (text, reason string, quoted bool) {
	if !strings.HasPrefix(p.text[p.at:], `"`) {
		text, reason = p.plain("[]\"=", noun)
		return text, reason, false
	}
	prefix, err := strconv.QuotedPrefix(p.text[p.at:])
	if err == nil {
		text, err = strconv.Unquote(prefix)
	}
	if err != nil || !utf8.ValidString(text) {
		return "", "the string in quotes is not well-formed", true
	}
	p.at += len(prefix)
	return text, "", true
}

// bracket reads a step in brackets, after the opening bracket.
func (p *parser) bracket() (step Step, reason string) {
	quoted := false
	if !strings.HasPrefix(p.text[p.at:], "=") {
		if step.Name, reason, quoted = p.word("an index, a string in quotes or a key=value"); reason != "" {
			return step, reason
		}
	}
	start := p.at - len(step.Name)
	switch {
	case p.next("="):
		step.Kind = Match
		if step.Value, reason, _ = p.word("the value to match"); reason != "" {
			return step, reason
		}
	case !quoted:
		n, err := strconv.ParseUint(step.Name, 10, 31)
		if err != nil || strconv.FormatUint(n, 10) != step.Name {
			p.at = start
			return step, "an index is a number from 0, and a key in brackets is in double quotes"
		}
		step = Step{Kind: Index, Index: int(n)}
	}
	if !p.next("]") {
		return step, "a ']' is missing"
	}
	return step, ""
}

// String is the path in its shortest form, which ParsePath reads. Equal paths have equal strings.
func (p Path) String() string {
	var b strings.Builder
	for i, s := range p {
		if s.Kind == Member && s.Name != "" && !strings.ContainsAny(s.Name, ".[]\"=") {
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Name)
			continue
		}
		b.WriteString(s.bracket())
	}
	return b.String()
}

// bracket is the step in brackets.
func (s Step) bracket() string {
	switch s.Kind {
	case Index:
		return "[" + strconv.Itoa(s.Index) + "]"
	case Match:
		name := ""
		if s.Name != "" {
			name = quoted(s.Name)
		}
		return "[" + name + "=" + quoted(s.Value) + "]"
	}
	return "[" + strconv.Quote(s.Name) + "]"
}

// quoted is a word of a bracket, in quotes where it needs them.
func quoted(s string) string {
	if s == "" || strings.ContainsAny(s, "[]\"=") {
		return strconv.Quote(s)
	}
	return s
}

// Within reports whether the value of p is part of the value of outer, or is it, as far as the
// paths tell: an index and a match may mean the same element.
func (p Path) Within(outer Path) bool {
	if len(p) < len(outer) {
		return false
	}
	for i, s := range outer {
		if p[i] != s {
			return false
		}
	}
	return true
}

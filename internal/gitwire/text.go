package gitwire

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is how much of what a server says in words is kept, in bytes.
const MaxText = 4 << 10

// ServerError is the server's own account of why it does not answer: an ERR line (gitprotocol-pack,
// "error-line") or a message on band 3 of the side-band.
type ServerError struct {
	Text string // cleaned, at most MaxText bytes
}

// Error is what the server said.
func (e *ServerError) Error() string {
	if e.Text == "" {
		return "the server reported an error without a reason"
	}
	return e.Text
}

// serverError recognises "ERR <text>", which may stand in place of any line.
func serverError(line []byte) error {
	if text, ok := bytes.CutPrefix(line, []byte("ERR ")); ok {
		return &ServerError{Text: Clean(text, MaxText)}
	}
	return nil
}

// Clean makes a server's words fit to print: valid UTF-8 without control and invisible formatting characters,
// so that no terminal is driven by them, line ends kept between lines, at most limit bytes.
func Clean[T string | []byte](text T, limit int) string {
	cut := len(text) > limit
	if cut {
		text = text[:limit]
	}
	s := strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == '\t', c == '\u2028', c == '\u2029':
			return ' '
		case unicode.IsControl(c), unicode.Is(unicode.Cf, c):
			return -1
		}
		return c
	}, strings.ToValidUTF8(string(text), ""))
	s = strings.TrimSpace(s)
	const more = " …"
	if cut || len(s) > limit {
		for len(s) > max(0, limit-len(more)) {
			_, n := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-n]
		}
		s += more
	}
	return s
}

// lines gathers what arrives on band 2, in pieces, as lines of clean text. A line that is overwritten in place
// ("Counting objects:  50%\r") counts with its last state.
type lines struct {
	done []string
	part []byte
	size int
}

func (l *lines) add(p []byte) error {
	for len(p) > 0 && l.size < MaxText {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.part = append(l.part, p[:min(len(p), MaxText-len(l.part))]...)
			return nil
		}
		l.part = append(l.part, p[:min(i, MaxText-len(l.part))]...)
		l.end()
		p = p[i+1:]
	}
	return nil
}

func (l *lines) end() {
	part := bytes.TrimRight(l.part, "\r ")
	if i := bytes.LastIndexByte(part, '\r'); i >= 0 {
		part = part[i+1:]
	}
	if s := Clean(part, max(0, MaxText-l.size)); s != "" && l.size < MaxText {
		l.done = append(l.done, s)
		l.size += len(s)
	}
	l.part = l.part[:0]
}

// list is everything said so far.
func (l *lines) list() []string {
	l.end()
	return l.done
}

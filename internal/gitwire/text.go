package gitwire

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText bounds the part of a server's words that is kept, in bytes.
const MaxText = 4 << 10

// ServerError holds the server's own reason for refusing a request: an ERR line (gitprotocol-pack,
// "error-line") or a message on band 3 of the side-band.
type ServerError struct {
	Text string // cleaned, at most MaxText bytes
}

// Error returns the server's words.
func (e *ServerError) Error() string {
	if e.Text == "" {
		return "the server reported an error without a reason"
	}
	return e.Text
}

// serverError recognises "ERR <text>", which may stand in place of any line.
func serverError(line []byte) error {
	if text, ok := bytes.CutPrefix(line, []byte("ERR ")); ok {
		return &ServerError{Text: CleanEnds(text, MaxText)}
	}
	return nil
}

// Clean makes a server's words fit to print: valid UTF-8 without control and invisible formatting
// characters, which could drive a terminal, with line ends only between lines, at most limit bytes.
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

// CleanEnds is Clean, but it leaves out the middle of a text that is too long: hooks print their
// work first and the reason of a refusal last.
func CleanEnds[T string | []byte](text T, limit int) string {
	const more = " … "
	if len(text) <= limit || limit <= len(more) {
		return Clean(text, limit)
	}
	begin := (limit - len(more)) / 4
	end := limit - len(more) - begin
	// A letter of several bytes that is cut in two is removed as invalid UTF-8.
	return Clean(text[:begin], begin+len(more)) + more + Clean(text[len(text)-end:], end)
}

// lines gathers the data of band 2, which arrives in pieces, as lines of clean text. Of a line that
// is overwritten in place ("Counting objects:  50%\r") the last state counts. Of more than MaxText
// bytes, the first quarter and the end are kept.
type lines struct {
	first []string
	last  []string // the newest lines, once first is full
	part  []byte   // the line that has not ended yet
	size  [2]int   // bytes in first and in last
	left  int      // the number of lines left out between first and last
}

// Bounds of the lines that are kept, in bytes. A remark about the lines left out stands between the
// first and the last.
const (
	maxFirst    = MaxText / 4
	maxOmission = 64
	maxLast     = MaxText - maxFirst - maxOmission
)

func (l *lines) add(p []byte) error {
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.append(p)
			return nil
		}
		l.append(p[:i])
		l.end()
		p = p[i+1:]
	}
	return nil
}

// append adds to the line that has not ended, of which the beginning and the end are kept.
func (l *lines) append(p []byte) {
	l.part = append(l.part, p...)
	if over := len(l.part) - 4*MaxText; over > 0 {
		l.part = append(l.part[:MaxText], l.part[MaxText+over:]...)
	}
}

func (l *lines) end() {
	// end ends the line in part, and adds it to first or last.
	part := bytes.TrimRight(l.part, "\r ")
	if i := bytes.LastIndexByte(part, '\r'); i >= 0 {
		part = part[i+1:]
	}
	s := CleanEnds(part, maxLast)
	l.part = l.part[:0]
	switch {
	case s == "" || label(s):
	case l.left == 0 && len(l.last) == 0 && l.size[0]+len(s) <= maxFirst:
		l.first = append(l.first, s)
		l.size[0] += len(s)
	default:
		l.last = append(l.last, s)
		l.size[1] += len(s)
		for l.size[1] > maxLast {
			l.size[1] -= len(l.last[0])
			l.last = l.last[1:]
			l.left++
		}
	}
}

// label reports whether a line only announces the kind of the lines after it: Gitea pads its
// messages so.
func label(s string) bool {
	s = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(strings.ToLower(s), "remote:")))
	return s == "" || s == "error:" || s == "fatal:" || s == "warning:"
}

// list returns all lines so far.
func (l *lines) list() []string {
	l.end()
	all := l.first
	if l.left > 0 {
		all = append(all, fmt.Sprintf("… (%d lines left out) …", l.left))
	}
	return append(all, l.last...)
}

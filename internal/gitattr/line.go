package gitattr

import "strings"

// blank are the bytes between the words of a line, as git has them.
const blank = " \t\r\n"

// macroPrefix precedes the name of a macro.
const macroPrefix = "[attr]"

// line is a line of a file: a pattern or a macro's name, and attributes.
type line struct {
	pattern, macro string
	states         []state
}

// parseLine reads a line. It is not ok when git ignores it.
func parseLine(text string) (l line, ok bool) {
	if len(text) >= maxLine {
		return l, false
	}
	text = strings.TrimLeft(text, blank)
	if text == "" || text[0] == '#' {
		return l, false
	}
	pattern, rest, quoted := unquote(text)
	if !quoted {
		pattern, rest = cutWord(text)
	}
	if name, ok := strings.CutPrefix(pattern, macroPrefix); ok && name != "" {
		if l.macro, _ = cutWord(strings.TrimLeft(name, blank)); !validName(l.macro) {
			return l, false
		}
	} else if strings.HasPrefix(pattern, "!") {
		return l, false // "Negative patterns are ignored in git attributes"
	}
	l.pattern = pattern
	for rest = strings.TrimLeft(rest, blank); rest != ""; rest = strings.TrimLeft(rest, blank) {
		var word string
		word, rest = cutWord(rest)
		s, ok := parseState(word)
		if !ok {
			return l, false
		}
		l.states = append(l.states, s)
	}
	return l, true
}

// cutWord cuts a text at its first blank byte.
func cutWord(text string) (word, rest string) {
	if i := strings.IndexAny(text, blank); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// parseState reads an attribute: name, -name, !name or name=value.
func parseState(word string) (s state, ok bool) {
	name, value, hasValue := strings.Cut(word, "=")
	s = state{name, Set}
	switch {
	case strings.HasPrefix(name, "-"):
		s = state{name[1:], Unset}
	case strings.HasPrefix(name, "!"):
		s = state{name[1:], Unspecified}
	case hasValue:
		s.value = value
	}
	return s, validName(s.name)
}

// validName reports whether an attribute may have this name.
func validName(name string) bool {
	if name == "" || name[0] == '-' {
		return false
	}
	for _, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

// escapes are the letters that stand behind a backslash in a quoted name, and their meanings
// (git's quote.c).
const escapes, meanings = `abfnrtv"\`, "\a\b\f\n\r\t\v\"\\"

// unquote reads a name in double quotes, which git puts around unusual names. It is not ok for any
// other text.
func unquote(text string) (name, rest string, ok bool) {
	if text == "" || text[0] != '"' {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			return b.String(), text[i+1:], true
		case '\\':
			i++
			if i == len(text) {
				return "", "", false
			}
			if at := strings.IndexByte(escapes, text[i]); at >= 0 {
				b.WriteByte(meanings[at])
				continue
			}
			if i+2 >= len(text) || text[i] > '3' || !octal(text[i:i+3]) {
				return "", "", false
			}
			b.WriteByte((text[i]-'0')<<6 | (text[i+1]-'0')<<3 | (text[i+2] - '0'))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

func octal(digits string) bool {
	for _, c := range []byte(digits) {
		if c < '0' || c > '7' {
			return false
		}
	}
	return true
}

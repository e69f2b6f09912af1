package sshclient

import (
	"errors"
	"fmt"
	"strings"
)

// blanks separate words in a configuration (misc.c: WHITESPACE).
const blanks = " \t\r\n"

// configLine splits a line: a keyword in any case of letters, blanks or a single '=', and the rest.
// '#' begins a comment.
func configLine(line string) (keyword, rest string, err error) {
	line = strings.TrimRight(strings.ToValidUTF8(line, ""), blanks+"\f")
	keyword, rest, ok := token(strings.TrimLeft(line, blanks))
	if ok && keyword == "" { // '=' before it
		keyword, rest, ok = token(rest)
	}
	switch {
	case !ok:
		return "", "", errQuote
	case keyword == "" || keyword[0] == '#':
		return "", "", nil
	}
	for _, c := range []byte(keyword) {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return "", "", fmt.Errorf("%.20q is no keyword", keyword)
		}
	}
	return strings.ToLower(keyword), rest, nil
}

var errQuote = errors.New("a quotation without an end")

// token takes the first word off a line as OpenSSH does for keywords and for the criteria of Match
// (misc.c: strdelim). The word ends at a blank; at '=', a single of which is skipped; or at a
// quote, which begins a quoted part that ends the word. ok is false for a quotation without an end.
func token(s string) (word, rest string, ok bool) {
	end := strings.IndexAny(s, blanks+`"=`)
	if end < 0 {
		return s, "", true
	}
	if s[end] == '"' {
		quoted, rest, ok := strings.Cut(s[end+1:], `"`)
		return s[:end] + quoted, strings.TrimLeft(rest, blanks), ok
	}
	rest = strings.TrimLeft(s[end+1:], blanks)
	if s[end] != '=' {
		if after, is := strings.CutPrefix(rest, "="); is {
			rest = strings.TrimLeft(after, blanks)
		}
	}
	return s[:end], rest, true
}

// splitArgs is OpenSSH's argv_split: words, quotes of both kinds, a backslash before a quote or
// itself (misc.c).
func splitArgs(s string) (args []string, err error) {
	for s = strings.TrimLeft(s, " \t"); s != "" && s[0] != '#'; s = strings.TrimLeft(s, " \t") {
		var word strings.Builder
		quote, i := byte(0), 0
		for ; i < len(s); i++ {
			c := s[i]
			switch {
			case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\'' || s[i+1] == '\\' || quote == 0 && s[i+1] == ' '):
				i++
				word.WriteByte(s[i])
				continue
			case quote == 0 && (c == ' ' || c == '\t'):
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				continue
			case c == quote:
				quote = 0
				continue
			default:
				word.WriteByte(c)
				continue
			}
			break
		}
		if quote != 0 {
			return nil, errQuote
		}
		args = append(args, word.String())
		s = s[i:]
	}
	return args, nil
}

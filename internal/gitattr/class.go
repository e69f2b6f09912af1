package gitattr

import "strings"

// class reads the bracket expression at glob[p] and reports whether c is in it. end is the index of
// its closing bracket, or -1 where the expression is malformed and nothing matches.
func class(glob string, p int, c byte) (end int, in bool) {
	at := func(i int) byte {
		if i < len(glob) {
			return glob[i]
		}
		return 0
	}
	p++
	negated := at(p) == '!' || at(p) == '^'
	if negated {
		p++
	}
	var last byte // the low end of a range; 0 where none can begin
	for first := true; first || at(p) != ']'; first = false {
		b := at(p)
		switch {
		case b == 0:
			return -1, false
		case b == '\\':
			if p++; at(p) == 0 {
				return -1, false
			}
			b = at(p)
			in = in || b == c
		case b == '-' && last != 0 && at(p+1) != 0 && at(p+1) != ']':
			p++
			high := at(p)
			if high == '\\' {
				if p++; at(p) == 0 {
					return -1, false
				}
				high = at(p)
			}
			in = in || last <= c && c <= high
			b = 0
		case b == '[' && at(p+1) == ':':
			name, ok := className(glob[p+2:])
			if !ok { // not a class: the bracket stands for itself
				in = in || b == c
				break
			}
			is, known := classes[name]
			if !known {
				return -1, false
			}
			in = in || is(c)
			p += len("[:") + len(name) + len(":]") - 1
			b = 0
		default:
			in = in || b == c
		}
		last = b
		p++
	}
	return p, in != negated
}

// className returns the name of the class at the beginning of text, which follows "[:". It is not
// ok when the next closing bracket has no colon before it.
func className(text string) (name string, ok bool) {
	name, _, found := strings.Cut(text, "]")
	if !found {
		return "?", true // unclosed, which is malformed
	}
	return strings.CutSuffix(name, ":")
}

func between(low, high byte) func(byte) bool {
	return func(c byte) bool { return low <= c && c <= high }
}

func either(is ...func(byte) bool) func(byte) bool {
	return func(c byte) bool {
		for _, is := range is {
			if is(c) {
				return true
			}
		}
		return false
	}
}

func oneOf(bytes string) func(byte) bool {
	return func(c byte) bool { return strings.IndexByte(bytes, c) >= 0 }
}

var (
	lower = between('a', 'z')
	upper = between('A', 'Z')
	digit = between('0', '9')
	alnum = either(lower, upper, digit)
)

// classes are the named classes, of ASCII alone, as git has them.
var classes = map[string]func(byte) bool{
	"alnum":  alnum,
	"alpha":  either(lower, upper),
	"blank":  oneOf(" \t"),
	"cntrl":  either(between(0, 0x1f), between(0x7f, 0x7f)),
	"digit":  digit,
	"graph":  between(0x21, 0x7e),
	"lower":  lower,
	"print":  between(0x20, 0x7e),
	"punct":  func(c byte) bool { return 0x21 <= c && c <= 0x7e && !alnum(c) },
	"space":  oneOf(" \t\n\v\f\r"),
	"upper":  upper,
	"xdigit": either(digit, between('a', 'f'), between('A', 'F')),
}

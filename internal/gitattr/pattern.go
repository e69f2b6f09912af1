package gitattr

import "strings"

// pattern is a pattern of a line (gitignore(5), "PATTERN FORMAT", without negation).
type pattern struct {
	// glob is matched against a file's name where base is set, otherwise against its path below the
	// directory of the .gitattributes file.
	glob string
	base bool
	// directory is set where the pattern ends with a slash: no file matches it.
	directory bool
	// literal is the number of glob's first bytes that stand for themselves.
	literal int
}

// special are the bytes with a meaning other than themselves.
const special = `*?[\`

// parsePattern reads the pattern of a line.
func parsePattern(text string) pattern {
	var p pattern
	text, p.directory = strings.CutSuffix(text, "/")
	p.base = !strings.Contains(text, "/")
	if !p.base {
		text = strings.TrimPrefix(text, "/")
	}
	p.glob, p.literal = text, len(text)
	if i := strings.IndexAny(text, special); i >= 0 {
		p.literal = i
	}
	return p
}

// matches reports whether the pattern matches a file's name or path.
func (p pattern) matches(name string) bool {
	rest, ok := strings.CutPrefix(name, p.glob[:p.literal])
	if p.directory || !ok {
		return false
	}
	if p.base { // a name, in which "**" is "*"
		return newMatch(p.glob, p.literal, rest, false).from(p.literal, 0)
	}
	return newMatch(p.glob, p.literal, rest, true).from(p.literal, 0)
}

// match is the matching of a pattern against a text.
type match struct {
	glob  string
	start int // the index where glob begins as far as "**" is concerned: git cuts off the literal bytes
	text  string
	paths bool // "/" is matched by "/" and "**" only (git's WM_PATHNAME)
	// failed are the pairs of indices into glob and text from which nothing matches. They bound the
	// time for patterns of many stars by the product of the lengths.
	failed map[[2]int]bool
}

func newMatch(glob string, start int, text string, paths bool) *match {
	return &match{glob: glob, start: start, text: text, paths: paths, failed: map[[2]int]bool{}}
}

// from reports whether glob[p:] matches all of text[t:].
func (m *match) from(p, t int) bool {
	for ; p < len(m.glob); p++ {
		c := m.glob[p]
		if c == '*' {
			return m.star(p, t)
		}
		if t == len(m.text) {
			return false
		}
		switch c {
		case '?':
			if m.paths && m.text[t] == '/' {
				return false
			}
		case '[':
			end, in := class(m.glob, p, m.text[t])
			if end < 0 || !in || m.paths && m.text[t] == '/' {
				return false
			}
			p = end
		case '\\':
			if p++; p == len(m.glob) || m.glob[p] != m.text[t] {
				return false
			}
		default:
			if c != m.text[t] {
				return false
			}
		}
		t++
	}
	return t == len(m.text)
}

// star matches from the stars at glob[p] on.
func (m *match) star(p, t int) bool {
	if m.failed[[2]int{p, t}] {
		return false
	}
	after := p
	for after < len(m.glob) && m.glob[after] == '*' {
		after++
	}
	rest := m.glob[after:]
	slashes := !m.paths
	if m.paths && after-p > 1 && (p == m.start || m.glob[p-1] == '/') &&
		(rest == "" || rest[0] == '/' || strings.HasPrefix(rest, `\/`)) {
		slashes = true
		if rest != "" && rest[0] == '/' && m.from(after+1, t) {
			return true // "**/" also matches no directory at all
		}
	}
	for ; t <= len(m.text); t++ {
		if m.from(after, t) {
			return true
		}
		m.failed[[2]int{p, t}] = true
		if t < len(m.text) && m.text[t] == '/' && !slashes {
			return false
		}
	}
	return false
}

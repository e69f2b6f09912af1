package gitpatch

import (
	"fmt"
	"strings"
)

// escapes are the characters for which git has an escape of a letter (quote.c, cq_lookup).
const escapes, letters = "\a\b\t\n\v\f\r\"\\", `abtnvfr"\`

// quote writes a path as git does in patches: in C style, in quotes, if it has unusual characters
// (git-config(1), core.quotePath).
func quote(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		return path
	}
	b := []byte{'"'}
	for _, c := range []byte(path) {
		switch at := strings.IndexByte(escapes, c); {
		case at >= 0:
			b = append(b, '\\', letters[at])
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, `\%03o`, c)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

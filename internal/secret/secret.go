// Package secret keeps credentials out of texts.
//
//	credentials ──► Hidden          they print as "[redacted]", with any verb of fmt
//	a server's text ──► Scrub ──► the text without the secrets that it quotes, whole or cut off
package secret

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Redacted replaces a secret in a text.
const Redacted = "[redacted]"

// Hidden is embedded in types that hold secrets: their values print as Redacted.
type Hidden struct{}

// Format implements fmt.Formatter.
func (Hidden) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// LogValue implements slog.LogValuer.
func (Hidden) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText implements encoding.TextMarshaler, for JSON and its like.
func (Hidden) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

const (
	// minSecret is the length of the shortest text that counts as a secret, in bytes: hiding every
	// "x" would hide nothing.
	minSecret = 2
	// minPart is the number of bytes, beyond its public beginning, that must stand in the text for
	// a secret that is cut off to count.
	minPart = 6
)

// known matches the public beginnings of tokens, and the schemes of the Authorization header. It
// names the kind and hides nothing: "github" in a message is no part of a github_pat_ token.
var known = regexp.MustCompile(`^(?:[A-Za-z]{2,10}[_ -]){1,2}|^AT[A-Z]{2,3}`)

// Scrub returns the text with every secret replaced, in each form in which servers echo and quote
// secrets: as it is, escaped for URLs, in a string literal. Servers cut their echoes off, so the
// beginning of a secret is replaced as well if it has minPart bytes or more beyond its public
// beginning, and no letter or digit follows it.
func Scrub(text string, secrets ...string) string {
	if text == "" {
		return text
	}
	all := forms(secrets)
	for _, form := range all {
		text = strings.ReplaceAll(text, form, Redacted)
	}
	return scrubCut(text, all)
}

// forms returns the ways in which secrets may be written, the longest first, since a secret may
// contain another.
func forms(secrets []string) []string {
	var all []string
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		quoted := strconv.Quote(s)
		_, user, _ := strings.Cut(url.UserPassword("", s).String(), ":")
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s), user, strings.TrimRight(s, "="), quoted[1:len(quoted)-1])
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return len(s) < minSecret })
}

// scrubCut replaces beginnings of the forms that end where a text was cut.
func scrubCut(text string, forms []string) string {
	least := make([]int, len(forms))
	for k, form := range forms {
		least[k] = len(known.FindString(form)) + minPart
	}
	var b strings.Builder
	kept := 0 // the text before this index is in b
	for i := 0; i < len(text); i++ {
		n := 0
		for k, form := range forms {
			if form[0] != text[i] {
				continue
			}
			if m := common(text[i:], form); m >= least[k] && m > n && (i+m == len(text) || !isWord(text[i+m])) {
				n = m
			}
		}
		if n > 0 {
			b.WriteString(text[kept:i] + Redacted)
			kept = i + n
			i = kept - 1
		}
	}
	if kept == 0 {
		return text
	}
	return b.String() + text[kept:]
}

// common returns the number of bytes with which both texts begin.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// Package secret keeps credentials out of texts.
//
//	credentials ──► Hidden          print as "[redacted]", whatever the verb
//	a text from elsewhere ──► Scrub ──► the text without the secrets that it quotes, whole or cut off
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

// Redacted stands in the place of a secret.
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
	// minSecret is the length of the shortest secret, in bytes: nothing is hidden by hiding every
	// "x".
	minSecret = 2
	// minPart is how much of a secret counts as the secret where a text ends in the middle of it,
	// in bytes beyond its public beginning.
	minPart = 6
)

// known matches the public beginnings of tokens, and the schemes of the Authorization header. It
// names the kind and hides nothing: "github" in a message is no part of a github_pat_ token.
var known = regexp.MustCompile(`^(?:[A-Za-z]{2,10}[_ -]){1,2}|^AT[A-Z]{2,3}`)

// Scrub returns the text with every secret replaced, in the forms in which secrets are echoed and
// quoted: as they are, escaped for URLs, in a string literal. One that is cut off, as servers cut
// their echoes, counts from its seventh byte on, if no letter or digit follows.
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

// forms are the ways in which secrets may be written, the longest first: one may hold another.
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
	kept := 0 // text up to here is in b
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

// common is how many bytes two texts begin with alike.
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

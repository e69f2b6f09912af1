package gitremote

import (
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// pageText is what a reader sees of an HTML page, on one line, at most limit bytes. It needs no
// grammar: it is for a sentence in an error message.
func pageText(page string, limit int) string {
	var b strings.Builder
	for page != "" && b.Len() < 4*limit {
		text, rest, tag := strings.Cut(page, "<")
		b.WriteString(text + " ")
		if !tag {
			break
		}
		page = afterTag(rest)
	}
	s := strings.NewReplacer("&nbsp;", " ", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'").Replace(b.String())
	return gitwire.Clean(strings.Join(strings.Fields(s), " "), limit)
}

// afterTag is what follows the tag that s begins in, and with it what is not text: a comment, a
// script, a style.
func afterTag(s string) string {
	if rest, ok := strings.CutPrefix(s, "!--"); ok {
		_, rest, _ = strings.Cut(rest, "-->")
		return rest
	}
	name := strings.ToLower(s[:min(len(s), 6)])
	for _, hidden := range [...]string{"script", "style"} {
		if strings.HasPrefix(name, hidden) {
			end := strings.Index(strings.ToLower(s), "</"+hidden)
			if end < 0 {
				return ""
			}
			s = s[end:]
		}
	}
	_, rest, _ := strings.Cut(s, ">")
	return rest
}

// pageTitle is the title of an HTML page, and its first headline if that says something else; ""
// when it has neither.
func pageTitle(page string, limit int) string {
	title, headline := element(page, "title", limit), element(page, "h1", limit)
	switch {
	case title == "":
		return headline
	case headline == "" || strings.Contains(title, headline):
		return title
	}
	return gitwire.Clean(title+": "+headline, limit)
}

// element is the text of the first element of this name.
func element(page, name string, limit int) string {
	low := asciiLower(page)
	start := strings.Index(low, "<"+name)
	if start < 0 {
		return ""
	}
	end := strings.Index(low[start:], "</"+name)
	if end < 0 {
		return ""
	}
	return pageText(page[start:start+end], limit)
}

// asciiLower lowers letters without moving a byte, which strings.ToLower may do.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

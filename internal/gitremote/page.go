package gitremote

import (
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// pageText is what a reader sees of an HTML page, on one line, at most limit bytes. It needs no grammar: it
// is for a sentence in an error message.
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

// afterTag is what follows the tag that s begins in, and with it what is not text: a comment, a script, a style.
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

package httpwire

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// pageText returns the visible text of an HTML page, on one line, at most limit bytes.
func pageText(page string, limit int) string {
	words, _ := visible(html.NewTokenizer(strings.NewReader(page)), limit, 0)
	return words
}

// pageTitle returns the title of an HTML page, with its first headline if that says something else;
// "" when it has neither.
func pageTitle(page string, limit int) string {
	title, headline := element(page, atom.Title, limit), element(page, atom.H1, limit)
	switch {
	case title == "":
		return headline
	case headline == "" || strings.Contains(title, headline):
		return title
	}
	return gitwire.Clean(title+": "+headline, limit)
}

// element returns the text of the first element of this name; "" if it does not end.
func element(page string, name atom.Atom, limit int) string {
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken:
			if tag, _ := tokens.TagName(); atom.Lookup(tag) == name {
				words, ended := visible(tokens, limit, name)
				if !ended {
					return ""
				}
				return words
			}
		}
	}
}

// hidden are the elements whose text a browser does not show.
var hidden = []atom.Atom{atom.Script, atom.Style}

// visible returns the text up to the end of an element, or of the page if end is 0, on one line, at
// most limit bytes. ended reports whether the end was found, or enough text before it.
func visible(tokens *html.Tokenizer, limit int, end atom.Atom) (text string, ended bool) {
	var b strings.Builder
	var inside atom.Atom // a hidden element
	for !ended && b.Len() < 4*limit {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			break
		}
		var tag atom.Atom
		if kind == html.StartTagToken || kind == html.EndTagToken {
			name, _ := tokens.TagName()
			tag = atom.Lookup(name)
		}
		switch {
		case kind == html.TextToken && inside == 0:
			b.Write(tokens.Text())
		case kind == html.StartTagToken && slices.Contains(hidden, tag):
			inside = tag
		case kind == html.EndTagToken && tag == inside:
			inside = 0
		case kind == html.EndTagToken && tag == end && end != 0:
			ended = true
		}
		b.WriteByte(' ')
	}
	return gitwire.Clean(strings.Join(strings.Fields(b.String()), " "), limit), ended || b.Len() >= 4*limit
}

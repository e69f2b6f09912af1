package httpwire

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// words returns the text that the body of an error has for people: shortened, for the message, and
// in full as far as it was read, for those who look for a phrase in it.
func (a *answer) words() (short, all string) {
	if a.decode() != nil {
		return "", ""
	}
	body, _ := io.ReadAll(io.LimitReader(a.resp, 16<<10))
	short, all = wordsOf(body, a.http.Header.Get("Content-Type"))
	return a.transport.target.Scrub(short), all
}

// wordsOf returns the text that a person reads in a body, shortened and in full.
func wordsOf(body []byte, kind string) (short, all string) {
	text := strings.TrimSpace(string(body))
	switch kind = strings.ToLower(kind); {
	case strings.Contains(kind, "html") || strings.HasPrefix(text, "<"):
		short, all = pageTitle(text, 200), pageText(text, len(text))
		if short == "" {
			short = pageText(text, 200)
		}
		return short, all
	case strings.Contains(kind, "json") || strings.HasPrefix(text, "{"):
		if said := message(body); said != "" {
			return gitwire.CleanEnds(said, gitwire.MaxText), text
		}
	case len(strings.ToValidUTF8(text, "")) < len(text)-utf8.UTFMax || strings.ContainsRune(text, 0):
		return "", "" // no text at all
	}
	return gitwire.CleanEnds(text, gitwire.MaxText), text
}

// message returns the text of a JSON object in which a host reports an error, or "" if its form is
// not known.
func message(body []byte) string {
	var said struct {
		Message     json.RawMessage `json:"message"`
		Description string          `json:"error_description"`
		Error       json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	for _, raw := range []json.RawMessage{said.Message, said.Error} {
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			if said.Description != "" && text != said.Description {
				text += ": " + said.Description
			}
			return text
		}
		if inner := message(raw); len(raw) > 0 && raw[0] == '{' && inner != "" {
			return inner
		}
	}
	return said.Description
}

// plainText explains a response with a good head and a body that is no Git protocol: its text is of
// more use than that its first letters are no length of a line.
func (a *answer) plainText(e *exchange.Error) {
	begin := a.resp.Beginning()
	if len(begin) < 4 || gitwire.BeginsLine(begin) {
		return
	}
	words, all := wordsOf(begin, "")
	if words == "" {
		return
	}
	e.Server, e.Err = a.transport.target.Scrub(words), errNotGit
	switch given, _ := a.transport.given(); {
	case gitwire.Passing(all):
		e.MakeTransient()
	case e.Recognize(all):
	case signIn(words) && strings.HasPrefix(strings.TrimSpace(string(begin)), "<"):
		e.Kind, e.Hint = exchange.ErrAuthentication, "it is "+signInHint(given)
	}
}

var errNotGit = errors.New("the answer is not Git's")

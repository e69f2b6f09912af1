package gitremote

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// words is what the server says in the body of an error: made short, for the message, and all of
// what was read of it, for those who look for something in it.
func (resp *response) words(h *http.Response) (short, all string) {
	if resp.decode(h) != nil {
		return "", ""
	}
	body, _ := io.ReadAll(io.LimitReader(resp, 16<<10))
	short, all = wordsOf(body, h.Header.Get("Content-Type"))
	return resp.remote.redact.scrub(short), all
}

// wordsOf is what a person reads in a body.
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

// message is what a JSON object says in words, if it is one of the forms in which hosts report
// errors.
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

// plainText explains an answer that is no Git protocol at all, though its head says that all is
// well: what it says in words is of more use than that its first letters are no length of a line.
func (resp *response) plainText(e *Error) {
	if len(resp.begin) < 4 || gitwire.BeginsLine(resp.begin) || resp.ending != nil {
		return
	}
	words, all := wordsOf(resp.begin, "")
	if words == "" {
		return
	}
	e.Server, e.Err = resp.remote.redact.scrub(words), errNotGit
	switch given, _ := resp.remote.given(); {
	case gitwire.Passing(all):
		e.passes()
	case e.explained(all):
	case signIn(words) && strings.HasPrefix(strings.TrimSpace(string(resp.begin)), "<"):
		e.Kind, e.Hint = ErrAuthentication, "it is "+signInHint(given)
	}
}

var errNotGit = errors.New("the answer is not Git's")

// ended looks at how a service ended. Its words decide where they are known, then its status: with
// one that says that it failed, it has refused; warnings of a program on the way, and the words of
// one that was killed, are no refusal.
func (e *Error) ended(redact redactor, end ending) {
	words := redact.scrub(gitwire.CleanEnds(plainWords(end.words), gitwire.MaxText))
	if words == "" {
		return
	}
	e.Server = words
	switch why := noWarnings(words); {
	case gitwire.Passing(why):
		e.passes()
	case why == "":
	case e.explainedCommand(why):
		e.Err = nil
		if e.Kind == ErrNotFound && isWiki(e.URL) {
			e.Hint += "; " + hintWiki
		}
	case end.failed && !gitwire.SaysAny(why, hungUp):
		e.Kind, e.Err = ErrServer, ErrServer
	}
}

// hungUp is what git says when it lost its other end, or was interrupted: it refuses nothing.
var hungUp = []string{"the remote end hung up", "early eof", "unexpected disconnect", "broken pipe", "connection reset", "connection closed by", "killed by signal"}

package httpwire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// zipped is a text as gzip.
func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The words of a server in the body of an error reach the user, from pages, JSON and text, and
// bytes that are no text do not.
func TestWordsOfAnswers(t *testing.T) {
	t.Parallel()
	const zip, page, text, json = "Content-Encoding: gzip", "Content-Type: text/html", "Content-Type: text/plain", "Content-Type: application/json"
	for _, tt := range []struct {
		name   string
		answer reply
		kind   error
		says   string // "" for nothing
	}{
		{"a compressed page", status(404, zipped(t, "<html><title>No such project</title></html>"), page, zip), exchange.ErrNotFound, "No such project"},
		{"compressed text", status(403, zipped(t, "Ask Jo."), text, zip), exchange.ErrForbidden, "Ask Jo."},
		{"bytes of another compression", status(404, "\x8b\x03\x80no words\x03", page, "Content-Encoding: br"), exchange.ErrNotFound, ""},
		{"bytes that say they are text", status(404, "\x1f\x8b\x08\x00\x00\xff\xfe\xfd\xfc", text), exchange.ErrNotFound, ""},
		{"JSON", status(404, `{"$id":"1","message":"TF401019: no web","typeKey":"X"}`, json), exchange.ErrNotFound, "TF401019: no web"},
		{"JSON of OAuth", status(401, `{"error":"invalid_token","error_description":"Token was revoked."}`, json), exchange.ErrAuthentication, "invalid_token: Token was revoked."},
		{"JSON in JSON", status(422, `{"error":{"code":7,"message":"Not today"}}`, json), exchange.ErrServer, "Not today"},
		{"JSON of another form", status(422, `{"x":"Not today"}`, json), exchange.ErrServer, `{"x":"Not today"}`},
		{"a 200 of text", status(200, "Repo is being moved", text), exchange.ErrProtocol, "the answer is not Git's: the server says: Repo is being moved"},
		{"a 200 of JSON", status(200, `{"message":"Repo is being moved"}`, json), exchange.ErrProtocol, "the answer is not Git's: the server says: Repo is being moved"},
		{"a 200 that says it is Git's", status(200, "Repository not found."), exchange.ErrNotFound, "the answer is not Git's: the server says: Repository not found."},
		{"a compressed 200", status(200, zipped(t, "Your token has expired."), text, zip), exchange.ErrAuthentication, "has expired"},
		{"a long text", status(403, strings.Repeat("line\n", 2000)+"The reason."), exchange.ErrForbidden, "The reason."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, _ := scripted(t, settings{Auth: Token{Token: "t0ken-of-the-test"}}, tt.answer)
			err := r.list(t.Context())
			e, ok := errors.AsType[*exchange.Error](err)
			if !ok || e.Kind != tt.kind || !strings.Contains(err.Error(), tt.says) || tt.says == "" && e.Server != "" {
				t.Errorf("got %v, want %v with %q", err, tt.kind, tt.says)
			}
			r, s := scripted(t, settings{Auth: Token{Token: "t0ken-of-the-test"}}, tt.answer)
			if _, err := r.push(t.Context(), moveA, pack("PACK")); err == nil || !strings.Contains(err.Error(), tt.says) || len(s.Asked) != 1 {
				t.Errorf("push: got %v after %d requests", err, len(s.Asked))
			}
		})
	}
}

// A wiki without pages is no repository yet.
func TestAWikiWithoutPages(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{"https://host/o/r.wiki.git": true, "https://host/o/r.wiki": true, "https://host/o/r.git": false, "https://host/o/wiki.git": false} {
		r, _ := scripted(t, settings{URL: url}, status(404, "Repository not found."))
		if err := r.list(t.Context()); !errors.Is(err, exchange.ErrNotFound) || strings.Contains(err.Error(), "first one on the host") != want {
			t.Errorf("%s: got %v", url, err)
		}
	}
}

package gitremote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	hunter = "hunter2/S3cret=+%"
	user   = "alice"
)

// leaks finds a form of the secret in text.
func leaks(text string) string {
	for _, form := range []string{
		hunter, url.QueryEscape(hunter), url.PathEscape(hunter), "hunter2",
		"YWxpY2U6aHVudGVyMi9TM2NyZXQ9KyU=", // alice:…
		"YWxpY2U6aHVudGVyMi9TM2NyZXQ9KyU",
	} {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

// A server that echoes everything it was sent, wherever it can, gets no secret into a message.
func TestNoSecretInAnyMessage(t *testing.T) {
	t.Parallel()
	echo := func(req *http.Request) string {
		return strings.Join(req.Header["Authorization"], " ") + " " + hunter + " " + url.QueryEscape(hunter) + " " + url.PathEscape(hunter)
	}
	echoing := func(answer func(string) reply) reply {
		return func(req *http.Request) (*http.Response, error) { return answer(echo(req))(req) }
	}
	faults := map[string]reply{
		"body":      echoing(func(s string) reply { return status(403, s) }),
		"page":      echoing(func(s string) reply { return status(403, "<h1>"+s, "Content-Type: text/html") }),
		"busy":      echoing(func(s string) reply { return status(503, s) }),
		"type":      echoing(func(s string) reply { return status(200, s, "Content-Type: text/html") }),
		"challenge": echoing(func(s string) reply { return status(401, s, "WWW-Authenticate: "+hunter+" x") }),
		"redirect": echoing(func(s string) reply {
			return status(302, s, "Location: https://"+url.UserPassword(user, hunter).String()+"@evil/"+url.PathEscape(hunter)+"?t="+url.QueryEscape(hunter))
		}),
		"redirect in": echoing(func(s string) reply { return status(302, s, "Location: https://host/"+url.PathEscape(hunter)) }),
		"encoding":    echoing(func(s string) reply { return status(200, s, "Content-Encoding: "+hunter) }),
		"ERR":         echoing(func(s string) reply { return status(200, lines("ERR "+s)) }),
		"fatal":       echoing(func(s string) reply { return status(200, lines("\x03"+s)) }),
		"garbage":     echoing(func(s string) reply { return status(200, lines(s)) }),
		"reference":   echoing(func(s string) reply { return status(200, lines(hexA+" "+hunter+" symref-target:"+hunter+" x\n", s)) }),
		"connection":  echoing(func(s string) reply { return broken(errors.New(s)) }),
		"report": echoing(func(s string) reply {
			return status(200, lines("\x02"+s+"\n", "\x01"+lines("unpack "+s, "ng refs/heads/main "+s, "flush"), "flush"))
		}),
		"bad capacity": echoing(func(s string) reply { return status(500, s) }),
	}
	escaped := url.UserPassword(user, hunter).String()
	options := map[string]Options{
		"basic":   {Auth: Basic{Username: user, Password: hunter}},
		"token":   {Auth: Token{Username: user, Token: hunter}},
		"bearer":  {Auth: Bearer{Token: hunter}},
		"headers": {Auth: Headers{"Authorization": "Basic " + hunter}},
		"url":     {URL: "https://" + escaped + "@host/r.git"},
		"both":    {URL: "https://" + escaped + "@host/r.git", Auth: Bearer{Token: "other"}},
	}
	for fault, reply := range faults {
		for with, o := range options {
			t.Run(fault+"/"+with, func(t *testing.T) {
				t.Parallel()
				var out strings.Builder
				o.Logf = func(_ context.Context, format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
				o.Limits = Limits{Backoff: 1, Attempts: 2}
				r, _ := scripted(t, o, reply)
				_, e1 := r.ListRefs(t.Context(), "HEAD")
				e2 := r.Fetch(t.Context(), wantA, drop)
				report, e3 := r.Push(t.Context(), moveA, pack("PACK"))
				_, e4 := r.Capabilities(t.Context())
				for _, err := range []error{e1, e2, e3, e4} {
					fmt.Fprintf(&out, "%v\n%+v\n%s\n%q\n", err, err, err, err)
					for ; err != nil; err = errors.Unwrap(err) {
						fmt.Fprintln(&out, err)
					}
					var e *Error
					if errors.As(e1, &e) && e.Err != nil {
						fmt.Fprintln(&out, e.Err, e.Server, e.Hint)
					}
				}
				fmt.Fprintf(&out, "%+v %s %v\n", report, r.URL(), r.auth)
				if form := leaks(out.String()); form != "" {
					t.Errorf("%q is in\n%s", form, out.String())
				}
				if e1 == nil && fault != "reference" {
					t.Error("no error")
				}
			})
		}
	}
}

func TestCredentialsPrintAsNothing(t *testing.T) {
	t.Parallel()
	for _, a := range []any{
		Basic{Username: user, Password: hunter},
		Token{Username: user, Token: hunter},
		Bearer{Token: hunter},
		Headers{"X": hunter},
		&Basic{Username: user, Password: hunter},
		Options{Auth: Basic{Username: user, Password: hunter}, TLS: TLSOptions{ClientKeyPEM: hunter}},
	} {
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "auth", a)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "auth", a)
		text := fmt.Sprintf("%v %+v %#v %s %q %d %x", a, a, a, a, a, a, a) + log.String()
		if b, err := json.Marshal(a); err == nil {
			text += string(b)
		}
		if form := leaks(text); form != "" || strings.Contains(text, "68756e746572") {
			t.Errorf("%q is in %s", form, text)
		}
	}
}

// With the first request, in the form that the host expects.
func TestCredentialsAreSent(t *testing.T) {
	t.Parallel()
	basic := func(user, password string) string {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"none", Options{}, ""},
		{"basic", Options{Auth: Basic{Username: user, Password: hunter}}, basic(user, hunter)},
		{"token on any host", Options{Auth: Token{Token: hunter}}, basic("git", hunter)},
		{"token with a name", Options{Auth: Token{Username: user, Token: hunter}}, basic(user, hunter)},
		{"token on GitHub", Options{Auth: Token{Token: hunter}, URL: "https://github.com/o/r"}, basic("x-access-token", hunter)},
		{"token on GitLab", Options{Auth: Token{Token: hunter}, URL: "https://gitlab.example.com/o/r"}, basic("oauth2", hunter)},
		{"token on Bitbucket", Options{Auth: Token{Token: hunter}, URL: "https://bitbucket.org/o/r"}, basic("x-token-auth", hunter)},
		{"bearer", Options{Auth: Bearer{Token: hunter}}, "Bearer " + hunter},
		{"headers", Options{Auth: Headers{"Authorization": "X y"}}, "X y"},
		{"in the URL", Options{URL: "https://" + url.UserPassword(user, hunter).String() + "@host/r"}, basic(user, hunter)},
		{"configured ones before those in the URL", Options{URL: "https://a:b@host/r", Auth: Bearer{Token: hunter}}, "Bearer " + hunter},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			r, _ := scripted(t, tt.o, func(req *http.Request) (*http.Response, error) {
				got = req.Header.Get("Authorization")
				if req.URL.User != nil {
					t.Errorf("user information in the request's URL")
				}
				return status(200, goodRefs)(req)
			})
			if _, err := r.ListRefs(t.Context(), "HEAD"); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	for name, auth := range map[string]Auth{
		"a colon in the name":             Basic{Username: "a:b", Password: hunter},
		"a password with its line's end":  Basic{Username: user, Password: hunter + "\n"},
		"a token with its line's end":     Token{Token: hunter + "\n"},
		"a bearer token with a line end":  Bearer{Token: hunter + "\r\n"},
		"a header with another behind it": Headers{"X-Token": hunter + "\r\nX-Admin: yes"},
	} {
		r, s := scripted(t, Options{Auth: auth}, status(200, goodRefs))
		if _, err := r.ListRefs(t.Context(), "HEAD"); !errors.Is(err, ErrAuthentication) || leaks(err.Error()) != "" || len(s.seen) != 0 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

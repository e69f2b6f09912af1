package gitremote

import (
	"context"
	"errors"
	"fmt"
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
				fmt.Fprintf(&out, "%+v %s %v\n", report, r.URL(), o.Auth)
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

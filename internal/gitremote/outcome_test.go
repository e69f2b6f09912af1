package gitremote

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// After which errors the server may have moved the reference all the same.
func TestPushOutcome(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name               string
		fault              reply
		unknown, transient bool
		kind               error
	}{
		{"reset after sending", broken(errReset), true, true, ErrTransient},
		{"closed after sending", broken(io.EOF), true, true, ErrTransient},
		{"bad gateway", status(502, ""), true, true, ErrTransient},
		{"unavailable", status(503, ""), true, true, ErrTransient},
		{"gateway timeout", status(504, ""), true, true, ErrTransient},
		{"too many requests", status(429, ""), false, true, ErrTransient},
		{"internal error", status(500, ""), true, true, ErrTransient},
		{"a gateway that reaches nobody", status(522, ""), true, true, ErrTransient},
		{"not implemented", status(501, ""), true, false, ErrServer},
		{"request timeout", status(408, ""), true, true, ErrTransient},
		{"forbidden for a while", status(403, "", "Retry-After: 1"), false, true, ErrTransient},
		{"a fatal message about load", status(200, lines("\x03unable to handle this request due to load\n")), true, true, ErrTransient},
		{"an ERR line", status(200, lines("ERR account is suspended\n")), true, false, ErrForbidden},
		{"words and no report", status(200, lines("\x02this file is too large\n", "flush")), true, false, ErrServer},
		{"words and the end", status(200, lines("\x02this file is too large\n")), true, false, ErrServer},
		{"words and a lost connection", stream(io.MultiReader(strings.NewReader(lines("\x02checking\n")), failing{io.ErrUnexpectedEOF})), true, true, ErrTransient},
		{"an empty answer", status(200, ""), true, true, ErrTransient},
		{"a report cut short", status(200, goodReport[:20]), true, true, ErrTransient},
		{"garbage", status(200, "garbage"), true, false, ErrProtocol},
		{"a web page", status(200, "<p>hm", "Content-Type: text/html"), true, false, ErrProtocol},
		{"a fatal message", status(200, lines("\x03pack exceeds maximum allowed size\n")), true, false, ErrServer},
		{"wrong credentials", status(401, ""), false, false, ErrAuthentication},
		{"denied", status(403, ""), false, false, ErrForbidden},
		{"missing", status(404, ""), false, false, ErrNotFound},
		{"too large", status(413, ""), false, false, ErrTooLarge},
		{"moved to another host", status(302, "", "Location: https://evil/s/git-receive-pack"), false, false, ErrProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, s := scripted(t, Options{}, tt.fault)
			_, err := r.Push(t.Context(), moveA, pack("PACK"))
			if !errors.Is(err, tt.kind) || Unknown(err) != tt.unknown || Transient(err) != tt.transient {
				t.Errorf("got %v, unknown %v, transient %v", err, Unknown(err), Transient(err))
			}
			if len(s.Asked) != 1 {
				t.Errorf("%d requests, want one attempt", len(s.Asked))
			}
		})
	}
}

// A push that never got a connection certainly did not happen.
func TestPushWithoutConnectionIsNotUnknown(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(Options{URL: "http://" + address + "/r", Limits: Limits{Connect: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Push(t.Context(), moveA, pack("PACK")); Unknown(err) || !Transient(err) {
		t.Errorf("got %v, unknown %v, transient %v", err, Unknown(err), Transient(err))
	}
}

func TestPushSendsCommandsThenPack(t *testing.T) {
	t.Parallel()
	r, s := scripted(t, Options{}, func(req *http.Request) (*http.Response, error) {
		if req.ContentLength != int64(len(commands(moveA))+4) {
			t.Errorf("Content-Length %d", req.ContentLength)
		}
		return status(200, goodReport)(req)
	})
	report, err := r.Push(t.Context(), moveA, pack("PACK"))
	if st, ok := report.Ref("refs/heads/main"); err != nil || !ok || !st.OK {
		t.Errorf("got %+v, %v", report, err)
	}
	if s.Bodies[0] != commands(moveA)+"PACK" {
		t.Errorf("sent %q", s.Bodies[0])
	}
	remove := gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: mustID(hexA)}}}
	r, s = scripted(t, Options{}, status(200, goodReport))
	if _, err := r.Push(t.Context(), remove, nil); err != nil {
		t.Fatal(err)
	}
	if s.Bodies[0] != commands(remove) {
		t.Errorf("a deletion sent %q", s.Bodies[0])
	}
	if _, err := r.Push(t.Context(), moveA, nil); err == nil || Unknown(err) {
		t.Errorf("an update without a pack: %v", err)
	}
}

func commands(p gitwire.Push) string {
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// When a Push returns, nobody reads its pack any more, even if the server answered long before its
// end.
func TestPushWaitsUntilItsPackIsNoLongerRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := opened(t, Options{}, roundTripper(func(req *http.Request) (*http.Response, error) {
			time.AfterFunc(time.Minute, func() { _ = req.Body.Close() })
			return status(403, "")(req)
		}))
		start := time.Now()
		if _, err := r.Push(t.Context(), moveA, pack("PACK")); !errors.Is(err, ErrForbidden) || time.Since(start) < time.Minute {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

type roundTripper reply

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestPushOptionsGoOnlyToServersThatTakeThem(t *testing.T) {
	t.Parallel()
	req := moveA
	req.Options = []string{"ci.skip"}
	for _, tt := range []struct {
		name, caps string
		sent       bool
	}{
		{"offered", "report-status push-options", true},
		{"not offered", "report-status", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			offer := lines("# service=git-receive-pack\n", "flush", hexA+" refs/heads/main\x00"+tt.caps+"\n") + "fff0 the rest is not read"
			r, s := scripted(t, Options{},
				status(200, offer, "Content-Type: application/x-git-receive-pack-advertisement"), status(200, goodReport))
			for range 2 {
				if _, err := r.Push(t.Context(), req, pack("PACK")); err != nil {
					t.Fatal(err)
				}
			}
			if len(s.Asked) != 3 || s.Asked[0] != "GET /r.git/info/refs" {
				t.Errorf("requests %q, want one advertisement and two pushes", s.Asked)
			}
			for _, b := range s.Bodies {
				if strings.Contains(b, "ci.skip") != tt.sent || strings.Contains(b, "push-options") != tt.sent {
					t.Errorf("sent %q", b)
				}
			}
		})
	}
}

func TestAServerThatTakesNoThinPacksGetsNone(t *testing.T) {
	t.Parallel()
	offer := lines("# service=git-receive-pack\n", "flush", hexA+" refs/heads/main\x00report-status push-options no-thin\n") + "fff0 the rest is not read"
	r, s := scripted(t, Options{},
		status(200, offer, "Content-Type: application/x-git-receive-pack-advertisement"), status(200, goodReport))
	req := moveA
	req.Options, req.Thin = []string{"ci.skip"}, true
	_, err := r.Push(t.Context(), req, pack("PACK"))
	if !errors.Is(err, gitwire.ErrNoThin) || Unknown(err) || len(s.Asked) != 1 {
		t.Errorf("got %v after %q, want gitwire.ErrNoThin and nothing pushed", err, s.Asked)
	}
	req.Thin = false
	if _, err := r.Push(t.Context(), req, pack("PACK")); err != nil || len(s.Asked) != 2 {
		t.Errorf("a whole pack: %v after %q", err, s.Asked)
	}
}

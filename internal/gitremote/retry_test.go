package gitremote

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Which failures are retried, for a list as for a pack.
func TestRetry(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault reply
		again bool
		kind  error
	}{
		{"too many requests", status(429, "slow down"), true, ErrTransient},
		{"bad gateway", status(502, ""), true, ErrTransient},
		{"unavailable", status(503, "<html><body>We'll be back", "Content-Type: text/html"), true, ErrTransient},
		{"gateway timeout", status(504, ""), true, ErrTransient},
		{"connection reset", broken(errReset), true, ErrTransient},
		{"connection closed without an answer", broken(io.EOF), true, ErrTransient},
		{"an answer cut between two lines", status(200, goodPack[:13]), true, ErrTransient},
		{"an answer cut inside a line", status(200, goodPack[:20]), true, ErrTransient},
		{"a body whose framing is cut", stream(io.MultiReader(strings.NewReader(goodPack[:15]), failing{io.ErrUnexpectedEOF})), true, ErrTransient},
		{"wrong credentials", status(401, "", "Www-Authenticate: Basic realm=x"), false, ErrAuthentication},
		{"proxy credentials", status(407, ""), false, ErrAuthentication},
		{"denied", status(403, ""), false, ErrForbidden},
		{"missing", status(404, ""), false, ErrNotFound},
		{"gone", status(410, ""), false, ErrNotFound},
		{"broken server", status(500, "oops"), true, ErrTransient},
		{"request timeout", status(408, ""), true, ErrTransient},
		{"too early", status(425, ""), true, ErrTransient},
		{"a gateway's unknown error", status(520, ""), true, ErrTransient},
		{"a gateway that finds nobody", status(521, ""), true, ErrTransient},
		{"a gateway's time-out", status(524, ""), true, ErrTransient},
		{"denied for a while", status(403, "", "Retry-After: 1"), true, ErrTransient},
		{"denied by a rate limit", status(403, "You have exceeded a secondary rate limit. Please wait."), true, ErrTransient},
		{"nothing but NAK", status(200, lines("acknowledgments\n", "NAK\n", "flush")), true, ErrTransient},
		{"a pack without a byte", status(200, lines("packfile\n", "flush")), true, ErrTransient},
		{"text about a rate limit where Git should be", status(200, "Too many requests.", "Content-Type: text/plain"), true, ErrTransient},
		{"not implemented", status(501, ""), false, ErrServer},
		{"an ERR line about load", status(200, lines("ERR unable to handle this request due to load")), true, ErrTransient},
		{"teapot", status(418, ""), false, ErrServer},
		{"a login page", status(200, "<title>Log in</title>", "Content-Type: text/html; charset=utf-8"), false, ErrAuthentication},
		{"garbage", status(200, "garbage"), false, ErrProtocol},
		{"an ERR line", status(200, lines("ERR no such thing")), false, ErrServer},
		{"an unknown host", broken(&net.DNSError{Err: "no such host", Name: "host", IsNotFound: true}), false, ErrNotFound},
		{"plain HTTP where TLS should be", broken(http.ErrSchemeMismatch), false, ErrTLS},
		{"an encoding nobody asked for", status(200, "", "Content-Encoding: br"), false, ErrProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				good := func(req *http.Request) (*http.Response, error) {
					if strings.HasSuffix(req.URL.Path, "/info/refs") {
						return advertise(offersV2)(req)
					}
					return status(200, goodPack)(req)
				}
				// Twice wrong, then right.
				r, s := scripted(t, Options{}, tt.fault, tt.fault, good)
				var got string
				err := r.Fetch(t.Context(), wantA, func(p io.Reader) error {
					b, err := io.ReadAll(p)
					got = string(b)
					return err
				})
				if tt.again {
					if err != nil || got != "PACK and more" || len(s.Asked) > 4 {
						t.Errorf("got %q, %v after %d requests", got, err, len(s.Asked))
					}
				} else if !errors.Is(err, tt.kind) || Transient(err) {
					t.Errorf("got %v, want %v", err, tt.kind)
				} else if n := slices.Index(s.Asked[1:], s.Asked[0]); n >= 0 {
					t.Errorf("asked again: %q", s.Asked)
				}

				// For ever wrong.
				r, s = scripted(t, Options{Limits: Limits{Attempts: 3}}, tt.fault)
				err = r.Fetch(t.Context(), wantA, drop)
				if !errors.Is(err, tt.kind) {
					t.Errorf("got %v, want %v", err, tt.kind)
				}
				asked := len(slices.DeleteFunc(s.Asked, func(q string) bool { return strings.HasSuffix(q, "/info/refs") }))
				if tt.again && (asked != 3 || !strings.Contains(err.Error(), "tried 3 times")) {
					t.Errorf("%d requests, %v", len(s.Asked), err)
				}
				if Unknown(err) {
					t.Errorf("a read has no unknown outcome: %v", err)
				}
			})
		})
	}
}

// drop is a consumer that only wants the pack to be whole.
func drop(p io.Reader) error {
	_, err := io.Copy(io.Discard, p)
	return err
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestWaitsGrowAndAreLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logged := 0
		r, _ := scripted(t, Options{
			Limits: Limits{Attempts: 4, Backoff: time.Second},
			Logf:   func(context.Context, string, ...any) { logged++ },
		}, status(503, ""))
		start := time.Now()
		if _, err := r.ListRefs(t.Context(), "HEAD"); !Transient(err) {
			t.Fatal(err)
		}
		// 1 s, 2 s and 4 s, each ±50 %.
		if d := time.Since(start); d < 3500*time.Millisecond || d > 10500*time.Millisecond+time.Millisecond {
			t.Errorf("waited %v", d)
		}
		if logged != 3 {
			t.Errorf("%d waits logged, want 3", logged)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, value string
		least, most time.Duration
	}{
		{"seconds", "7", 7 * time.Second, 8 * time.Second},
		{"a date", "Sat, 01 Jan 2000 00:00:09 GMT", 9 * time.Second, 10 * time.Second}, // synctest begins at midnight
		{"more than a minute is cut", "86400", time.Minute, time.Minute + time.Second},
		{"more than fits a number", "99999999999999999999", 0, time.Second},
		{"a date past", "Sat, 01 Jan 1999 00:00:09 GMT", 0, time.Second},
		{"nonsense", "soon", 0, time.Second},
		{"negative", "-5", 0, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				r, _ := scripted(t, Options{}, status(429, "", "Retry-After: "+tt.value), status(200, goodRefs))
				if _, err := r.ListRefs(t.Context(), "HEAD"); err != nil {
					t.Fatal(err)
				}
				if d := time.Since(start); d < tt.least || d > tt.most {
					t.Errorf("waited %v, want %v to %v", d, tt.least, tt.most)
				}
			})
		})
	}
}

func TestContextEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, s := scripted(t, Options{}, status(429, "", "Retry-After: 30"))
		_, err := r.ListRefs(ctx, "HEAD")
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "429") || len(s.Asked) != 1 {
			t.Errorf("got %v after %d requests", err, len(s.Asked))
		}
	})
}

func TestContextEndsARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stop) })
		r, s := scripted(t, Options{}, hang)
		_, err := r.ListRefs(ctx, "HEAD")
		if !errors.Is(err, stop) || Transient(err) || len(s.Asked) != 1 {
			t.Errorf("got %v after %d requests", err, len(s.Asked))
		}
	})
}

// A pack that is damaged on its way is asked for again, as often as there are attempts.
func TestADamagedPackIsAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		damaged := errors.New("pack is corrupt")
		for _, whole := range []int{1, 3, 100} {
			r, s := scripted(t, Options{}, status(200, goodPack))
			n := 0
			err := r.Fetch(t.Context(), wantA, func(p io.Reader) error {
				if n++; n < whole {
					_, _ = io.ReadFull(p, make([]byte, 2))
					return &gitwire.DamagedError{Err: damaged}
				}
				return drop(p)
			})
			if want := min(whole, 5); len(s.Asked) != want || (err == nil) != (whole < 100) || whole == 100 && (!errors.Is(err, damaged) || !Transient(err)) {
				t.Errorf("whole after %d: got %v after %d requests", whole, err, len(s.Asked))
			}
		}
	})
}

func TestConsumersOwnErrorIsReturnedAtOnce(t *testing.T) {
	t.Parallel()
	enough := errors.New("enough")
	for _, err := range []error{enough, &Error{Kind: ErrTransient, Err: enough}} {
		r, s := scripted(t, Options{}, status(200, goodPack))
		got := r.Fetch(t.Context(), wantA, func(p io.Reader) error {
			_, _ = io.ReadFull(p, make([]byte, 2))
			return err
		})
		if got != err || len(s.Asked) != 1 {
			t.Errorf("got %v after %d requests, want %v after 1", got, len(s.Asked), err)
		}
	}
}

// refusedConnection is the error of the network while a server is restarted.
var refusedConnection = broken(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")})

func TestAConnectionThatCannotBeMadeIsTriedAgainForItsTime(t *testing.T) {
	t.Parallel()
	for name, once := range map[string]func(*testing.T, *Remote) error{
		"a read": func(t *testing.T, r *Remote) error {
			t.Helper()
			_, err := r.ListRefs(t.Context(), "HEAD")
			return err
		},
		"a push": func(t *testing.T, r *Remote) error {
			t.Helper()
			_, err := r.Push(t.Context(), moveA, pack("PACK"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, s := scripted(t, Options{Limits: Limits{Attempts: 3, Connect: time.Minute}}, refusedConnection)
				start := time.Now()
				err := once(t, r)
				// At most 3 s between two tries: 2 s, and none is cut short.
				if took := time.Since(start); took < time.Minute || took > 63*time.Second || len(s.Asked) < 30 {
					t.Errorf("given up after %v and %d tries: %v", took, len(s.Asked), err)
				}
				if !Transient(err) || Unknown(err) || !strings.Contains(err.Error(), "connection refused") {
					t.Errorf("got %v, unknown %t: want the refusal, of which nothing came", err, Unknown(err))
				}
			})
		})
	}
}

package gitremote

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// endless repeats a text for ever and counts the bytes that were read.
type endless struct {
	text string
	at   int
	n    *int64
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[(e.at+i)%len(e.text)]
	}
	e.at = (e.at + len(p)) % len(e.text)
	*e.n += int64(len(p))
	return len(p), nil
}

func TestEndlessAnswersEnd(t *testing.T) {
	t.Parallel()
	limits := Limits{MaxResponse: 1 << 20, MaxRefs: 1 << 16}
	keepalive, data := lines("\x01"), lines("\x01"+strings.Repeat("x", 60000))
	for _, tt := range []struct {
		name, first, rest string
		refs              bool
		limit             int64
	}{
		{name: "references", rest: lines(hexA + " refs/heads/x\n"), refs: true, limit: limits.MaxRefs},
		{name: "a pack", first: lines("packfile\n"), rest: data, limit: limits.MaxResponse},
		{name: "keeping alive", first: lines("packfile\n"), rest: keepalive, limit: limits.MaxResponse},
		{name: "progress", first: lines("packfile\n"), rest: lines("\x02working\n"), limit: limits.MaxResponse},
		{name: "shallow lines", first: lines("shallow-info\n"), rest: lines("shallow " + hexA + "\n"), limit: limits.MaxResponse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var taken int64
			r, s := scripted(t, Options{Limits: limits}, func(req *http.Request) (*http.Response, error) {
				return stream(io.MultiReader(strings.NewReader(tt.first), &endless{text: tt.rest, n: &taken}))(req)
			})
			var err error
			if tt.refs {
				_, err = r.ListRefs(t.Context(), "refs/heads/")
			} else {
				err = r.Fetch(t.Context(), wantA, drop)
			}
			if !errors.Is(err, ErrTooLarge) || len(s.Asked) != 1 || taken > tt.limit+64<<10 {
				t.Errorf("got %v after %d requests and %d bytes, limit %d", err, len(s.Asked), taken, tt.limit)
			}
		})
	}
}

// A response of exactly the limit passes, a byte more does not.
func TestLimitIsExact(t *testing.T) {
	t.Parallel()
	for extra, want := range map[int64]error{0: nil, -1: ErrTooLarge} {
		r, _ := scripted(t, Options{Limits: Limits{MaxResponse: int64(len(goodPack)) + extra}}, status(200, goodPack))
		if err := r.Fetch(t.Context(), wantA, drop); !errors.Is(err, want) {
			t.Errorf("limit %+d: got %v, want %v", extra, err, want)
		}
	}
}

// A list that begins with the wanted name is not read to its end.
func TestListRefsStopsWhenAllNamesWereSeen(t *testing.T) {
	t.Parallel()
	var taken int64
	r, _ := scripted(t, Options{}, func(req *http.Request) (*http.Response, error) {
		rest := &endless{text: lines(hexB + " refs/heads/main-1\n"), n: &taken}
		return stream(io.MultiReader(strings.NewReader(lines(hexA+" refs/heads/main\n")), rest))(req)
	})
	refs, err := r.ListRefs(t.Context(), "refs/heads/main")
	if err != nil || refs[0].Name != "refs/heads/main" || taken > 256<<10 {
		t.Errorf("got %d references, %v, after %d bytes", len(refs), err, taken)
	}
}

func TestGzipIsUnderstoodThoughNotAskedFor(t *testing.T) {
	t.Parallel()
	zip := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, s)
		_ = z.Close()
		return b.String()
	}
	r, _ := scripted(t, Options{}, func(req *http.Request) (*http.Response, error) {
		if enc := req.Header.Get("Accept-Encoding"); enc != "identity" {
			t.Errorf("Accept-Encoding: %s", enc)
		}
		return status(200, zip(goodPack), "Content-Encoding: gzip")(req)
	})
	if err := r.Fetch(t.Context(), wantA, drop); err != nil {
		t.Error(err)
	}
	bomb := zip(lines("packfile\n") + strings.Repeat(lines("\x01"+strings.Repeat("x", 60000)), 100))
	r, _ = scripted(t, Options{Limits: Limits{MaxResponse: 1 << 20}}, status(200, bomb, "Content-Encoding: gzip"))
	if err := r.Fetch(t.Context(), wantA, drop); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a bomb: got %v", err)
	}
	r, _ = scripted(t, Options{Limits: Limits{Attempts: 1}}, status(200, zip(goodPack)[:30], "Content-Encoding: gzip"))
	if err := r.Fetch(t.Context(), wantA, drop); !Transient(err) {
		t.Errorf("a cut one: got %v", err)
	}
}

// Cut at every byte, with the framing of HTTP well or not, an exchange is repeated and then
// succeeds; nothing of the first attempt is in the result.
func TestCutAtEveryByteIsSurvived(t *testing.T) {
	t.Parallel()
	packed := lines("shallow-info\n", "shallow "+hexA+"\n") + "0001" + lines("packfile\n", "\x02hm", "\x01PA", "\x01CK", "flush")
	for n := range len(packed) {
		for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, errReset} {
			cut := stream(io.MultiReader(strings.NewReader(packed[:n]), failing{end}))
			replies := []reply{cut, status(200, packed)}
			if n == 0 && end == io.EOF {
				replies = []reply{cut, advertise(offersV2), status(200, packed)}
			}
			r, _ := scripted(t, Options{Limits: Limits{Backoff: 1}}, replies...)
			got := ""
			err := r.Fetch(t.Context(), wantA, func(p io.Reader) error {
				b, err := io.ReadAll(p)
				got = string(b)
				return err
			})
			if err != nil || got != "PACK" {
				t.Errorf("cut after %d bytes by %v: got %q, %v", n, end, got, err)
			}
		}
	}
	for n := range len(goodRefs) {
		replies := []reply{status(200, goodRefs[:n]), status(200, goodRefs)}
		if n == 0 {
			replies = []reply{replies[0], advertise(offersV2), replies[1]}
		}
		r, _ := scripted(t, Options{Limits: Limits{Backoff: 1}}, replies...)
		refs, err := r.ListRefs(t.Context(), "HEAD")
		if err != nil || len(refs) != 2 {
			t.Errorf("list cut after %d bytes: got %v, %v", n, refs, err)
		}
	}
	// The outcome of a push is known without the outer flush line.
	complete := len(goodReport) - len("0000")
	for n := range len(goodReport) {
		r, s := scripted(t, Options{}, status(200, goodReport[:n]))
		_, err := r.Push(t.Context(), moveA, pack("PACK"))
		if done := n >= complete; done != (err == nil) || !done && (!Unknown(err) || !Transient(err)) || len(s.Asked) != 1 {
			t.Errorf("report cut after %d bytes: got %v", n, err)
		}
	}
	for n := range len(offersV2) {
		r, _ := scripted(t, Options{Limits: Limits{Backoff: 1}}, advertise(offersV2[:n]), advertise(offersV2))
		if c, err := r.Capabilities(t.Context()); err != nil || !c.Feature("fetch", "filter") {
			t.Errorf("advertisement cut after %d bytes: got %+v, %v", n, c, err)
		}
	}
}

// A changed byte anywhere is an error, a retry or no harm, and never a panic or a hang.
func TestDamageAtEveryByte(t *testing.T) {
	t.Parallel()
	for n := range len(goodPack) {
		for _, c := range []byte{0, 'z', 'f', 0xff} {
			damaged := []byte(goodPack)
			damaged[n] = c
			r, _ := scripted(t, Options{Limits: Limits{Backoff: 1, Attempts: 2}}, status(200, string(damaged)))
			_ = r.Fetch(t.Context(), wantA, drop)
			_, _ = r.Push(t.Context(), moveA, pack("PACK"))
		}
	}
}

func TestServerOfVersionZeroIsFoundOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		reply reply // to a request of version 2
		lists string
	}{
		{"that says nothing", status(200, ""), lines(hexA+" HEAD\x00agent=git/1.7\n", "flush")},
		{"that says ERR", status(200, lines("ERR expected want")), lines("version 1\n", hexA+" HEAD\x00agent=git/1.7\n", "flush")},
		{"behind a gateway's 400", status(400, "bad request"), lines(hexA+" HEAD\x00agent=git/1.7\n", "flush")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, s := scripted(t, Options{}, both(tt.reply, advertise(tt.lists)))
			for i, want := range []int{3, 1} { // ls-refs, capabilities, the list; then it is known
				before := len(s.Asked)
				refs, err := r.ListRefs(t.Context(), "HEAD")
				if err != nil || len(refs) != 1 || refs[0].ID.String() != hexA {
					t.Errorf("got %v, %v", refs, err)
				}
				if n := len(s.Asked) - before; n != want {
					t.Errorf("list %d took %d requests, want %d", i, n, want)
				}
			}
		})
	}
}

func TestServerThatNeverSpeaksGitIsToldApart(t *testing.T) {
	t.Parallel()
	r, _ := scripted(t, Options{}, both(status(405, ""), status(200, hexA+"\trefs/heads/main\n", "Content-Type: text/plain")))
	for _, err := range []error{
		second(r.ListRefs(t.Context(), "HEAD")), second(r.HasBranches(t.Context())), second(r.HeadBranch(t.Context())),
		r.Fetch(t.Context(), wantA, drop),
	} {
		if err == nil || !strings.Contains(err.Error(), "HTTP 405") || Transient(err) {
			t.Errorf("got %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// both gives the advertisement to GETs for info/refs and the service to all other requests.
func both(service, advertisement reply) reply {
	return func(req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/info/refs") {
			return advertisement(req)
		}
		return service(req)
	}
}

func TestBadRequestsAreNotSent(t *testing.T) {
	t.Parallel()
	r, s := scripted(t, Options{}, status(200, ""))
	_, e1 := r.ListRefs(t.Context())
	_, e2 := r.ListRefs(t.Context(), "a\nb")
	e3 := r.Fetch(t.Context(), gitwire.Fetch{}, drop)
	_, e4 := r.Push(t.Context(), gitwire.Push{}, nil)
	for i, err := range []error{e1, e2, e3, e4} {
		if err == nil || Transient(err) || Unknown(err) {
			t.Errorf("%d: got %v", i, err)
		}
	}
	if len(s.Asked) != 0 {
		t.Errorf("sent %q", s.Asked)
	}
}

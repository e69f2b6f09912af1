package gitremote

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/httpwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// reply makes the response of a scripted server to a request.
type reply func(*http.Request) (*http.Response, error)

// script is a server without a network, so that a test can have its own time: it answers the first
// request with the first reply and so on, and all others with the last reply.
type script struct {
	mu      sync.Mutex
	replies []reply
	asked   []string // "POST /r/git-upload-pack"
	bodies  []string
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	i := min(len(s.asked), len(s.replies)-1)
	s.asked = append(s.asked, req.Method+" "+req.URL.Path)
	next := s.replies[i]
	s.mu.Unlock()
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if req.Body != nil {
		defer req.Body.Close()
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.bodies = append(s.bodies, string(b))
		s.mu.Unlock()
	}
	return next(req)
}

// status answers with a code, headers ("Retry-After: 7") and a body.
func status(code int, body string, headers ...string) reply {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: code, Header: header(headers), Body: io.NopCloser(strings.NewReader(body)), Request: req,
		}, nil
	}
}

func header(lines []string) http.Header {
	h := http.Header{"Content-Type": {"application/x-git-upload-pack-result"}}
	for _, l := range lines {
		k, v, _ := strings.Cut(l, ": ")
		h.Set(k, v)
	}
	return h
}

// broken is an error of the connection.
func broken(err error) reply {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// stream answers 200 with the bytes of a reader.
func stream(r io.Reader) reply {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: header(nil), Body: io.NopCloser(r), Request: req}, nil
	}
}

// hang is a body that never comes, until the request ends.
func hang(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: header(nil), Request: req, Body: io.NopCloser(hanging{req.Context()})}, nil
}

type hanging struct{ ctx context.Context }

func (h hanging) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: fmt.Errorf("connection reset by peer")}

const (
	hexA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hexB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func mustID(s string) gitobj.ID {
	id, err := gitobj.ParseID(s)
	if err != nil {
		panic(err)
	}
	return id
}

// lines makes a message of the protocol: each string a line, "flush" the end.
func lines(l ...string) string {
	var b []byte
	for _, s := range l {
		if s == "flush" {
			b = gitwire.AppendFlush(b)
		} else {
			b = gitwire.AppendLine(b, s)
		}
	}
	return string(b)
}

var (
	goodRefs   = lines(hexA+" HEAD symref-target:refs/heads/main\n", hexA+" refs/heads/main\n", "flush")
	goodPack   = lines("packfile\n", "\x01PACK", "\x01 and more", "flush")
	goodReport = lines("\x01"+lines("unpack ok\n", "ok refs/heads/main\n", "flush"), "flush")
	offersV2   = lines("version 2\n", "ls-refs=unborn\n", "fetch=shallow filter\n", "object-format=sha1\n", "flush")
)

func advertise(s string) reply {
	return status(200, s, "Content-Type: application/x-git-upload-pack-advertisement")
}

// scripted returns a remote of https://host/r.git that the script answers, and the script.
func scripted(t *testing.T, o Options, replies ...reply) (*Remote, *script) {
	t.Helper()
	s := &script{replies: replies}
	return opened(t, o, s), s
}

// opened returns a remote whose requests a RoundTripper answers.
func opened(t *testing.T, o Options, rt http.RoundTripper) *Remote {
	t.Helper()
	if o.URL == "" {
		o.URL = "https://host/r.git"
	}
	pool := NewPool()
	if o.Pool != nil {
		pool.told = o.Pool.told
	}
	pool.Pool = httpwire.PoolOver(rt)
	o.Pool = pool
	r, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	wantA = gitwire.Fetch{Wants: []gitobj.ID{mustID(hexA)}, Depth: 1}
	moveA = gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: mustID(hexA), New: mustID(hexB)}}}
)

// pack is a Body.
type pack string

func (p pack) Size() int64          { return int64(len(p)) }
func (p pack) NewReader() io.Reader { return strings.NewReader(string(p)) }

// Package wirescript writes down what a Git server sends: messages of pkt-lines, and a server over
// HTTP without a network, so that a test can run in a bubble with its own time.
//
//	Reply, Reply, … ──► Server (http.RoundTripper) ──► the client under test
//	                       └─► Asked, Bodies: the requests it made
package wirescript

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Reply makes the response to a request.
type Reply func(*http.Request) (*http.Response, error)

// Server answers the first request with the first reply and so on, and all others with the last
// reply. It may be shared between goroutines; Asked and Bodies are read when no request is under
// way.
type Server struct {
	Asked  []string // "POST /r/git-upload-pack"
	Bodies []string // of the requests that have one

	mu      sync.Mutex // guards Asked and Bodies
	replies []Reply
}

// New returns a server with at least one reply.
func New(replies ...Reply) *Server { return &Server{replies: replies} }

// RoundTrip makes http.RoundTripper of a server.
func (s *Server) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	i := min(len(s.Asked), len(s.replies)-1)
	s.Asked = append(s.Asked, req.Method+" "+req.URL.Path)
	next := s.replies[i]
	s.mu.Unlock()
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.Bodies = append(s.Bodies, string(b))
		s.mu.Unlock()
	}
	return next(req)
}

// Status answers with a code, a body and headers ("Retry-After: 7").
func Status(code int, body string, headers ...string) Reply {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: code, Header: header(headers), Body: io.NopCloser(strings.NewReader(body)), Request: req,
		}, nil
	}
}

// Stream answers 200 with the bytes of a reader.
func Stream(r io.Reader) Reply {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: header(nil), Body: io.NopCloser(r), Request: req}, nil
	}
}

// Hang answers 200 with a body that never comes, until the request ends.
func Hang(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: header(nil), Request: req, Body: io.NopCloser(Silence(req.Context()))}, nil
}

// Silence is a stream that has no bytes and ends with the context.
func Silence(ctx context.Context) io.Reader { return hanging{ctx} }

type hanging struct{ ctx context.Context }

func (h hanging) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

// Broken fails with an error of the connection.
func Broken(err error) Reply {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// Advertise answers 200 with an advertisement of git-upload-pack.
func Advertise(body string) Reply {
	return Status(200, body, "Content-Type: application/x-git-upload-pack-advertisement")
}

func header(lines []string) http.Header {
	h := http.Header{"Content-Type": {"application/x-git-upload-pack-result"}}
	for _, l := range lines {
		k, v, _ := strings.Cut(l, ": ")
		h.Set(k, v)
	}
	return h
}

// HexA and HexB are ids of commits in SHA-1.
const (
	HexA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	HexB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// ID parses an id, and panics if it is none.
func ID(hex string) gitobj.ID {
	id, err := gitobj.ParseID(hex)
	if err != nil {
		panic(err)
	}
	return id
}

// Lines makes a message of pkt-lines: "flush" is a flush packet, everything else the payload of a
// line.
func Lines(payloads ...string) string {
	var b []byte
	for _, s := range payloads {
		if s == "flush" {
			b = gitwire.AppendFlush(b)
		} else {
			b = gitwire.AppendLine(b, s)
		}
	}
	return string(b)
}

// Responses of a server with one branch, main, at HexA.
var (
	Refs   = Lines(HexA+" HEAD symref-target:refs/heads/main\n", HexA+" refs/heads/main\n", "flush")
	Report = Lines("\x01"+Lines("unpack ok\n", "ok refs/heads/main\n", "flush"), "flush")
)

// MoveA pushes main from HexA to HexB.
var MoveA = gitwire.Push{Commands: []gitwire.Command{{Ref: "refs/heads/main", Old: ID(HexA), New: ID(HexB)}}}

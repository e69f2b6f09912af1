package gitremote

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// service is a service at the other end of a pipe that says a text and then, without end, line
// after line.
type service struct {
	text, line string

	mu     sync.Mutex
	said   int
	closed bool
}

func (s *service) dial(context.Context, string, bool) (pipe, error) { return s, nil }

func (s *service) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	for n := 0; ; {
		rest := s.text[min(s.said, len(s.text)):]
		if rest == "" {
			rest = s.line[(s.said-len(s.text))%len(s.line):]
		}
		m := copy(p[n:], rest)
		n, s.said = n+m, s.said+m
		if n == len(p) {
			return n, nil
		}
	}
}

func (s *service) Write(p []byte) (int, error) { return len(p), nil }
func (s *service) closeWrite() error           { return nil }
func (s *service) end() ending                 { return ending{} }

func (s *service) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// A list of references that never ends: what is read of it is bounded, by a pipe and over HTTP.
func TestOfWhatCanBePushedToOnlyTheFirstReferenceIsRead(t *testing.T) {
	t.Parallel()
	first := lines(hexA + " refs/heads/a\x00report-status atomic agent=x/1\n")
	endless := &service{text: first, line: lines(hexA + " refs/heads/b\n")}
	overHTTP := &service{text: lines("# service=git-receive-pack\n", "flush") + first, line: endless.line}
	for _, tt := range []struct {
		name string
		s    *service
		most int
		open func() *Remote
	}{
		{"over a pipe", endless, 64 << 10, func() *Remote {
			r, err := openLocal(Options{}, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			r.dialer = localService{endless}
			return r
		}},
		{"over HTTP", overHTTP, maxDrain + 64<<10, func() *Remote {
			r, _ := scripted(t, Options{}, func(req *http.Request) (*http.Response, error) {
				h := http.Header{"Content-Type": {"application/x-git-receive-pack-advertisement"}}
				return &http.Response{StatusCode: 200, Header: h, Body: body{overHTTP}, Request: req}, nil
			})
			return r
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.open()
			defer r.Close()
			for range 2 { // the second answer is remembered
				c, err := r.PushCapabilities(t.Context())
				if err != nil || c.Version != 0 || strings.Join(c.List, " ") != "report-status atomic agent=x/1" {
					t.Errorf("got %+v, %v", c, err)
				}
			}
			if !tt.s.closed || tt.s.said > tt.most {
				t.Errorf("read %d bytes, want at most %d and then the end: ended %v", tt.s.said, tt.most, tt.s.closed)
			}
		})
	}
}

// localService is a dialer of one service.
type localService struct{ *service }

func (localService) close() error { return nil }

// body is the service as the body of a response.
type body struct{ *service }

func (b body) Close() error {
	b.close()
	return nil
}

package httpwire

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
)

// endless is a body that is a text and then, without end, line after line.
type endless struct {
	text, line string
	read       int
	closed     bool
}

func (e *endless) Read(p []byte) (int, error) {
	rest := e.text[min(e.read, len(e.text)):]
	if rest == "" {
		rest = e.line[(e.read-len(e.text))%len(e.line):]
	}
	n := copy(p, rest)
	e.read += n
	return n, nil
}

func (e *endless) Close() error { e.closed = true; return nil }

// Of a list of references that never ends a bounded part is read.
func TestOfTheAdvertisementForAPushOnlyTheFirstReferenceIsRead(t *testing.T) {
	t.Parallel()
	body := &endless{
		text: lines("# service=git-receive-pack\n", "flush", hexA+" refs/heads/a\x00report-status atomic agent=x/1\n"),
		line: lines(hexA + " refs/heads/b\n"),
	}
	r, _ := scripted(t, settings{}, func(req *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/x-git-receive-pack-advertisement"}}
		return &http.Response{StatusCode: 200, Header: h, Body: body, Request: req}, nil
	})
	c, err := r.Advertise(t.Context(), exchange.Advertisement{Op: "test", Service: exchange.ReceivePack, Limit: 1 << 20})
	if err != nil || c.Version != 0 || strings.Join(c.List, " ") != "report-status atomic agent=x/1" {
		t.Errorf("got %+v, %v", c, err)
	}
	if most := exchange.MaxDrain + 64<<10; !body.closed || body.read > most {
		t.Errorf("read %d bytes, want at most %d and then the end: closed %t", body.read, most, body.closed)
	}
}

var _ io.ReadCloser = (*endless)(nil)

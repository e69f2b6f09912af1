package pipewire

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/wirescript"
)

const hexA, hexB = wirescript.HexA, wirescript.HexB

var lines = wirescript.Lines

// endless is a service that prints a text and then, without end, line after line. It is its own
// dialer.
type endless struct {
	text, line string

	mu     sync.Mutex
	said   int
	closed bool
}

func (s *endless) dial(context.Context, string, bool) (pipe, error) { return s, nil }

func (s *endless) Read(p []byte) (int, error) {
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

func (s *endless) Write(p []byte) (int, error) { return len(p), nil }
func (s *endless) closeWrite() error           { return nil }
func (s *endless) end() ending                 { return ending{} }

func (s *endless) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

func newTransport(d dialer) *Transport {
	return &Transport{target: &exchange.Target{URL: "ssh://host/r", Limits: exchange.Limits{}.WithDefaults()}, dialer: d}
}

// Of a list of references that never ends a bounded part is read.
func TestOfTheAdvertisementForAPushOnlyTheFirstReferenceIsRead(t *testing.T) {
	t.Parallel()
	s := &endless{text: lines(hexA + " refs/heads/a\x00report-status atomic agent=x/1\n"), line: lines(hexB + " refs/heads/b\n")}
	c, err := newTransport(s).Advertise(t.Context(), exchange.Advertisement{Op: "test", Service: exchange.ReceivePack, Limit: 1 << 20})
	if err != nil || c.Version != 0 || strings.Join(c.List, " ") != "report-status atomic agent=x/1" {
		t.Errorf("got %+v, %v", c, err)
	}
	if !s.closed || s.said > 64<<10 {
		t.Errorf("read %d bytes, want at most %d and then the end: ended %v", s.said, 64<<10, s.closed)
	}
}

// spoken is a service that answers each request with the next of its messages, and then ends.
type spoken struct {
	messages []string // the first is the advertisement
	ended    ending

	out    *io.PipeReader
	in     *io.PipeWriter
	mu     sync.Mutex
	heard  strings.Builder
	closed bool
}

// start makes the service print its advertisement.
func (s *spoken) start() {
	s.out, s.in = io.Pipe()
	s.next()
}

// next prints the next message in the background, or ends the output.
func (s *spoken) next() {
	if len(s.messages) == 0 {
		_ = s.in.Close()
		return
	}
	m := s.messages[0]
	s.messages = s.messages[1:]
	go func() { _, _ = io.WriteString(s.in, m) }()
}

func (s *spoken) Read(p []byte) (int, error) { return s.out.Read(p) }

func (s *spoken) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard.Write(p)
	s.next()
	return len(p), nil
}

func (s *spoken) closeWrite() error { return nil }
func (s *spoken) end() ending       { return s.ended }

func (s *spoken) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	_ = s.out.Close()
}

// services starts the next of its services with each dial.
type services struct {
	list   []*spoken
	dialed int
}

func (d *services) dial(context.Context, string, bool) (pipe, error) {
	if d.dialed == len(d.list) {
		return nil, &exchange.Error{Kind: exchange.ErrTransient, Err: errors.New("no more services")}
	}
	s := d.list[d.dialed]
	d.dialed++
	s.start()
	return s, nil
}

var offersV2 = lines("version 2\n", "ls-refs=unborn\n", "fetch=shallow\n", "flush")

// request makes a request of version 2 and returns the response.
func request(t *testing.T, tr *Transport, lists bool) (string, error) {
	t.Helper()
	resp, err := tr.Exchange(t.Context(), &exchange.Request{
		Op: "test", Service: exchange.UploadPack, V2: true, Lists: lists, Limit: 1 << 20, Head: exchange.Bytes([]byte("0000")),
	})
	if err != nil {
		return "", err
	}
	defer resp.Close()
	b, err := io.ReadAll(resp)
	return string(b), err
}

func TestAConversationServesTheNextRequest(t *testing.T) {
	t.Parallel()
	a, b := lines("a\n", "flush"), lines("b\n", "flush")
	d := &services{list: []*spoken{{messages: []string{offersV2, a, b}}, {messages: []string{offersV2, a}}}}
	tr := newTransport(d)
	for i, want := range []string{a, b, a} { // the first service ends after two
		if got, err := request(t, tr, false); err != nil || got != want {
			t.Errorf("%d: got %q, %v, want %q", i, got, err, want)
		}
	}
	if d.dialed != 2 {
		t.Errorf("%d services started, want 2", d.dialed)
	}
	tr.Close()
	if !d.list[1].closed || !strings.HasSuffix(d.list[1].heard.String(), "0000") {
		t.Error("Close leaves a conversation open")
	}
}

// git lists references truly only once in a process.
func TestReferencesAreListedOnceInAConversation(t *testing.T) {
	t.Parallel()
	a := lines("a\n", "flush")
	d := &services{list: []*spoken{{messages: []string{offersV2, a, a}}, {messages: []string{offersV2, a}}}}
	tr := newTransport(d)
	for range 2 {
		if got, err := request(t, tr, true); err != nil || got != a {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if d.dialed != 2 || !d.list[0].closed {
		t.Errorf("%d services started, want 2; the first ended: %t", d.dialed, d.list[0].closed)
	}
}

// A response that was not read to its end ends its conversation.
func TestAConversationThatIsLeftIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	d := &services{list: []*spoken{{messages: []string{offersV2, lines("a\n", "b\n")}}}}
	tr := newTransport(d)
	resp, err := tr.Exchange(t.Context(), &exchange.Request{
		Service: exchange.UploadPack, V2: true, Limit: 1 << 20, Head: exchange.Bytes([]byte("0000")),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = resp.Read(make([]byte, 3))
	resp.Close()
	if !d.list[0].closed || len(tr.parked.list) != 0 {
		t.Errorf("ended %t, %d conversations wait", d.list[0].closed, len(tr.parked.list))
	}
}

// The head of a push is made by the advertisement of its own conversation.
func TestAPushKnowsTheOffer(t *testing.T) {
	t.Parallel()
	s := &spoken{messages: []string{lines(hexA+" refs/heads/a\x00report-status atomic\n", "flush"), lines("unpack ok\n", "flush")}}
	tr := newTransport(&services{list: []*spoken{s}})
	resp, err := tr.Exchange(t.Context(), &exchange.Request{
		Service: exchange.ReceivePack, Once: true, Limit: 1 << 20,
		Head: func(offer *gitwire.Capabilities) ([]byte, error) {
			if offer == nil || !offer.Has("atomic") {
				t.Errorf("offer %+v", offer)
			}
			return []byte("commands"), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	resp.Close()
	if got := s.heard.String(); got != "commands" {
		t.Errorf("sent %q", got)
	}
}

func TestServicesThatFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		service *spoken
		once    bool
		kind    error
		says    string
		acted   bool
	}{
		{name: "no output", service: &spoken{messages: []string{""}}, kind: exchange.ErrTransient, says: "too early"},
		{name: "a refusal", service: &spoken{messages: nil, ended: ending{words: "remote: no entry\n", failed: true}}, kind: exchange.ErrServer, says: "no entry"},
		{name: "a killed service", service: &spoken{messages: nil, ended: ending{words: "no entry"}}, kind: exchange.ErrTransient, says: "no entry"},
		{name: "a warning", service: &spoken{messages: nil, ended: ending{words: "warning: old key", failed: true}}, kind: exchange.ErrTransient},
		{name: "a greeting", service: &spoken{messages: []string{"face the facts\n"}}, kind: exchange.ErrProtocol, says: "start file"},
		{name: "an old version", service: &spoken{messages: []string{lines(hexA+" HEAD\x00agent=x\n", "flush")}}, kind: exchange.ErrProtocol, says: "v2"},
		{name: "the end after the request", service: &spoken{messages: []string{offersV2}}, once: true, kind: exchange.ErrTransient, acted: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.name == "no output" {
				tt.service.messages = nil
			}
			tr := newTransport(&services{list: []*spoken{tt.service}})
			_, err := tr.Exchange(t.Context(), &exchange.Request{
				Op: "test", Service: exchange.UploadPack, V2: true, Once: tt.once, Limit: 1 << 20, Head: exchange.Bytes([]byte("0000")),
			})
			e, ok := errors.AsType[*exchange.Error](err)
			if !ok || e.Kind != tt.kind || !strings.Contains(err.Error(), tt.says) || e.Acted != tt.acted {
				t.Errorf("got %v, want kind %v with %q", err, tt.kind, tt.says)
			}
		})
	}
}

// A message ends at its flush line, wherever the reads are cut; the next message follows.
func TestMessagesEndAtTheirFlushLine(t *testing.T) {
	t.Parallel()
	first, second := lines("a\n", "bcd", "flush"), lines("e", "flush")
	in := bufio.NewReader(strings.NewReader(first + second))
	for _, want := range []string{first, second} {
		m := &message{r: in}
		got, err := io.ReadAll(io.LimitReader(oneByOne{m}, 1000))
		if err != nil || string(got) != want || !m.whole {
			t.Errorf("got %q, %v, whole %t, want %q", got, err, m.whole, want)
		}
	}
	cut := &message{r: bufio.NewReader(strings.NewReader(first[:7]))}
	if _, err := io.ReadAll(cut); cut.whole {
		t.Errorf("a message that is cut is whole: %v", err)
	}
}

// oneByOne reads a byte at a time.
type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1)]) }

func TestPathsAreQuotedAsGitDoes(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/a b": "'/a b'", "it's": `'it'\''s'`, "wow!": `'wow'\!''`} {
		if got := quote(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestEnvironmentOfAService(t *testing.T) {
	t.Parallel()
	got := strings.Join(environment([]string{"A=b", "GIT_DIR=/x", "GIT_PROTOCOL=version=1", "GIT_SSH=ssh"}, true), " ")
	if want := "A=b GIT_SSH=ssh GIT_PROTOCOL=version=2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Of any bytes a message is a beginning, and it is whole only if it ends with a flush line.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(lines("a\n", "flush", "rest")), true)
	f.Add([]byte("face the facts"), false)
	f.Add([]byte("0003ffff"), true)
	f.Fuzz(func(t *testing.T, b []byte, opens bool) {
		m := &message{r: bufio.NewReader(strings.NewReader(string(b))), opens: opens}
		got, err := io.ReadAll(m)
		if !strings.HasPrefix(string(b), string(got)) {
			t.Fatalf("%q is no beginning of %q", got, b)
		}
		if m.whole && (err != nil || !strings.HasSuffix(string(got), "0000")) {
			t.Errorf("%q, %v is whole", got, err)
		}
		if len(m.text) > exchange.MaxBeginning {
			t.Errorf("%d bytes of text", len(m.text))
		}
	})
}

package pipewire

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// conversation is a running service whose advertisement has been read.
type conversation struct {
	pipe  pipe
	in    *bufio.Reader // the output of the service
	offer gitwire.Capabilities
	v2    bool // version 2 was asked for
	used  bool // it waited for this request, and the service may have ended since
	// listed: it has listed references. git reads those that are files of their own once in a
	// process (files-backend.c, get_loose_ref_cache), so that it would list the same values again.
	listed bool
}

// open starts a service and reads its advertisement.
func (t *Transport) open(ctx context.Context, resp *exchange.Response, service string, v2 bool, read reading) (*conversation, error) {
	var p pipe
	var err error
	resp.Await(func() { p, err = t.dialer.dial(ctx, service, v2) })
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, p.close)
	defer stop()
	k := &conversation{pipe: p, in: bufio.NewReaderSize(p, 32<<10), v2: v2}
	first := &message{r: k.in, opens: true}
	lines := gitwire.NewReader(resp.Arriving(first, t.target.Limits.MaxResponse))
	defer lines.Release()
	if k.offer, err = read(lines); err != nil {
		e := &unreadError{err: err, text: string(first.text)}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			e.ending = p.end()
		}
		p.close()
		return nil, e
	}
	return k, nil
}

// reading reads an advertisement: gitwire.ReadCapabilities, which leaves the references unread, or
// whole.
type reading func(*gitwire.Reader) (gitwire.Capabilities, error)

// whole returns the reading of an advertisement to its end, which a conversation that goes on
// needs. refs is handed the references (versions 0 and 1) until it returns false, and may be nil.
func whole(refs func(gitwire.Ref) bool) reading {
	more := refs != nil
	return func(lines *gitwire.Reader) (gitwire.Capabilities, error) {
		return gitwire.ReadAdvertisement(lines, func(ref gitwire.Ref) bool {
			more = more && refs(ref)
			return true
		})
	}
}

// unreadError is the error of an advertisement that could not be read, with the words of the
// service about it.
type unreadError struct {
	err    error
	ending ending
	text   string // in place of packet lines
}

func (e *unreadError) Error() string { return e.err.Error() }

func (e *unreadError) Unwrap() error { return e.err }

// errOlder says that a service answered with an older version of the protocol than it was asked
// for.
var errOlder = errors.New("the server does not speak Git protocol v2")

// converse returns a conversation for a request, a parked conversation or a new one, and the head
// of the request's body.
func (t *Transport) converse(ctx context.Context, resp *exchange.Response, r *exchange.Request) (*conversation, []byte, error) {
	if r.Service == exchange.UploadPack {
		if k := t.parked.take(r.V2, r.Lists); k != nil {
			head, err := r.Head(&k.offer)
			if err != nil {
				k.end()
			}
			return k, head, err
		}
	}
	k, err := t.open(ctx, resp, r.Service, r.V2, whole(nil))
	if err != nil {
		return nil, nil, err
	}
	if r.V2 && k.offer.Version != 2 {
		k.end()
		return nil, nil, errOlder
	}
	head, err := r.Head(&k.offer)
	if err != nil {
		k.end()
		return nil, nil, err
	}
	return k, head, nil
}

// ask writes the request and waits for the first byte of the response. again is true when a
// conversation that had waited turned out to be over.
func (t *Transport) ask(ctx context.Context, resp *exchange.Response, r *exchange.Request, k *conversation, head []byte) (again bool, err error) {
	goesOn := r.Service == exchange.UploadPack && k.v2
	k.listed = k.listed || r.Lists
	a := &answer{transport: t, conversation: k, message: &message{r: k.in}, ending: k.pipe.end}
	a.stop = context.AfterFunc(ctx, k.pipe.close)
	a.r = k.in
	if goesOn {
		a.r = a.message
	}
	_, content := r.Body(head)
	body := resp.Sending(r, content())
	go func() {
		defer func() { _ = body.Close() }()
		// Whether the service took all of it shows in its response, which a broken pipe does not
		// take back.
		if _, err := io.Copy(k.pipe, body); err == nil && !goesOn {
			_ = k.pipe.closeWrite()
		}
	}()
	resp.Await(func() { _, err = k.in.Peek(1) })
	if err == nil {
		resp.Attach(a)
		return false, nil
	}
	a.stop()
	k.pipe.close()
	r.Wait()
	if k.used && ctx.Err() == nil {
		return true, nil
	}
	resp.Attach(&answer{transport: t, ending: k.pipe.end})
	e := resp.Broken(err)
	e.Acted = r.Once
	resp.Close()
	return false, e
}

// end ends the conversation: a service that waits for a request ends after a flush line
// (gitprotocol-v2, "Command Request"; gitprotocol-pack, "Packfile Negotiation").
func (k *conversation) end() {
	_, _ = k.pipe.Write(gitwire.AppendFlush(nil)) // the pipe is closed in any case
	k.pipe.close()
}

// answer is the body of a response: a message of a conversation. It is an exchange.Body.
type answer struct {
	transport    *Transport
	conversation *conversation // nil: it did not come about, or is over
	message      *message
	r            io.Reader
	stop         func() bool // ends the tie to the context, and reports whether it still held
	ending       func() ending
	once         sync.Once
}

func (a *answer) Read(p []byte) (int, error) { return a.r.Read(p) }

// Close parks the conversation if the response was read to its end and the service takes another
// request, and ends it otherwise.
func (a *answer) Close() error {
	if a.conversation == nil {
		return nil
	}
	a.once.Do(func() {
		if running := a.stop(); running && a.message.whole && a.conversation.v2 {
			a.conversation.used = true
			a.transport.parked.park(a.conversation)
			return
		}
		a.conversation.pipe.close()
	})
	return nil
}

// Complete reports whether the service ended by itself: a connection that is lost ends a pipe, too.
func (a *answer) Complete() bool { return a.ending().failed }

// Yield lets a shared connection end the service when it needs the room.
func (a *answer) Yield() {
	if s, ok := a.conversation.pipe.(multiplexed); ok {
		s.yield()
	}
}

// Explain finds the reason in the words that the service printed as errors.
func (a *answer) Explain(e *exchange.Error, err error) {
	if e.Unexplained(err) {
		a.ending().explain(e, a.transport.target)
	}
}

// parked are the conversations that wait for another request.
type parked struct {
	mu     sync.Mutex
	list   []*conversation
	closed bool
}

// maxParked bounds the conversations with git-upload-pack that stay open between requests.
const maxParked = 4

// take returns a parked conversation, or nil. A conversation is asked for references only once: if
// lists is set and it has listed them already, take ends it, and the caller opens a new
// conversation.
func (p *parked) take(v2, lists bool) *conversation {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		i := slices.IndexFunc(p.list, func(k *conversation) bool { return k.v2 == v2 })
		if i < 0 {
			return nil
		}
		k := p.list[i]
		p.list = slices.Delete(p.list, i, i+1)
		s, shared := k.pipe.(multiplexed)
		if shared && !s.resume() || lists && k.listed {
			k.end()
			continue
		}
		return k
	}
}

// park keeps a conversation for a later request, or ends it.
func (p *parked) park(k *conversation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.list) >= maxParked {
		k.end()
		return
	}
	p.list = append(p.list, k)
	if s, ok := k.pipe.(multiplexed); ok {
		s.yield()
	}
}

func (p *parked) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.list {
		k.end()
	}
	p.list, p.closed = nil, true
}

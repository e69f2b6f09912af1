package gitremote

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// talks are the conversations that wait for another request.
type talks struct {
	mu     sync.Mutex
	parked []*talk
	closed bool
}

// maxParked bounds the conversations with git-upload-pack that stay open between requests.
const maxParked = 4

// take returns a parked conversation, or nil. A conversation is asked for references once only: if
// lists is set and it has listed them already, take ends it, and the caller opens a new one in its
// place.
func (t *talks) take(v2, lists bool) *talk {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		i := slices.IndexFunc(t.parked, func(k *talk) bool { return k.v2 == v2 })
		if i < 0 {
			return nil
		}
		k := t.parked[i]
		t.parked = slices.Delete(t.parked, i, i+1)
		s, shared := k.pipe.(sharer)
		if shared && !s.work() || lists && k.listed {
			k.end()
			continue
		}
		return k
	}
}

// sharer is a pipe that shares a connection of limited room with other pipes. While it rests, the
// connection may end it to make room; work reports false then.
type sharer interface {
	rest()
	work() bool
}

// park keeps a conversation for a later request, or ends it.
func (t *talks) park(k *talk) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.parked) >= maxParked {
		k.end()
		return
	}
	t.parked = append(t.parked, k)
	if s, ok := k.pipe.(sharer); ok {
		s.rest()
	}
}

func (t *talks) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.parked {
		k.end()
	}
	t.parked, t.closed = nil, true
}

// end takes leave: a service that waits for a request takes a flush line for the end
// (gitprotocol-v2, "Command Request"; gitprotocol-pack, "Packfile Negotiation").
func (k *talk) end() {
	_, _ = k.pipe.Write(gitwire.AppendFlush(nil)) // whether it hears it or not, it is ended
	k.pipe.close()
}

// converse is exchange over a pipe: it makes the request in a conversation with the service, a
// parked one if there is one, and returns its answer as a response that ends where the message
// does.
func (r *Remote) converse(ctx context.Context, c *call) (*response, error) {
	own, cancel := context.WithCancelCause(ctx)
	resp := &response{remote: r, call: c, ctx: own, cancel: cancel, left: c.limit, watch: newWatch(r.limits.Stall, cancel)}
	for {
		k, err := r.talkFor(own, c, resp.watch)
		if err != nil {
			resp.close()
			return nil, resp.unopened(err)
		}
		if k == nil { // the advertisement was the answer
			resp.raw, resp.r = nopCloser{}, eof{}
			return resp, nil
		}
		again, err := resp.ask(own, k)
		if again {
			continue
		}
		if err != nil {
			return nil, err
		}
		return resp, nil
	}
}

type nopCloser struct{}

func (nopCloser) Close() error { return nil }

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

// talkFor finds or opens the conversation for a call. It returns nil when the call asks for the
// advertisement alone.
func (r *Remote) talkFor(ctx context.Context, c *call, w *watch) (*talk, error) {
	if c.body == nil && c.prepare == nil {
		read := whole(c.see)
		if c.see == nil {
			read = gitwire.ReadCapabilities
		}
		k, err := r.openTalk(ctx, c.service, c.v2, read, w)
		if err != nil {
			return nil, err
		}
		c.offer = &k.offer
		complete := c.see != nil || k.offer.Version == 2 // of others the references are left
		if complete && c.service == uploadPack && (k.offer.Version == 2) == c.v2 {
			k.used = true
			r.talks.park(k)
		} else {
			k.end()
		}
		return nil, nil
	}
	if c.service == uploadPack {
		if k := r.talks.take(c.v2, c.lists); k != nil {
			return k, nil
		}
	}
	k, err := r.openTalk(ctx, c.service, c.v2, whole(nil), w)
	if err != nil {
		return nil, err
	}
	if c.v2 && k.offer.Version != 2 {
		k.end()
		return nil, errOlder
	}
	if c.prepare != nil {
		if err := c.prepare(&k.offer); err != nil {
			k.end()
			return nil, err
		}
	}
	return k, nil
}

// errOlder says that a service answered with an older version of the protocol than it was asked
// for.
var errOlder = errors.New("the server does not speak Git protocol v2")

// ask writes the request and waits for the first byte of the answer. again is true when a
// conversation that had waited turned out to be over.
func (resp *response) ask(ctx context.Context, k *talk) (again bool, err error) {
	c := resp.call
	k.listed = k.listed || c.lists
	stop := context.AfterFunc(ctx, k.pipe.close)
	body := newSending(c.body(), resp.watch, &c.sending)
	go func() {
		defer func() { _ = body.Close() }()
		// Whether the service took all of it shows in its answer, which a broken pipe does not take
		// back.
		_, err := io.Copy(k.pipe, body)
		if goesOn := c.service == uploadPack && k.v2; err == nil && !goesOn {
			_ = k.pipe.closeWrite()
		}
	}()
	message := &frames{r: k.in}
	resp.raw = &parting{remote: resp.remote, talk: k, message: message, stop: stop}
	resp.ending = k.pipe.end
	if c.service == uploadPack && k.v2 {
		resp.r = message
	} else {
		resp.r = k.in
	}
	resp.watch.waiting.Add(1)
	_, err = k.in.Peek(1)
	resp.watch.waiting.Add(-1)
	if err == nil {
		return false, nil
	}
	stop()
	k.pipe.close()
	c.sending.Wait()
	if k.used && ctx.Err() == nil {
		return true, nil
	}
	resp.raw = nil
	resp.err = err
	e := resp.failure(err)
	e.unknown = c.once
	resp.close()
	return false, e
}

// parting is how a response over a pipe ends: the conversation waits for another request if the
// answer was read to its end and the service takes more than one.
type parting struct {
	remote  *Remote
	talk    *talk
	message *frames
	stop    func() bool
	once    sync.Once
}

func (p *parting) Close() error {
	p.once.Do(func() {
		running := p.stop()
		if running && p.message.whole && p.talk.v2 {
			p.talk.used = true
			p.remote.talks.park(p.talk)
			return
		}
		p.talk.pipe.close()
	})
	return nil
}

// unopened makes an error of a conversation that did not come about: nothing was asked yet.
func (resp *response) unopened(err error) *Error {
	var e *Error
	var spoken *talkError
	switch {
	case errors.As(err, &e):
		e.Op, e.URL, e.told = resp.call.op, resp.remote.url, resp.remote.told
		return e
	case errors.Is(err, errOlder):
		return &Error{Op: resp.call.op, URL: resp.remote.url, Kind: ErrProtocol, Err: err}
	case errors.As(err, &spoken) && spoken.text != "" && errors.Is(err, gitwire.ErrMalformed):
		return resp.chatter(spoken)
	case errors.As(err, &spoken):
		resp.ending = func() ending { return spoken.ending }
		err = spoken.err
	}
	return resp.failure(err)
}

var errChatter = errors.New("the server says something else before Git does, or instead")

// chatter is the error of a server that prints something before Git does, or instead: a greeting in
// a shell's start file, or a host that gives no shell.
func (resp *response) chatter(spoken *talkError) *Error {
	r := resp.remote
	e := &Error{
		Op: resp.call.op, URL: r.url, Kind: ErrProtocol, Err: errChatter,
		Server: r.redact.scrub(gitwire.Clean(plainWords(spoken.text), maxRawText)),
		Hint:   "check that the address is the one to clone from, and that no start file of the server's shell (.bashrc) prints anything for commands",
	}
	switch {
	case gitwire.Passing(e.Server):
		e.passes()
	case e.explainedCommand(e.Server):
		e.Err = nil
	}
	return e
}

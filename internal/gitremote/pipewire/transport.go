package pipewire

import (
	"context"
	"errors"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Transport makes the requests to a repository in conversations with its services. It is safe for
// concurrent use.
type Transport struct {
	target *exchange.Target
	dialer dialer
	parked parked
}

// Location returns the address of the repository.
func (t *Transport) Location() string { return t.target.URL }

// Close ends the conversations that wait for a request. Connections are left to their pool.
func (t *Transport) Close() { t.parked.close() }

// Prepare does nothing: a conversation that waits for a request is as good as a request that is
// begun ahead, and a push depends on the advertisement.
func (t *Transport) Prepare(context.Context) (release func()) { return func() {} }

// Advertise starts a service and reads its advertisement. The conversation is kept for a request
// where that is possible.
func (t *Transport) Advertise(ctx context.Context, ad exchange.Advertisement) (gitwire.Capabilities, error) {
	resp, own := exchange.Open(ctx, t.target, &exchange.Request{Op: ad.Op, Service: ad.Service, V2: ad.V2, Limit: ad.Limit})
	defer resp.Close()
	read := whole(ad.Refs)
	if ad.Refs == nil {
		read = gitwire.ReadCapabilities
	}
	k, err := t.open(own, resp, ad.Service, ad.V2, read)
	if err != nil {
		return gitwire.Capabilities{}, t.unopened(resp, ad.Op, err)
	}
	complete := ad.Refs != nil || k.offer.Version == 2 // otherwise the references are left
	if complete && ad.Service == exchange.UploadPack && (k.offer.Version == 2) == ad.V2 {
		k.used = true
		t.parked.park(k)
	} else {
		k.end()
	}
	return k.offer, nil
}

// Exchange makes a request in a conversation with the service, a parked conversation if there is
// one, and returns the response, which ends where the message does.
func (t *Transport) Exchange(ctx context.Context, r *exchange.Request) (*exchange.Response, error) {
	resp, own := exchange.Open(ctx, t.target, r)
	for {
		k, head, err := t.converse(own, resp, r)
		if err != nil {
			resp.Close()
			return nil, t.unopened(resp, r.Op, err)
		}
		again, err := t.ask(own, resp, r, k, head)
		if again {
			continue
		}
		if err != nil {
			return nil, err
		}
		return resp, nil
	}
}

// unopened returns the error of a conversation that did not come about: nothing was asked yet.
func (t *Transport) unopened(resp *exchange.Response, op string, err error) *exchange.Error {
	var e *exchange.Error
	var unread *unreadError
	switch {
	case errors.As(err, &e):
		e.Op, e.URL, e.Told = op, t.target.URL, t.target.Told
		return e
	case errors.Is(err, errOlder):
		return &exchange.Error{Op: op, URL: t.target.URL, Kind: exchange.ErrProtocol, Err: err}
	case errors.As(err, &unread) && unread.text != "" && errors.Is(err, gitwire.ErrMalformed):
		return t.greeting(op, unread)
	case errors.As(err, &unread):
		resp.Attach(&answer{transport: t, ending: func() ending { return unread.ending }})
		err = unread.err
	}
	return resp.Failure(err)
}

var errGreeting = errors.New("the server says something else before Git does, or instead")

// greeting returns the error of a server that prints text before Git does, or instead: a greeting
// in a shell's start file, or the message of a host that gives no shell.
func (t *Transport) greeting(op string, unread *unreadError) *exchange.Error {
	e := &exchange.Error{
		Op: op, URL: t.target.URL, Kind: exchange.ErrProtocol, Err: errGreeting,
		Server: t.target.Scrub(gitwire.Clean(plainWords(unread.text), exchange.MaxBeginning)),
		Hint:   "check that the address is the one to clone from, and that no start file of the server's shell (.bashrc) prints anything for commands",
	}
	switch {
	case gitwire.Passing(e.Server):
		e.MakeTransient()
	case e.RecognizeCommand(e.Server):
		e.Err = nil
	}
	return e
}

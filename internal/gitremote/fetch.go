package gitremote

import (
	"context"
	"errors"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Fetch asks for a pack and hands it to consume.
//
// When the transport fails in a way that may pass, also in the middle of the pack, Fetch asks again
// and calls consume again with a new pack; so it does when consume returns a *gitwire.DamagedError.
// When the transport is well and consume returns an error, the response is given up at once and
// that very error returned. When consume returns nil, the rest of the response is read, so that the
// connection can serve the next request. A *gitwire.TooManyObjects, which consume passes on, counts
// as an error of consume.
//
// req.Filter is a wish. A server that refuses a combined filter ("combine:blob:none+tree:3") is
// asked again with its first part alone, and a server that cannot filter without any; each is
// learned once. So more may come than was asked for, and req.MaxObjects does not count then.
func (r *Remote) Fetch(ctx context.Context, req gitwire.Fetch, consume func(pack io.Reader) error) error {
	s := r.server
	return s.retry(ctx, func() (again bool, err error) {
		if err := s.introduce(ctx, opFetch, req.Filter); err != nil {
			return Transient(err), err
		}
		before := s.basis()
		filter := s.facts.usable(req.Filter)
		ours, err := r.fetchOnce(ctx, req, consume)
		if first := firstFilter(filter); ours && first != filter && mayRefuseFilter(err) {
			plain := req
			plain.Filter, plain.MaxObjects = first, 0
			if ours, err = r.fetchOnce(ctx, plain, consume); !ours {
				s.facts.refuseCombined()
				s.target.Logf(ctx, "%s refuses the filter %s: fetching with %s", s.target.URL, filter, first)
			}
		}
		if !ours {
			return false, err
		}
		learned, err := s.learn(ctx, before, err, req.Filter)
		if learned {
			ours, err = r.fetchOnce(ctx, req, consume)
		}
		return ours && Transient(err), err
	})
}

const opFetch = "fetch from"

// fetchOnce makes an attempt. ours tells an error of the remote from an error of consume.
func (r *Remote) fetchOnce(ctx context.Context, req gitwire.Fetch, consume func(pack io.Reader) error) (ours bool, err error) {
	s := r.server
	if usable := s.facts.usable(req.Filter); usable != req.Filter {
		req.Filter, req.MaxObjects = usable, 0 // the bound is for the objects that the filter lets pass
	}
	message, err := s.message(ctx, req)
	if err != nil {
		return true, err
	}
	body, err := message.Append(nil)
	if err != nil {
		return false, err
	}
	_, v2 := message.(version2)
	resp, err := s.exchange(ctx, &exchange.Request{
		Op: opFetch, Service: exchange.UploadPack, V2: v2, Limit: s.target.Limits.MaxResponse, Head: exchange.Bytes(body),
	})
	if err != nil {
		return true, err
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	pack, err := message.Open(lines)
	if err != nil {
		e := resp.Failure(err)
		if _, said := errors.AsType[*gitwire.ServerError](err); said {
			resp.Finish() // nothing follows, so that the connection can be used again
		} else {
			resp.Close()
		}
		return true, e
	}
	if err := consume(pack); err != nil {
		resp.Close()
		_, tooMany := errors.AsType[*gitwire.TooManyObjects](err)
		if broken := pack.Err(); broken != nil && broken != io.EOF && !tooMany {
			return true, resp.Failure(broken)
		}
		if _, damaged := errors.AsType[*gitwire.DamagedError](err); damaged {
			return true, resp.Failure(err)
		}
		return false, err
	}
	_, _ = io.CopyN(io.Discard, pack, exchange.MaxDrain)
	resp.Finish()
	return false, nil
}

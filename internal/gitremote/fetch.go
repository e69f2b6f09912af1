package gitremote

import (
	"context"
	"errors"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwire"
)

// Fetch asks for a pack and hands it to consume.
//
// When the transport fails in a way that may pass, also in the middle of the pack, Fetch asks again
// and calls consume again with a new pack; so it does when consume returns a *gitwire.DamagedError.
// When the transport is well and consume returns an error, the response is given up at once and
// that very error returned. When consume returns nil, what is left of the response is read, so that
// the connection can serve the next request. A *gitwire.TooManyObjects counts as consume's, through
// whose hands it goes.
//
// req.Filter is a wish. A server that refuses a combined filter ("combine:blob:none+tree:3") is
// asked again with its first part alone, and one that cannot filter without any; each is learned
// once. So more may come than was asked for, and req.MaxObjects does not count then.
func (r *Remote) Fetch(ctx context.Context, req gitwire.Fetch, consume func(pack io.Reader) error) error {
	return r.retry(ctx, func() (again bool, err error) {
		if err := r.introduce(ctx, opFetch, req.Filter); err != nil {
			return Transient(err), err
		}
		before := r.knowledge()
		filter := r.Usable(req.Filter)
		ours, err := r.fetchOnce(ctx, req, consume)
		if first := firstFilter(filter); ours && first != filter && refusal(err) {
			plain := req
			plain.Filter, plain.MaxObjects = first, 0
			if ours, err = r.fetchOnce(ctx, plain, consume); !ours {
				r.refuses(ctx, filter)
			}
		}
		if !ours {
			return false, err
		}
		learned, err := r.learn(ctx, before, err, req.Filter)
		if learned {
			ours, err = r.fetchOnce(ctx, req, consume)
		}
		return ours && Transient(err), err
	})
}

const opFetch = "fetch from"

// fetchOnce says of an error whether it is ours or consume's.
func (r *Remote) fetchOnce(ctx context.Context, req gitwire.Fetch, consume func(pack io.Reader) error) (ours bool, err error) {
	if usable := r.Usable(req.Filter); usable != req.Filter {
		req.Filter, req.MaxObjects = usable, 0 // the bound is one of what the filter was to let pass
	}
	ask, err := r.asking(ctx, req)
	if err != nil {
		return true, err
	}
	body, err := ask.Append(nil)
	if err != nil {
		return false, err
	}
	c := r.upload(opFetch, body, r.limits.MaxResponse)
	_, c.v2 = ask.(version2)
	resp, err := r.exchange(ctx, c)
	if err != nil {
		return true, err
	}
	lines := gitwire.NewReader(resp)
	defer lines.Release()
	pack, err := ask.Open(lines)
	if err != nil {
		e := resp.failure(err)
		if _, said := errors.AsType[*gitwire.ServerError](err); said {
			resp.finish() // nothing follows, so that the connection can be used again
		} else {
			resp.close()
		}
		return true, e
	}
	if err := consume(pack); err != nil {
		resp.close()
		_, tooMany := errors.AsType[*gitwire.TooManyObjects](err)
		if broken := pack.Err(); broken != nil && broken != io.EOF && !tooMany {
			return true, resp.failure(broken)
		}
		if _, damaged := errors.AsType[*gitwire.DamagedError](err); damaged {
			return true, resp.failure(err)
		}
		return false, err
	}
	_, _ = io.CopyN(io.Discard, pack, maxDrain)
	resp.finish()
	return false, nil
}

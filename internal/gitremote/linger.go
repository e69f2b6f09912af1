package gitremote

import (
	"context"
	"errors"
	"io"
	"time"
)

// This file is for what follows the report of a push. With the report the push is over. Hooks that
// run after it may still print a line that somebody wants to see, such as the address of a merge
// request; and what they leave behind may hold the answer open for ever:
//
//	the report has come ─► linger: what comes within a moment is read
//	                       then the answer is left: read on in the background, so that no hook is cut off while it
//	                       works, until it ends, a minute has passed, its room is needed, or the remote is closed

const (
	// mostLinger bounds how long the end of an answer is waited for once its report is there,
	// though words keep coming.
	mostLinger = 10 * time.Second
	// leaveAfter is how long an answer that was left is read on.
	leaveAfter = time.Minute
)

// errLingers ends the reading of an answer that was waited for long enough.
var errLingers = errors.New("the answer goes on after all that counts")

// lingering is the rest of an answer, as somebody else reads it.
type lingering struct {
	ctx         context.Context
	pieces      chan []byte
	err         error         // what ended them; to be read once pieces is closed
	gone        chan struct{} // closed when nobody wants them any more
	quiet, most *time.Timer
	wait        time.Duration // the longest time without a piece
	rest        []byte        // of the last piece
}

// linger says that what counts of the answer has come. From now on Read waits for a moment alone.
func (resp *response) linger() {
	if resp.lingers != nil || resp.err != nil {
		return
	}
	l := &lingering{
		ctx: resp.ctx, pieces: make(chan []byte), gone: make(chan struct{}), wait: resp.remote.limits.Linger,
		quiet: time.NewTimer(resp.remote.limits.Linger), most: time.NewTimer(mostLinger),
	}
	raw := io.LimitReader(resp.r, resp.left)
	resp.lingers, resp.r = l, l
	resp.watch.stop() // who keeps silent now does no harm
	late := time.AfterFunc(leaveAfter, func() { resp.cancel(errClosed) })
	stop := context.AfterFunc(resp.remote.life, func() { resp.cancel(errClosed) })
	resp.remote.abandoned.Go(func() {
		defer resp.shut()
		defer late.Stop()
		defer stop()
		l.pump(raw)
	})
}

// pump reads to the end, whether anybody wants it or not.
func (l *lingering) pump(r io.Reader) {
	defer close(l.pieces)
	for {
		buf := make([]byte, 4<<10)
		n, err := r.Read(buf)
		if n > 0 {
			select {
			case l.pieces <- buf[:n]:
			case <-l.gone:
			}
		}
		if err != nil {
			l.err = err
			return
		}
	}
}

func (l *lingering) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		select {
		case piece, ok := <-l.pieces:
			if !ok {
				return 0, l.err
			}
			l.rest = piece
			l.quiet.Reset(l.wait)
		case <-l.quiet.C:
			return 0, errLingers
		case <-l.most.C:
			return 0, errLingers
		case <-l.ctx.Done():
			return 0, context.Cause(l.ctx)
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// leave gives the answer up. A session that it came from may be ended when its room is needed.
func (resp *response) leave() {
	l := resp.lingers
	select {
	case <-l.gone:
		return
	default:
	}
	close(l.gone)
	l.quiet.Stop()
	l.most.Stop()
	if p, ok := resp.raw.(*parting); ok {
		if s, shared := p.talk.pipe.(sharer); shared {
			s.rest()
		}
	}
}

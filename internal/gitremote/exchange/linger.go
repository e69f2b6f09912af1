package exchange

import (
	"errors"
	"io"
	"time"
)

// With the report a push is over. Hooks that run after it may still print a line that the user
// wants to see, such as the address of a merge request; and processes that they leave behind may
// hold the response open for ever:
//
//	the report has come ─► Linger: Read returns the lines that come within a moment
//	                  ─► Close: the rest is read in the background, so that no hook is cut off while it works,
//	                       until it ends, a minute has passed, its room is needed, or the target is closed

const (
	// mostLinger bounds how long the end of a response is waited for once its report is there,
	// though words keep coming.
	mostLinger = 10 * time.Second
	// leaveAfter is how long a response is read in the background.
	leaveAfter = time.Minute
)

// errLingers ends the reading of a response that was waited for long enough.
var errLingers = errors.New("the answer goes on after all that counts")

// lingering is the rest of a response, which a goroutine reads in place of the caller.
type lingering struct {
	cause       func() error
	done        <-chan struct{}
	pieces      chan []byte
	err         error         // the end of the pieces; to be read once pieces is closed
	gone        chan struct{} // closed when nobody wants the pieces any more
	quiet, most *time.Timer
	wait        time.Duration // the longest time without a piece
	rest        []byte        // of the last piece
}

// Linger says that all that counts of the response has come. From now on Read waits for a moment
// alone.
func (resp *Response) Linger() {
	if resp.lingers != nil || resp.err != nil {
		return
	}
	wait := resp.target.Limits.Linger
	l := &lingering{
		cause: resp.cause, done: resp.done, pieces: make(chan []byte), gone: make(chan struct{}),
		wait: wait, quiet: time.NewTimer(wait), most: time.NewTimer(mostLinger),
	}
	raw := io.LimitReader(resp.r, resp.left)
	resp.lingers, resp.r = l, l
	resp.watch.stop() // silence does no harm now
	cancel := func() { resp.cancel(ErrClosed) }
	late := time.AfterFunc(leaveAfter, cancel)
	resp.target.Go(cancel, func() {
		defer resp.free()
		defer late.Stop()
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

// Read returns the next piece that the goroutine has read, or errLingers.
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
		case <-l.done:
			return 0, l.cause()
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// leave gives the response up. The transport may end it when it needs the room.
func (resp *Response) leave() {
	l := resp.lingers
	select {
	case <-l.gone:
		return
	default:
	}
	close(l.gone)
	l.quiet.Stop()
	l.most.Stop()
	resp.body.Yield()
}

package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// ErrStalled is the cause of a context that ended because no byte moved.
var ErrStalled = errors.New("no progress")

// watch cancels a request in which no byte moves, in either direction, for a time. It looks four
// times within that time whether anything moved since the last look, so a byte costs an addition
// and no timer. Time during which nobody waits for the network does not count: a slow consumer is
// no stall.
type watch struct {
	moved   atomic.Int64 // bytes so far
	waiting atomic.Int32 // how many wait for the network now
	cancel  context.CancelCauseFunc
	every   time.Duration

	mu    sync.Mutex
	timer *time.Timer // nil when stopped
	last  int64       // moved at the last look
	idle  int         // looks in a row without a change
}

const looks = 4

func newWatch(stall time.Duration, cancel context.CancelCauseFunc) *watch {
	w := &watch{cancel: cancel, every: max(stall/looks, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(w.every, w.look)
	return w
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		return
	}
	if now := w.moved.Load(); now != w.last || w.waiting.Load() == 0 {
		w.last, w.idle = now, 0
	} else if w.idle++; w.idle >= looks {
		w.cancel(fmt.Errorf("%w for %v", ErrStalled, w.every*looks))
		return
	}
	w.timer.Reset(w.every)
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}

// sending is a request body that tells the watch of its progress, and the request of its end.
type sending struct {
	r    io.Reader
	w    *watch
	once sync.Once
	done *sync.WaitGroup
}

func (s *sending) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.w.moved.Add(int64(n))
	return n, err
}

// Close reports the end of the body, once.
func (s *sending) Close() error {
	s.once.Do(s.done.Done)
	return nil
}

// arriving counts the bytes of r, up to a limit, and marks the time in which they are waited for.
type arriving struct {
	r    io.Reader
	w    *watch
	left int64
}

func (a *arriving) Read(p []byte) (int, error) {
	a.w.waiting.Add(1)
	n, err := a.r.Read(p)
	a.w.moved.Add(int64(n))
	a.w.waiting.Add(-1)
	if a.left -= int64(n); a.left < 0 {
		return 0, ErrTooLong
	}
	return n, err
}

package objstore

import "sync/atomic"

// MaxAnswer is the most content that a backend answers a Get with, and holds on the way there, in
// bytes. A value beyond that is a miss: other writers of a shared cache may have put values there
// that inflate to any size.
const MaxAnswer = 32 << 20

// Room counts the bytes that a Get holds. It is safe for concurrent use; a nil Room has no bound.
type Room struct{ taken atomic.Int64 }

// Take takes n bytes, if they are left.
func (r *Room) Take(n int64) bool {
	if r == nil || r.taken.Add(n) <= MaxAnswer {
		return true
	}
	r.taken.Add(-n)
	return false
}

// Give gives n bytes back.
func (r *Room) Give(n int64) {
	if r != nil {
		r.taken.Add(-n)
	}
}

// Left returns the number of bytes that are left.
func (r *Room) Left() int64 { return MaxAnswer - r.taken.Load() }

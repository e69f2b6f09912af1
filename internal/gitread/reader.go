package gitread

import "context"

// Reader is a caller that was announced: a data source on its way from a name to directories and
// contents. A fetch waits until every announced reader waits for a fetch, too, or has left. So the
// data sources of a plan share their fetches, wherever each of them begins.
type Reader struct {
	objects *objects

	// Guarded by objects.mu.
	resting int // its calls that wait for a fetch
	left    bool
}

// readerKey is the key of a Reader in a context. Like an object store, a reader changes speed,
// never results.
type readerKey struct{}

// Announce announces a reader, whose calls have the context that it returns. Leave is called in the
// end, on every way out.
func (r *Repo) Announce(ctx context.Context) (context.Context, *Reader) {
	o := r.objects
	o.mu.Lock()
	defer o.mu.Unlock()
	o.moving++
	by := &Reader{objects: o}
	return context.WithValue(ctx, readerKey{}, by), by
}

// readerFrom is the announced reader of a context; nil for none.
func readerFrom(ctx context.Context, o *objects) *Reader {
	by, _ := ctx.Value(readerKey{}).(*Reader)
	if by == nil || by.objects != o {
		return nil
	}
	return by
}

// Leave says that the reader asks for nothing more. It may be called twice.
func (r *Reader) Leave() {
	r.objects.mu.Lock()
	defer r.objects.mu.Unlock()
	if r.left {
		return
	}
	if r.left = true; r.resting == 0 {
		r.objects.moving--
		r.objects.wakeLocked()
	}
}

// restLocked says that a call of the reader waits for a fetch. objects.mu is held.
func (r *Reader) restLocked() {
	if r.resting++; r.resting == 1 && !r.left {
		r.objects.moving--
		r.objects.wakeLocked()
	}
}

// moveLocked says that a call of the reader has its answer. objects.mu is held.
func (r *Reader) moveLocked() {
	if r.resting--; r.resting == 0 && !r.left {
		r.objects.moving++
	}
}

package packstage

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// chunkSize is the number of bytes of an entry that are gathered before it gets space in the spool.
// A smaller entry is written to the spool with a single call, once it is known to be new.
const chunkSize = 256 << 10

// Put stages the object of this kind and size in bytes that src yields, adds a reference to it, and
// returns its id. An object that is staged already gets the reference and takes no more space. src
// must yield exactly size bytes (else gitpack.ErrSizeChanged), is read once, and must not itself
// wait for another Put. The size is compared with the limit before src is touched.
//
// After an error nothing of the object is staged and everything else is as before. A cancelled ctx
// ends the call at the next read. An error that comes from the temporary file is an *Error.
func (s *Stage) Put(ctx context.Context, k gitobj.Kind, size int64, src io.Reader) (gitobj.ID, error) {
	return s.put(ctx, k, size, func(e *encoder, w io.Writer) (gitobj.ID, int64, error) {
		return e.Encode(w, k, size, cancellable{ctx, src})
	})
}

// PutBytes is Put for content in memory, which is not kept.
func (s *Stage) PutBytes(ctx context.Context, k gitobj.Kind, data []byte) (gitobj.ID, error) {
	return s.put(ctx, k, int64(len(data)), func(e *encoder, w io.Writer) (gitobj.ID, int64, error) {
		return e.EncodeBytes(w, k, data)
	})
}

// put stages the entry that encode writes.
func (s *Stage) put(ctx context.Context, k gitobj.Kind, size int64, encode encodeFunc) (gitobj.ID, error) {
	id, err := s.tryPut(ctx, k, size, encode)
	if err != nil {
		return gitobj.ID{}, fmt.Errorf("stage %s of %d bytes: %w", k, size, err)
	}
	return id, nil
}

// encodeFunc writes an entry with the encoder.
type encodeFunc func(*encoder, io.Writer) (gitobj.ID, int64, error)

func (s *Stage) tryPut(ctx context.Context, k gitobj.Kind, size int64, encode encodeFunc) (gitobj.ID, error) {
	var none gitobj.ID
	switch {
	case !k.Valid():
		return none, errors.New("no kind of object")
	case size < 0:
		return none, errors.New("negative size")
	case size > s.o.MaxObjectSize:
		return none, fmt.Errorf("%w of %d bytes", ErrTooLarge, s.o.MaxObjectSize)
	}
	return s.putEntry(ctx, encode, entry{kind: k, size: size})
}

// putEntry stages the entry that encode writes. template has its kind, its size and whether it is a
// delta.
func (s *Stage) putEntry(ctx context.Context, encode encodeFunc, template entry) (gitobj.ID, error) {
	var none gitobj.ID
	format, err := s.known()
	if err != nil {
		return none, err
	}
	enc, err := s.encoders.take(ctx, format)
	if err != nil {
		return none, err
	}
	defer s.encoders.give(enc)
	w := &entryWriter{s: s, buf: enc.buf[:0]}
	defer func() { enc.buf = w.finish() }()
	id, _, err := encode(enc, w)
	switch {
	case w.err != nil:
		return none, w.err
	case err != nil:
		return none, err
	}
	return id, w.commit(id, template)
}

// cancellable is a reader that ends with the context.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// entryWriter gathers an entry from the encoder, and stores it in chunks or in the spool. Until
// commit the entry belongs to no stage, and finish frees its space.
type entryWriter struct {
	s        *Stage
	buf      []byte   // not stored yet, at most chunkSize
	held     [][]byte // full chunks, which come before buf
	heldLen  int64
	extents  []extent // in the spool: the bytes before held
	spoolLen int64
	err      error // the first error; the writer stays failed
}

// Write gathers p in chunks and stores each full chunk.
func (w *entryWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 && w.err == nil {
		if len(w.buf) == chunkSize {
			if w.err = w.place(); w.err != nil {
				break
			}
		}
		part := p[:min(len(p), chunkSize-len(w.buf))]
		if need := len(w.buf) + len(part); need > cap(w.buf) {
			// Not left to append, so that a full chunk has no unused capacity.
			w.buf = append(make([]byte, 0, min(max(need, 2*cap(w.buf)), chunkSize)), w.buf...)
		}
		w.buf = append(w.buf, part...)
		n += len(part)
		p = p[len(part):]
	}
	return n, w.err
}

// place stores the full chunk, in memory or in the spool.
func (w *entryWriter) place() error {
	s := w.s
	s.mu.Lock()
	spool, err := s.roomLocked(0, int64(len(w.buf)))
	if err == nil && !spool {
		s.inflight += int64(len(w.buf))
		w.heldLen += int64(len(w.buf))
		w.held = append(w.held, w.buf)
		w.buf = make([]byte, 0, chunkSize)
	}
	s.mu.Unlock()
	if err == nil && spool {
		err = w.toSpool()
	}
	return err
}

// toSpool writes the bytes of the entry that are in memory to the spool. It holds the lock only
// while it reserves the space.
func (w *entryWriter) toSpool() error {
	s := w.s
	n := w.heldLen + int64(len(w.buf))
	if n == 0 {
		return nil
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	fresh, f, err := s.spool.reserve(nil, n)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	w.extents = appendExtents(w.extents, fresh)
	w.spoolLen += n
	if err := writeExtents(f, fresh, append(w.held, w.buf)...); err != nil {
		return s.ioError("write", err)
	}
	s.mu.Lock()
	w.letGoLocked()
	s.mu.Unlock()
	w.buf = w.buf[:0]
	return nil
}

// commit adds the finished entry to the stage, with a reference, or adds the reference to the entry
// that is there already. template is that of putEntry.
func (w *entryWriter) commit(id gitobj.ID, template entry) error {
	s := w.s
	for {
		s.mu.Lock()
		if e := s.sameLocked(template.delta)[id]; e != nil && !s.closed {
			e.refs++
			s.mu.Unlock()
			return nil
		}
		spool, err := s.roomLocked(1, int64(len(w.buf)))
		if err != nil {
			s.mu.Unlock()
			return err
		}
		if !spool || w.heldLen+int64(len(w.buf)) == 0 {
			s.sameLocked(template.delta)[id] = w.entryLocked(template)
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
		// Meanwhile another Put may stage the same object: the next turn of the loop finds it.
		if err := w.toSpool(); err != nil {
			return err
		}
	}
}

// entryLocked makes an entry of the written bytes and counts it.
func (w *entryWriter) entryLocked(template entry) *entry {
	e := &template
	e.refs = 1
	if w.spoolLen > 0 {
		e.extents, e.length = w.extents, w.spoolLen
		w.extents = nil
		w.s.spooled += e.length
		return e
	}
	e.length = w.heldLen + int64(len(w.buf))
	last := make([]byte, len(w.buf)) // not bytes.Clone, which may leave room at the end
	copy(last, w.buf)
	e.chunks = append(w.held, last)
	w.letGoLocked()
	w.s.memory += e.length
	return e
}

// finish frees the space of an entry that was not committed and returns the buffer for the next
// entry.
func (w *entryWriter) finish() []byte {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.letGoLocked()
	if len(w.extents) > 0 {
		w.s.spool.release(w.extents)
		w.extents = nil
	}
	return w.buf
}

// letGoLocked drops the chunks in memory.
func (w *entryWriter) letGoLocked() {
	if !w.s.closed {
		w.s.inflight -= w.heldLen
	}
	w.held, w.heldLen = nil, 0
}

// appendExtents is append, except that a first new extent which continues the last old extent
// extends it.
func appendExtents(old, fresh []extent) []extent {
	if last := len(old) - 1; last >= 0 && old[last].end() == fresh[0].off {
		old[last].len += fresh[0].len
		fresh = fresh[1:]
	}
	return append(old, fresh...)
}

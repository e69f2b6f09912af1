package packstage

import (
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
)

// Pack is a pack of staged objects (gitformat-pack): a header, the entries, and the hash of both.
// It keeps its objects until Close, even when they are released. It is safe for concurrent use.
type Pack struct {
	pinned
	format  gitobj.Format
	objects int
	size    int64
}

// Pack returns a pack of the objects in the order of ids; an object that is named twice is in it
// once. All must be staged, else the error is ErrNotStaged. Nothing is read or copied yet.
func (s *Stage) Pack(ids []gitobj.ID) (*Pack, error) { return s.pack(ids, false) }

// ThinPack is Pack for a receiver that has the bases of the staged deltas: an object that is staged
// as a delta is sent as a delta.
func (s *Stage) ThinPack(ids []gitobj.ID) (*Pack, error) { return s.pack(ids, true) }

func (s *Stage) pack(ids []gitobj.ID, thin bool) (*Pack, error) {
	p := &Pack{pinned: pinned{s: s}}
	if err := p.pinAll(ids, thin); err != nil {
		p.Close()
		return nil, fmt.Errorf("pack %d staged objects: %w", len(ids), err)
	}
	return p, nil
}

// pinAll pins the entries of the objects, each once, and adds up the size of the pack. In a thin
// pack deltas come before whole objects.
func (p *Pack) pinAll(ids []gitobj.ID, thin bool) error {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.format == 0 {
		return fmt.Errorf("%w: not known yet", ErrFormat) // and nothing is staged
	}
	s.packs++
	p.format = s.format
	p.ids = slices.Grow(p.ids, len(ids))
	p.entries = slices.Grow(p.entries, len(ids))
	p.size = int64(len(gitpack.AppendPackHeader(nil, 0)) + s.format.Size())
	for _, id := range ids {
		e := s.heldLocked(id)
		if d := s.deltas[id]; thin && d != nil && d.refs > 0 {
			e = d
		}
		if e == nil {
			return fmt.Errorf("%s: %w", id, ErrNotStaged)
		}
		if e.pack == s.packs {
			continue
		}
		e.pack = s.packs
		p.pinLocked(id, e)
		p.size += e.length
	}
	p.objects = len(p.entries)
	return nil
}

// Objects returns the number of objects in the pack.
func (p *Pack) Objects() int { return p.objects }

// Size returns the length of the pack in bytes, as each reader yields it.
func (p *Pack) Size() int64 { return p.size }

// Close unpins the objects; readers fail with ErrClosed from then on. A second Close does nothing.
func (p *Pack) Close() { p.close() }

// NewReader returns a reader of the whole pack from its beginning; all readers yield the same
// bytes. A reader is for a single goroutine at a time and needs no closing. It implements
// io.WriterTo.
func (p *Pack) NewReader() io.Reader {
	return &packReader{
		p:    p,
		cur:  cursor{p: &p.pinned},
		hash: p.format.New(),
	}
}

// packBuffer is the largest number of bytes of a pack that are read at a time.
const packBuffer = 64 << 10

// packReader yields header, entries and trailer. It computes the trailer while it yields the rest.
type packReader struct {
	p       *Pack
	cur     cursor
	hash    hash.Hash
	buf     []byte // nil before the first fill
	pending []byte // of buf, not yielded yet
	err     error  // returned after pending; io.EOF after the trailer
}

// Read implements io.Reader.
func (r *packReader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if len(r.pending) == 0 {
		r.fill()
	}
	if len(r.pending) == 0 {
		return 0, r.err
	}
	n := copy(b, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

// WriteTo implements io.WriterTo: it writes the rest of the pack without a copy in between.
func (r *packReader) WriteTo(w io.Writer) (written int64, err error) {
	for {
		if len(r.pending) == 0 {
			r.fill()
		}
		if len(r.pending) == 0 {
			break
		}
		n, err := w.Write(r.pending)
		written += int64(n)
		if err == nil && n < len(r.pending) {
			err = io.ErrShortWrite
		}
		r.pending = r.pending[n:]
		if err != nil {
			return written, err
		}
	}
	if !errors.Is(r.err, io.EOF) {
		return written, r.err
	}
	return written, nil
}

// fill reads the next part of the pack into pending, or leaves it empty and sets err.
func (r *packReader) fill() {
	if r.err != nil {
		return
	}
	n := 0
	if r.buf == nil {
		r.buf = make([]byte, min(r.p.size, packBuffer))
		n = len(gitpack.AppendPackHeader(r.buf[:0], uint32(r.p.objects)))
	}
	m, err := r.cur.read(r.buf[n:])
	if err != nil {
		r.err = fmt.Errorf("read pack of %d staged objects: %w", r.p.objects, err)
		return
	}
	n += m
	r.hash.Write(r.buf[:n])
	r.pending = r.buf[:n]
	// A buffer that is not full holds the last of the entries.
	if len(r.buf)-n >= r.hash.Size() {
		r.pending = r.hash.Sum(r.pending)
		r.err = io.EOF
	}
}

package packstage

import (
	"errors"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// pinned is a list of entries that stay in the stage until close, even when they are released.
type pinned struct {
	s       *Stage
	ids     []gitobj.ID
	entries []*entry
	closed  bool // guarded by s.mu
}

// pinLocked adds an entry.
func (p *pinned) pinLocked(id gitobj.ID, e *entry) {
	e.pins++
	p.ids = append(p.ids, id)
	p.entries = append(p.entries, e)
}

// close unpins the entries. A second close does nothing.
func (p *pinned) close() {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for i, id := range p.ids {
		s.unpinLocked(id, p.entries[i])
	}
	p.ids, p.entries = nil, nil
}

// cursor reads pinned entries, each after the other, from chunks or from the spool; they may move
// to disk meanwhile.
type cursor struct {
	p    *pinned
	next int   // entry to read from
	off  int64 // bytes of it that were read

	// The location of off in the spool: in extent at, which begins at byte atOff of the entry.
	at    int
	atOff int64

	runs []run
}

// run is a run of bytes of an entry: in a chunk, or in the spool at off if mem is nil.
type run struct {
	mem []byte
	off int64
	len int64
}

// read fills buf as far as the entries go; 0 bytes without an error are their end. Bytes that are
// adjacent on disk are read with a single call, whether of one entry or of many.
func (c *cursor) read(buf []byte) (int, error) {
	f, err := c.plan(int64(len(buf)))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range c.runs {
		part := buf[n : n+int(r.len)]
		if r.mem != nil {
			copy(part, r.mem)
		} else if m, err := f.ReadAt(part, r.off); m < len(part) {
			if c.closed() {
				return 0, ErrClosed
			}
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // the file was cut off; to callers io.EOF would be a regular end
			}
			return 0, c.p.s.ioError("read", err)
		}
		n += int(r.len)
	}
	// Had the entries been unpinned during the read, their space could have been given to others.
	if c.closed() {
		return 0, ErrClosed
	}
	return n, nil
}

func (c *cursor) closed() bool {
	c.p.s.mu.Lock()
	defer c.p.s.mu.Unlock()
	return c.p.closed || c.p.s.closed
}

// plan fills c.runs with the locations of the next n bytes, and moves past them.
func (c *cursor) plan(n int64) (file, error) {
	s := c.p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.p.closed || s.closed {
		return nil, ErrClosed
	}
	c.runs = c.runs[:0]
	for n > 0 && c.next < len(c.p.entries) {
		e := c.p.entries[c.next]
		if c.off == e.length {
			c.next, c.off, c.at, c.atOff = c.next+1, 0, 0, 0
			continue
		}
		r := c.piece(e)
		r.len = min(r.len, n)
		c.off += r.len
		n -= r.len
		if last := len(c.runs) - 1; r.mem == nil && last >= 0 && c.runs[last].mem == nil && c.runs[last].off+c.runs[last].len == r.off {
			c.runs[last].len += r.len
		} else {
			c.runs = append(c.runs, r)
		}
	}
	return s.spool.f, nil
}

// piece returns the longest adjacent run of the entry from c.off on.
func (c *cursor) piece(e *entry) run {
	if e.chunks != nil {
		mem := e.chunks[c.off/chunkSize][c.off%chunkSize:] // all chunks but the last are full
		return run{mem: mem, len: int64(len(mem))}
	}
	for c.atOff+e.extents[c.at].len <= c.off {
		c.atOff += e.extents[c.at].len
		c.at++
	}
	skip := c.off - c.atOff
	return run{off: e.extents[c.at].off + skip, len: e.extents[c.at].len - skip}
}

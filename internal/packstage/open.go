package packstage

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Open returns a reader of a staged object's content, its kind and its size in bytes. The object
// stays until the reader is closed, even when it is released. The error is ErrNotStaged if the
// object is not staged.
func (s *Stage) Open(id gitobj.ID) (io.ReadCloser, gitobj.Kind, int64, error) {
	r := &objectReader{pinned: pinned{s: s}}
	e, err := r.pinEntry(id)
	if err == nil {
		err = r.inflate(e)
	}
	if err != nil {
		r.close()
		return nil, 0, 0, fmt.Errorf("open staged object %s: %w", id, err)
	}
	return r, e.kind, e.size, nil
}

// Bytes returns a staged object's kind and content, which the caller may change. It allocates at
// most Options.MaxObjectSize bytes. The error is ErrNotStaged if the object is not staged.
func (s *Stage) Bytes(id gitobj.ID) (gitobj.Kind, []byte, error) {
	r, kind, size, err := s.Open(id)
	if err != nil {
		return 0, nil, err
	}
	defer r.Close()
	data := make([]byte, size)
	if _, err := io.ReadFull(r, data); err != nil {
		return 0, nil, fmt.Errorf("read staged object %s: %w", id, err)
	}
	// The checksum follows the last byte.
	if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return 0, nil, fmt.Errorf("read staged object %s: no end after %d bytes: %w", id, size, err)
	}
	return kind, data, nil
}

// objectReader inflates a pinned entry.
type objectReader struct {
	pinned
	cur  cursor
	zlib io.ReadCloser
}

func (r *objectReader) pinEntry(id gitobj.ID) (*entry, error) {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	e := s.heldLocked(id)
	if e == nil {
		return nil, ErrNotStaged
	}
	r.pinLocked(id, e)
	return e, nil
}

// inflate skips the entry's header, whose bytes but the last have their top bit set
// (gitformat-pack), and begins the deflate stream.
func (r *objectReader) inflate(e *entry) error {
	r.cur.p = &r.pinned
	b := bufio.NewReaderSize(entryBytes{&r.cur}, int(min(e.length, 32<<10)))
	for {
		c, err := b.ReadByte()
		if err != nil {
			return err
		}
		if c < 0x80 {
			break
		}
	}
	z, err := zlib.NewReader(b)
	r.zlib = z
	return err
}

// Read implements io.Reader.
func (r *objectReader) Read(p []byte) (int, error) { return r.zlib.Read(p) }

// Close implements io.Closer.
func (r *objectReader) Close() error {
	r.close()
	return nil
}

// entryBytes is a cursor as an io.Reader.
type entryBytes struct{ *cursor }

// Read implements io.Reader.
func (r entryBytes) Read(p []byte) (int, error) {
	n, err := r.read(p)
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

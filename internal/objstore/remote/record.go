package remote

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// A record is the form in which an object lies in a shared cache, under its id:
//
//	byte 0           0x10 | kind: the content follows as it is
//	                 0x20 | kind: the content's length as a uvarint and a deflate stream (RFC 1951) follow
//
// Kind is 1 to 4, as in a pack. Any other first byte belongs to a version that is not known here.
const (
	plain    = 0x10
	deflated = 0x20
	kindBits = 0x0f
)

const (
	// RecordOverhead is the number of bytes by which a record may be longer than the object's
	// content.
	RecordOverhead = 1
	// leastDeflated is the shortest content that is tried to be deflated, in bytes.
	leastDeflated = 128
	// mostRatio is more than deflate reaches: a claim of more content than this many times the
	// stream is false.
	mostRatio = 1100
)

// ErrTooLarge says that an object is larger than the reader takes.
var ErrTooLarge = errors.New("object is too large")

var (
	writers = sync.Pool{New: func() any {
		w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is valid
		return w
	}}
	readers = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

// inflater is the type of the readers that flate.NewReader returns.
type inflater interface {
	io.Reader
	flate.Resetter
}

// Record returns the record of an object: a blob is deflated if that saves an eighth, all else is
// as it is. A tree is half ids, which do not deflate: to inflate it takes as long as half a
// kilobyte on a fast network's way. The result is new.
func Record(o objstore.Object) []byte {
	if o.Kind == gitobj.KindBlob && len(o.Data) >= leastDeflated {
		if r := deflate(o); r != nil {
			return r
		}
	}
	r := make([]byte, 1+len(o.Data))
	r[0] = plain | byte(o.Kind)
	copy(r[1:], o.Data)
	return r
}

// deflate returns nil if it does not pay.
func deflate(o objstore.Object) []byte {
	var head [1 + binary.MaxVarintLen64]byte
	head[0] = deflated | byte(o.Kind)
	n := 1 + binary.PutUvarint(head[1:], uint64(len(o.Data)))
	out := bytes.NewBuffer(make([]byte, 0, n+len(o.Data)))
	out.Write(head[:n])
	w, ok := writers.Get().(*flate.Writer)
	if !ok {
		return nil
	}
	defer writers.Put(w)
	w.Reset(out)
	if _, err := w.Write(o.Data); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || out.Len() > len(o.Data)-len(o.Data)/8 {
		return nil
	}
	return bytes.Clone(out.Bytes())
}

// Content returns the kind and the content that a record holds, which is at most limit bytes long;
// a plain record's content is a part of the record. The error is objstore.ErrCorrupt or
// ErrTooLarge, wrapped. Whether the content is that of the id it was found under is for
// objstore.Verified to say.
func Content(record []byte, limit int64) (gitobj.Kind, []byte, error) {
	if len(record) == 0 {
		return 0, nil, fmt.Errorf("%w: it is empty", objstore.ErrCorrupt)
	}
	kind := gitobj.Kind(record[0] & kindBits)
	if !kind.Valid() {
		return 0, nil, fmt.Errorf("%w: it begins with %#02x", objstore.ErrCorrupt, record[0])
	}
	body := record[1:len(record):len(record)]
	switch record[0] &^ kindBits {
	case plain:
		if int64(len(body)) > limit {
			return 0, nil, fmt.Errorf("%w: over %d bytes", ErrTooLarge, limit)
		}
		return kind, body, nil
	case deflated:
		content, err := inflate(body, limit)
		if err != nil {
			return 0, nil, err
		}
		return kind, content, nil
	}
	return 0, nil, fmt.Errorf("%w: it begins with %#02x", objstore.ErrCorrupt, record[0])
}

// firstAllocation bounds the memory that is allocated before any content has been read, in bytes:
// memory follows content and not claims.
const firstAllocation = 64 << 10

// readAll reads size bytes.
func readAll(r io.Reader, size int) ([]byte, error) {
	content := make([]byte, 0, min(size, firstAllocation))
	for len(content) < size {
		if len(content) == cap(content) {
			more := make([]byte, len(content), min(size, 2*len(content)))
			copy(more, content)
			content = more
		}
		n, err := io.ReadFull(r, content[len(content):cap(content)])
		if content = content[:len(content)+n]; err != nil {
			return nil, err
		}
	}
	return content, nil
}

func inflate(body []byte, limit int64) ([]byte, error) {
	size, n := binary.Uvarint(body)
	if n <= 0 {
		return nil, fmt.Errorf("%w: it has no length", objstore.ErrCorrupt)
	}
	if size > uint64(limit) {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, size, limit)
	}
	stream := body[n:]
	if size > mostRatio*uint64(len(stream)) {
		return nil, fmt.Errorf("%w: %d bytes cannot be %d inflated", objstore.ErrCorrupt, len(stream), size)
	}
	rest := bytes.NewReader(stream)
	r, ok := readers.Get().(inflater)
	if !ok {
		return nil, errors.New("no inflater")
	}
	defer readers.Put(r)
	if err := r.Reset(rest, nil); err != nil {
		return nil, fmt.Errorf("%w: %w", objstore.ErrCorrupt, err)
	}
	content, err := readAll(r, int(size))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", objstore.ErrCorrupt, err)
	}
	var over [1]byte
	if n, err := r.Read(over[:]); n != 0 || err != io.EOF || rest.Len() != 0 {
		return nil, fmt.Errorf("%w: it does not end after %d bytes", objstore.ErrCorrupt, size)
	}
	return content, nil
}

package gitpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"

	"github.com/klauspost/compress/flate"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// ErrSizeChanged says that the content had more or fewer bytes than announced. It happens to a file
// that is written to while it is read.
var ErrSizeChanged = errors.New("content has another size than announced")

// chunkSize is the number of bytes of content that are hashed and deflated at a time.
const chunkSize = 64 << 10

// Encoder writes objects as entries of a pack and computes their ids at the same time. It may be
// used for any number of objects, by a single goroutine at a time, also after an error.
type Encoder struct {
	level   int
	hasher  *gitobj.Hasher
	deflate *flate.Writer
	dst     countingWriter
	sum     [4]byte
	head    []byte
	chunk   []byte // nil before the first Encode
}

// NewEncoder returns an encoder for ids of format f that deflates at a level from 0 (stored) to 9
// (smallest).
func NewEncoder(f gitobj.Format, level int) (*Encoder, error) {
	if level < flate.NoCompression || level > flate.BestCompression {
		return nil, fmt.Errorf("compression level %d is not between 0 and 9", level)
	}
	d, err := flate.NewWriter(io.Discard, level)
	if err != nil {
		return nil, fmt.Errorf("compression level %d: %w", level, err)
	}
	return &Encoder{level: level, hasher: gitobj.NewHasher(f), deflate: d, head: make([]byte, 0, 64)}, nil
}

// Encode reads an object of size bytes from src and writes its entry of n bytes to dst. Memory does
// not grow with the object. Errors: ErrSizeChanged when src yields more or fewer bytes; errors of
// src and dst. After any error the caller has to discard the part of the entry that was written.
func (e *Encoder) Encode(dst io.Writer, k gitobj.Kind, size int64, src io.Reader) (id gitobj.ID, n int64, err error) {
	if err := e.begin(dst, k, size); err != nil {
		return gitobj.ID{}, 0, err
	}
	if e.chunk == nil {
		e.chunk = make([]byte, chunkSize)
	}
	adler := adler32.New()
	for left := size; left > 0; {
		m, err := io.ReadFull(src, e.chunk[:min(left, chunkSize)])
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return gitobj.ID{}, 0, fmt.Errorf("encode %s: %w: %d bytes instead of %d", k, ErrSizeChanged, size-left+int64(m), size)
		case err != nil:
			return gitobj.ID{}, 0, fmt.Errorf("encode %s: read content: %w", k, err)
		}
		adler.Write(e.chunk[:m])
		if err := e.add(e.chunk[:m]); err != nil {
			return gitobj.ID{}, 0, fmt.Errorf("encode %s: %w", k, err)
		}
		left -= int64(m)
	}
	if err := atEnd(src, e.chunk); err != nil {
		return gitobj.ID{}, 0, fmt.Errorf("encode %s of %d bytes: %w", k, size, err)
	}
	return e.finish(adler.Sum32())
}

// EncodeBytes is Encode for content that is in memory. It is not copied.
func (e *Encoder) EncodeBytes(dst io.Writer, k gitobj.Kind, content []byte) (id gitobj.ID, n int64, err error) {
	if err := e.begin(dst, k, int64(len(content))); err != nil {
		return gitobj.ID{}, 0, err
	}
	adler := adler32.Checksum(content)
	for len(content) > 0 {
		m := min(len(content), chunkSize)
		if err := e.add(content[:m]); err != nil {
			return gitobj.ID{}, 0, fmt.Errorf("encode %s: %w", k, err)
		}
		content = content[m:]
	}
	return e.finish(adler)
}

// EncodeDelta writes an object as a delta against base, which the pack's reader must have: an entry
// of n bytes. It does not compute the object's id.
func (e *Encoder) EncodeDelta(dst io.Writer, base gitobj.ID, delta []byte) (n int64, err error) {
	e.head = appendEntryHeader(e.head[:0], typeRefDelta, int64(len(delta)))
	e.head = base.Append(e.head)
	if err := e.open(dst); err != nil {
		return 0, fmt.Errorf("encode delta: %w", err)
	}
	if _, err := e.deflate.Write(delta); err != nil {
		return 0, fmt.Errorf("encode delta: %w", err)
	}
	return e.end(adler32.Checksum(delta))
}

// atEnd makes sure that src has no further bytes.
func atEnd(src io.Reader, scratch []byte) error {
	for {
		n, err := src.Read(scratch[:1])
		switch {
		case n > 0:
			return fmt.Errorf("%w: there is more", ErrSizeChanged)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read content: %w", err)
		}
	}
}

// begin writes the bytes before the deflate stream: the headers of the entry and of zlib (RFC
// 1950).
func (e *Encoder) begin(dst io.Writer, k gitobj.Kind, size int64) error {
	if !k.Valid() || size < 0 {
		return fmt.Errorf("encode %s of %d bytes: no such object", k, size)
	}
	e.hasher.Reset(k, size)
	e.head = appendEntryHeader(e.head[:0], k, size)
	if err := e.open(dst); err != nil {
		return fmt.Errorf("encode %s: %w", k, err)
	}
	return nil
}

// open writes the entry's header and begins the zlib stream.
func (e *Encoder) open(dst io.Writer) error {
	e.dst = countingWriter{w: dst}
	e.deflate.Reset(&e.dst)
	e.head = append(e.head, 0x78) // deflate, window of 32 KiB
	e.head = append(e.head, zlibFlags(e.level))
	_, err := e.dst.Write(e.head)
	return err
}

// zlibFlags returns the second byte of a zlib header: the level, for information, and a checksum
// that makes both bytes a multiple of 31.
func zlibFlags(level int) byte {
	switch {
	case level <= 1:
		return 0x01
	case level <= 5:
		return 0x5e
	case level == 6:
		return 0x9c
	}
	return 0xda
}

// add hashes and deflates a chunk.
func (e *Encoder) add(chunk []byte) error {
	_, _ = e.hasher.Write(chunk) // never fails
	_, err := e.deflate.Write(chunk)
	return err
}

// finish ends the entry and returns the object's id.
func (e *Encoder) finish(adler uint32) (gitobj.ID, int64, error) {
	n, err := e.end(adler)
	if err != nil {
		return gitobj.ID{}, 0, err
	}
	return e.hasher.Sum(), n, nil
}

// end ends the deflate stream and writes the sum after it.
func (e *Encoder) end(adler uint32) (int64, error) {
	err := e.deflate.Close()
	if err == nil {
		_, err = e.dst.Write(binary.BigEndian.AppendUint32(e.sum[:0], adler))
	}
	n := e.dst.n
	e.dst = countingWriter{} // drop the reference to the caller's writer
	if err != nil {
		return 0, fmt.Errorf("encode: %w", err)
	}
	return n, nil
}

// countingWriter counts the bytes that dst takes.
type countingWriter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

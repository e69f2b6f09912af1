package gitpack

import (
	"bufio"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// bufferSize is the number of bytes of the stream that are read at a time.
const bufferSize = 32 << 10

// source is a buffered pack stream that knows its position and the hash of the bytes read. It
// hashes the stream in blocks as they arrive, before it yields them byte by byte. The hash leaves
// out the trailer, so the last bytes that arrived are always held back from it.
//
//	stream   PACK…entries…entries…│trailer│EOF
//	hashed  ◄────────────────────►│ tail  │
type source struct {
	*bufio.Reader // inflate reads from this type without an interface call per byte, and not a byte too far
	blocks        hashedBlocks
}

// hashedBlocks is the reader below the buffer.
type hashedBlocks struct {
	r    io.Reader
	hash hash.Hash
	tail []byte // the last bytes read, at most the size of a trailer, not yet hashed
	read int64
	err  error // the first error of r
}

func newSource(r io.Reader, f gitobj.Format) *source {
	s := &source{blocks: hashedBlocks{r: r, hash: f.New(), tail: make([]byte, 0, f.Size())}}
	s.Reader = bufio.NewReaderSize(&s.blocks, bufferSize)
	return s
}

// Read reads a block and hashes those bytes that can no longer be the trailer.
func (b *hashedBlocks) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.Read(p)
	b.err = err
	b.read += int64(n)
	b.add(p[:n])
	return n, err
}

func (b *hashedBlocks) add(p []byte) {
	room := cap(b.tail)
	if over := len(b.tail) + len(p) - room; over > 0 {
		old := min(over, len(b.tail))
		b.hash.Write(b.tail[:old])
		b.tail = b.tail[:copy(b.tail, b.tail[old:])]
		b.hash.Write(p[:over-old])
		p = p[over-old:]
	}
	b.tail = append(b.tail, p...)
}

// offset returns the position in the stream of the next byte that will be read.
func (s *source) offset() int64 { return s.blocks.read - int64(s.Buffered()) }

// fault returns the cause of a failed read: the source's own error where there is one, since
// everything else follows from it.
func (s *source) fault(err error) error {
	switch own := s.blocks.err; {
	case own != nil && !errors.Is(own, io.EOF):
		return own
	case own != nil && s.Buffered() == 0, errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// finish reads the trailer, and makes sure that it is the hash of everything before it and that the
// stream ends there.
func (s *source) finish() error {
	size := cap(s.blocks.tail)
	rest, err := s.Peek(size + 1)
	switch {
	case err == nil:
		return fmt.Errorf("%w: there is more after its end", ErrCorrupt)
	case !errors.Is(err, io.EOF):
		return err
	case len(rest) < size:
		return io.ErrUnexpectedEOF
	}
	if sum := s.blocks.hash.Sum(nil); string(sum) != string(rest) {
		return fmt.Errorf("%w: its checksum is %x, and it says %x", ErrCorrupt, sum, rest)
	}
	return nil
}

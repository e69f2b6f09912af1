package gitpack

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
)

// firstAllocation is the number of bytes allocated for an object before any of its content has
// arrived. Further space is allocated as content arrives, so that memory follows bytes, not claims.
const firstAllocation = 256 << 10

// inflater reads zlib streams from a source, each after the other.
type inflater struct {
	src *source
	z   zlibReader // nil before the first stream
	one [1]byte
}

// zlibReader has the methods of the reader that zlib.NewReader returns.
type zlibReader interface {
	io.Reader
	zlib.Resetter
}

// open starts the stream that begins at the source's position.
func (f *inflater) open() error {
	if f.z != nil {
		return f.z.Reset(f.src.Reader, nil)
	}
	z, err := zlib.NewReader(f.src.Reader)
	if err != nil {
		return err
	}
	var ok bool
	if f.z, ok = z.(zlibReader); !ok {
		return fmt.Errorf("%T cannot be reset", z)
	}
	return nil
}

// inflate appends a stream of exactly size bytes to dst.
func (f *inflater) inflate(dst []byte, size int64) ([]byte, error) {
	if err := f.open(); err != nil {
		return dst, f.src.fault(err)
	}
	for size > 0 {
		if len(dst) == cap(dst) {
			dst = grow(dst, size)
		}
		n, err := f.some(dst[len(dst):cap(dst)], size)
		if err != nil {
			return dst, err
		}
		dst = dst[:len(dst)+n]
		size -= int64(n)
	}
	return dst, f.end()
}

// grow makes room for a part of the announced size.
func grow(dst []byte, size int64) []byte {
	room := min(size, int64(max(firstAllocation, len(dst))))
	bigger := make([]byte, len(dst), int64(len(dst))+room)
	copy(bigger, dst)
	return bigger
}

// copyTo reads a stream of exactly size bytes through scratch and writes them to w, which never
// fails.
func (f *inflater) copyTo(w io.Writer, size int64, scratch []byte) error {
	if err := f.open(); err != nil {
		return f.src.fault(err)
	}
	for size > 0 {
		n, err := f.some(scratch, size)
		if err != nil {
			return err
		}
		_, _ = w.Write(scratch[:n])
		size -= int64(n)
	}
	return f.end()
}

// some reads a part of the left bytes that are still to come.
func (f *inflater) some(p []byte, left int64) (int, error) {
	n, err := f.z.Read(p[:min(int64(len(p)), left)])
	switch {
	case errors.Is(err, io.EOF) && int64(n) < left:
		return n, fmt.Errorf("%w: the content is shorter than it says", ErrCorrupt)
	case err != nil && !errors.Is(err, io.EOF):
		return n, f.src.fault(err)
	}
	return n, nil // the next Read meets the end again
}

// end makes sure that the stream ends here, which also checks its checksum.
func (f *inflater) end() error {
	for {
		n, err := f.z.Read(f.one[:])
		switch {
		case n > 0:
			return fmt.Errorf("%w: the content is longer than it says", ErrCorrupt)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return f.src.fault(err)
		}
	}
}

package gitwire

import (
	"fmt"
	"io"
)

// Bands of a side-band line: its first payload byte (gitprotocol-capabilities, "side-band-64k").
const (
	bandData     = 1
	bandProgress = 2
	bandFatal    = 3
)

// Sideband is the data of band 1 as a stream. Only at the flush line does it end with io.EOF.
// Otherwise, io.ErrUnexpectedEOF says that the response was cut off, *ServerError carries the words
// of band 3, and ErrMalformed says that it is not a side-band. The first error stays.
type Sideband struct {
	r        *Reader
	progress func([]byte) error
	bare     bool // no side-band at all: all the remaining data, where the pack's own trailer tells its end
	pack     bool // the stream has to hold a pack, of which no byte has come yet
	left     int  // bytes of band 1 in the current line that were not read yet
	err      error
}

// NewSideband reads from r, whose next line must be of a side-band. The data of band 2 goes to
// progress, in pieces that are valid during the call; an error ends the stream. progress may be
// nil.
func NewSideband(r *Reader, progress func([]byte) error) *Sideband {
	return &Sideband{r: r, progress: progress}
}

// newPack is NewSideband for a stream that has to hold a pack.
func newPack(r *Reader, progress func([]byte) error) *Sideband {
	return &Sideband{r: r, progress: progress, pack: true}
}

// Read reads data of band 1. A p of at least 32 KiB is filled without a copy in between.
func (s *Sideband) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, s.err
	}
	if s.bare && s.err == nil {
		s.left = len(p)
	}
	for s.err == nil && s.left == 0 {
		s.err = s.next()
	}
	if s.err == io.EOF && s.pack {
		s.err = ErrNoPack
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.br.Read(p[:min(len(p), s.left)])
	s.left -= n
	switch {
	case s.bare && err == io.EOF && s.pack:
		s.err = ErrNoPack
	case s.bare:
		s.err = err
	case err != nil:
		s.err = midLine(err)
	}
	if n > 0 {
		s.pack = false
		return n, nil
	}
	return 0, s.err
}

// Err returns the error that ended the stream: nil before its end, io.EOF after a complete stream.
func (s *Sideband) Err() error { return s.err }

// next reads lines up to a line with data. io.EOF is the flush line.
func (s *Sideband) next() error {
	kind, n, err := s.r.head()
	switch {
	case err != nil:
		return midLine(err)
	case kind == Flush:
		return io.EOF
	case kind != Data:
		return fmt.Errorf("%w: special line %d inside the side-band", ErrMalformed, kind)
	case n == 0:
		return fmt.Errorf("%w: a side-band line without a band", ErrMalformed)
	}
	band, err := s.r.br.ReadByte()
	if err != nil {
		return midLine(err)
	}
	n--
	switch band {
	case bandData: // an empty line keeps the connection alive (upload-pack, uploadpack.keepAlive)
		s.left = n
		return nil
	case bandProgress:
		return s.pieces(n, s.progress)
	case bandFatal:
		var said lines
		if err := s.pieces(n, said.add); err != nil {
			return err
		}
		return &ServerError{Text: joinLines(said.list())}
	case 'E': // an ERR line where a band should be: the server gave up between two lines
		said := []byte{'E'}
		err := s.pieces(n, func(b []byte) error {
			said = append(said, b[:min(len(b), 2*MaxText-len(said))]...)
			return nil
		})
		if err != nil {
			return err
		}
		if err := serverError(said); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: side-band line with band %d", ErrMalformed, band)
}

// pieces passes n bytes to f, as they come, until it fails.
func (s *Sideband) pieces(n int, f func([]byte) error) error {
	if f == nil {
		_, err := s.r.br.Discard(n)
		return midLine(err)
	}
	for n > 0 {
		b, err := s.r.br.Peek(min(n, s.r.br.Size()))
		if err != nil {
			return midLine(err)
		}
		if err := f(b); err != nil {
			return err
		}
		if _, err := s.r.br.Discard(len(b)); err != nil {
			return err
		}
		n -= len(b)
	}
	return nil
}

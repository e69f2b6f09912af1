package packstage

import "io"

// file has the methods of *os.File that a spool needs.
type file interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Close() error
}

// spool is the temporary file of a stage, or the memory that replaces it, which exists while any
// byte of it is reserved. The stage's mutex guards it; reading and writing reserved extents needs
// no lock.
type spool struct {
	directory string // empty for memory
	create    func(directory string) (file, error)
	f         file // nil while there is none
	space     space
}

// reserve reserves n bytes, appends their extents to dst, and returns their file, which it creates
// if need be.
func (s *spool) reserve(dst []extent, n int64) ([]extent, file, error) {
	if s.f == nil {
		f, err := s.create(s.directory)
		if err != nil {
			return dst, nil, s.fault("create", err)
		}
		s.f = f
	}
	return s.space.reserve(dst, n), s.f, nil
}

// release frees extents, cuts off the free end of the file, and closes a file that is entirely
// free.
func (s *spool) release(extents []extent) {
	if len(extents) == 0 || s.f == nil {
		return
	}
	before := s.space.end
	s.space.release(extents)
	switch {
	case s.space.end == 0:
		_ = s.close() // the file holds nothing that could be lost
	case s.space.end < before:
		// A file that stays too long only wastes space: its bytes are free and will be reserved
		// again.
		_ = s.f.Truncate(s.space.end)
	}
}

// close closes the file, and frees all that was reserved.
func (s *spool) close() error {
	if s.f == nil {
		return nil
	}
	err := s.f.Close()
	s.f, s.space = nil, space{}
	if err != nil {
		return s.fault("close", err)
	}
	return nil
}

func (s *spool) fault(op string, err error) error {
	return &Error{Op: op, Directory: s.directory, Err: err}
}

// writeExtents writes the chunks, each after the other, to the extents, whose length is that of the
// chunks together.
func writeExtents(f file, extents []extent, chunks ...[]byte) error {
	var at extent
	for _, c := range chunks {
		for len(c) > 0 {
			if at.len == 0 {
				at, extents = extents[0], extents[1:]
			}
			part := c[:min(int64(len(c)), at.len)]
			n, err := f.WriteAt(part, at.off)
			if err == nil && n < len(part) {
				err = io.ErrShortWrite
			}
			if err != nil {
				return err
			}
			at = extent{at.off + int64(n), at.len - int64(n)}
			c = c[n:]
		}
	}
	return nil
}

package packstage

import "io"

// file is what a spool needs of *os.File.
type file interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Close() error
}

// spool is the one temporary file of a stage, or the memory that stands for it, which exists while
// any byte of it is handed out. The stage's mutex guards it; reading and writing handed-out extents
// needs no lock.
type spool struct {
	directory string // empty for memory
	create    func(directory string) (file, error)
	f         file // nil while there is none
	space     space
}

// reserve hands out n bytes, appending them to dst, and returns the file they lie in, which it
// creates if need be.
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

// release takes extents back, cuts off the free end of the file and closes a file that is free from
// end to end.
func (s *spool) release(extents []extent) {
	if len(extents) == 0 || s.f == nil {
		return
	}
	before := s.space.end
	s.space.release(extents)
	switch {
	case s.space.end == 0:
		_ = s.close() // all that was in it is free: nothing to lose
	case s.space.end < before:
		// A file that stays too long wastes space, no more: the bytes are free and will be handed
		// out again.
		_ = s.f.Truncate(s.space.end)
	}
}

// close ends the file, and with it all that was handed out.
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

// writeExtents writes the chunks, one after the other, to the extents, which are as long as the
// chunks are together.
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

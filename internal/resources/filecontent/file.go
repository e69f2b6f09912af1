package filecontent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// FromFile is the content of a local file. The file is measured now (and read once, when line
// endings are normalised, for only then its size is known); its content is read when it is opened.
// A file that is larger than maxSize allows (0 for any size) is not read.
func FromFile(ctx context.Context, name string, endings LineEndings, maxSize int64) (Content, error) {
	var c Content
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return c, fmt.Errorf("the local file %q %w: create it, or correct the path (relative paths start at the directory that terraform runs in)", name, ErrMissing)
	case err != nil:
		return c, fmt.Errorf("read the local file: %w", err)
	}
	if err := plainFile(name, info); err != nil {
		return c, err
	}
	c.size = info.Size()
	c.open = func() (io.ReadCloser, error) {
		f, err := openPlain(name, info.Size())
		if err != nil || endings == AsIs {
			return f, err
		}
		return struct {
			io.Reader
			io.Closer
		}{newEndingsReader(f, endings), f}, nil
	}
	if endings == AsIs {
		return c, nil
	}
	// CR LF for every LF makes a file twice as large at most, LF for every CR LF half as large at
	// least.
	if maxSize > 0 && c.size/2 > maxSize {
		return c, tooLarge(c.size, maxSize)
	}
	if c.size, err = c.copyTo(ctx, io.Discard); err != nil {
		return c, fmt.Errorf("read the local file: %w", err)
	}
	return c, nil
}

// plainFile refuses a file that is not regular, or that a kernel makes up while it is read: it
// has no size, and may have no end.
func plainFile(name string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%q is not a regular file but %s", name, kindOf(info.Mode()))
	}
	if info.Size() == 0 && madeUp(name) {
		return fmt.Errorf("%q is not a regular file: the kernel makes up its content; copy it to a file first", name)
	}
	return nil
}

// kindOf is the kind of a file, in words.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	default:
		return "something else (" + mode.Type().String() + ")"
	}
}

// openPlain opens a file that was regular, and of so many bytes, when it was measured. No more is
// read than shows that it has grown, and nothing of a pipe that took its place: O_NONBLOCK keeps
// its opening from waiting for a writer.
func openPlain(name string, size int64) (io.ReadCloser, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = plainFile(name, info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, size+1), f}, nil
}

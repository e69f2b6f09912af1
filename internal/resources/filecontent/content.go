package filecontent

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// ErrChanged says that a local file has another content than when it was measured a moment ago.
var ErrChanged = errors.New("the file changed while it was read")

// ErrMissing says that a local file or directory does not exist. The same apply may make it.
var ErrMissing = errors.New("does not exist")

// Content is the content of a file: of known size, and readable as often as needed. Text that
// stands in the configuration is in memory anyway; a local file is streamed each time. The zero
// value is a content that is not known.
type Content struct {
	size int64
	open func() (io.ReadCloser, error)
}

// Known reports whether there is a content, which may be empty.
func (c Content) Known() bool { return c.open != nil }

// Size is the length in bytes after line endings were normalised.
func (c Content) Size() int64 { return c.size }

// FromBytes is content that is in memory.
func FromBytes(b []byte, endings LineEndings) Content {
	b = endings.Normalise(b)
	return Content{size: int64(len(b)), open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b)), nil
	}}
}

// FromBase64 is content that is in memory as base64 (RFC 4648, padded; line breaks are skipped).
func FromBase64(s string, endings LineEndings) (Content, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		// The error of the decoder names an offset, never content.
		return Content{}, fmt.Errorf("decode base64: %w", err)
	}
	return FromBytes(b, endings), nil
}

// Open begins a reading of the content, which ends with ctx.
func (c Content) Open(ctx context.Context) (io.ReadCloser, error) {
	r, err := c.open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{cancelable{ctx, r}, r}, nil
}

// cancelable is a reader that ends with its context, so that an interrupt ends the reading of a
// large file.
type cancelable struct {
	ctx context.Context //nolint:containedctx // of a single call
	r   io.Reader
}

// Read implements io.Reader.
func (c cancelable) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}

// buffers are the buffers that contents stream through. Ten thousand files would otherwise take a
// third of a gigabyte of them, one after another.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// copyTo streams the content to w. It ends, between two reads, when ctx does.
func (c Content) copyTo(ctx context.Context, w io.Writer) (n int64, err error) {
	r, err := c.Open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	buf := buffers.Get().(*[32 << 10]byte) //nolint:forcetypeassert // there is nothing else in it
	defer buffers.Put(buf)
	// Neither side may bring its own way of copying: a file's takes a buffer of its own.
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, buf[:])
}

// BlobID hashes the content as a blob, streaming.
func (c Content) BlobID(ctx context.Context, f gitobj.Format) (gitobj.ID, error) {
	h := gitobj.NewHasher(f)
	h.Reset(gitobj.KindBlob, c.size)
	n, err := c.copyTo(ctx, h)
	if err == nil && n != c.size {
		err = ErrChanged
	}
	if err != nil {
		return gitobj.ID{}, fmt.Errorf("hash the content: %w", err)
	}
	return h.Sum(), nil
}

// head returns the first n bytes, fewer when there are no more.
func (c Content) head(n int64) (_ []byte, err error) {
	r, err := c.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return io.ReadAll(io.LimitReader(r, n))
}

// tooLarge is the error of a content of more bytes than allowed.
func tooLarge(size, maxSize int64) error {
	return fmt.Errorf("the content has %d bytes, and limits.max_object_size allows %d: raise the limit or keep the file out of the repository", size, maxSize)
}

// Check refuses a content that no file of this mode can hold, or of more than maxSize bytes (0 for
// any size).
func (c Content) Check(mode gitobj.Mode, maxSize int64) error {
	if maxSize > 0 && c.size > maxSize {
		return tooLarge(c.size, maxSize)
	}
	if !mode.IsSymlink() {
		return nil
	}
	// Linux and macOS take targets of less than PATH_MAX bytes; a longer link cannot be checked
	// out.
	if c.size >= gitobj.MaxPath {
		return fmt.Errorf("the target of a symbolic link has %d bytes, and may have %d", c.size, gitobj.MaxPath-1)
	}
	target, err := c.head(gitobj.MaxPath)
	switch {
	case err != nil:
		return err
	case len(target) == 0:
		return errors.New("a symbolic link (mode 120000) needs a target, which is its content: it is empty")
	case bytes.IndexByte(target, 0) >= 0:
		return errors.New("the target of a symbolic link (mode 120000) has a NUL byte, which no file system takes")
	}
	return nil
}

// lfsSpec is the beginning of a Git LFS pointer (git-lfs, docs/spec.md).
const lfsSpec = "version https://git-lfs.github.com/spec/v1\n"

// MaxLFSPointer bounds the size of a Git LFS pointer in bytes: the specification wants less than
// 1024.
const MaxLFSPointer = 1023

// IsLFSPointer reports whether a blob is a Git LFS pointer.
func IsLFSPointer(blob []byte) bool {
	return len(blob) <= MaxLFSPointer && strings.HasPrefix(string(blob), lfsSpec)
}

// IsLFSPointer reports whether the content is a Git LFS pointer itself.
func (c Content) IsLFSPointer() (bool, error) {
	if c.size > MaxLFSPointer {
		return false, nil
	}
	b, err := c.head(MaxLFSPointer + 1)
	return err == nil && IsLFSPointer(b), err
}

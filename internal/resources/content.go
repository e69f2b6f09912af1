package resources

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitqueue"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitread"
)

// errSourceChanged: a local file has other content than when it was measured a moment ago.
var errSourceChanged = errors.New("the file changed while it was read")

// errMissing: a local file or directory is not there. It may be made by the same apply.
var errMissing = errors.New("does not exist")

// content is what a file is to hold: of known size, and readable as often as needed. Text that
// stands in the configuration is in memory anyway; a source file is streamed each time.
type content struct {
	// size is the length in bytes after line endings were normalised.
	size int64
	// at is the attribute that it came from, for diagnostics.
	at   path.Path
	open func() (io.ReadCloser, error)
}

// contentError is content that cannot be used, with the attribute at fault.
type contentError struct {
	at  path.Path
	err error
}

func (e *contentError) Error() string { return e.err.Error() }
func (e *contentError) Unwrap() error { return e.err }

// givenContent is what a configuration says of one file's content: at most one of them is not null.
type givenContent struct {
	text, base64, sensitive, source, writeOnly types.String
}

// content finds the content of a file of this mode, whose attributes are below at. ok is false
// while it is not known yet.
func (g givenContent) content(ctx context.Context, at path.Path, mode gitobj.Mode, endings lineEndings, maxSize int64) (c content, ok bool, err error) {
	switch {
	case known(g.text):
		c = newContent(at.AtName("content"), []byte(g.text.ValueString()), endings)
	case known(g.sensitive):
		c = newContent(at.AtName("sensitive_content"), []byte(g.sensitive.ValueString()), endings)
	case known(g.writeOnly):
		c = newContent(at.AtName("content_wo"), []byte(g.writeOnly.ValueString()), endings)
	case known(g.base64):
		c, err = decodeContent(at.AtName("content_base64"), g.base64.ValueString(), endings)
	case known(g.source):
		c, err = openSource(ctx, at.AtName("source"), g.source.ValueString(), endings, maxSize)
	default:
		return c, false, nil
	}
	if err == nil {
		err = c.check(mode, maxSize)
	}
	return c, err == nil, err
}

// newContent is content that is in memory.
func newContent(at path.Path, b []byte, endings lineEndings) content {
	b = endings.normalise(b)
	return content{size: int64(len(b)), at: at, open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b)), nil
	}}
}

// decodeContent is content that is in memory as base64 (RFC 4648, padded; line breaks are skipped).
func decodeContent(at path.Path, s string, endings lineEndings) (content, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		// The error of the decoder names an offset, never content.
		return content{}, &contentError{at, fmt.Errorf("decode base64: %w", err)}
	}
	return newContent(at, b, endings), nil
}

// buffers are what contents stream through. Ten thousand files would otherwise take a third of a
// gigabyte of them, one after another.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// copyTo streams the content to w. It ends, between two reads, when ctx does.
func (c content) copyTo(ctx context.Context, w io.Writer) (n int64, err error) {
	r, err := c.open()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	buf := buffers.Get().(*[32 << 10]byte) //nolint:forcetypeassert // there is nothing else in it
	defer buffers.Put(buf)
	// Neither side may bring its own way of copying: a file's takes a buffer of its own.
	return io.CopyBuffer(struct{ io.Writer }{w}, heedful{ctx, r}, buf[:])
}

// blobID hashes the content as a blob, streaming.
func (c content) blobID(ctx context.Context, f gitobj.Format) (gitobj.ID, error) {
	h := gitobj.NewHasher(f)
	h.Reset(gitobj.KindBlob, c.size)
	n, err := c.copyTo(ctx, h)
	if err == nil && n != c.size {
		err = errSourceChanged
	}
	if err != nil {
		return gitobj.ID{}, &contentError{c.at, fmt.Errorf("hash the content: %w", err)}
	}
	return h.Sum(), nil
}

// stage puts the content into the stage of a branch and checks that it is the blob that a plan
// promised, if it did. The caller discards the blob.
func (c content) stage(ctx context.Context, b *gitqueue.Branch, promised gitobj.ID) (gitobj.ID, error) {
	// What goes wrong with the branch is not the content's fault.
	switch format, err := b.Format(ctx); {
	case err != nil:
		return gitobj.ID{}, err
	case promised.Format() != 0 && promised.Format() != format:
		return gitobj.ID{}, fmt.Errorf("%w: the plan promised blob %s, a %s name, and the repository names objects by %s",
			gitread.ErrFormat, promised, promised.Format(), format)
	}
	src, err := c.open()
	if err != nil {
		return gitobj.ID{}, &contentError{c.at, err}
	}
	blob, err := b.StageBlob(ctx, c.size, heedful{ctx, src})
	err = errors.Join(err, src.Close())
	if err != nil {
		return gitobj.ID{}, &contentError{c.at, err}
	}
	if !promised.IsZero() && promised != blob {
		b.Discard(blob)
		return gitobj.ID{}, &contentError{c.at, fmt.Errorf("the plan promised blob %s, and the content is blob %s: %w", promised, blob, errSourceChanged)}
	}
	return blob, nil
}

// head returns the first n bytes, fewer when there are no more.
func (c content) head(n int64) (_ []byte, err error) {
	r, err := c.open()
	if err != nil {
		return nil, &contentError{c.at, err}
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return io.ReadAll(io.LimitReader(r, n))
}

// tooLarge is the error of a content of more bytes than allowed.
func tooLarge(size, maxSize int64) error {
	return fmt.Errorf("the content has %d bytes, and limits.max_object_size allows %d: raise the limit or keep the file out of the repository", size, maxSize)
}

// check refuses what no file of this mode can hold.
func (c content) check(mode gitobj.Mode, maxSize int64) error {
	if maxSize > 0 && c.size > maxSize {
		return &contentError{c.at, tooLarge(c.size, maxSize)}
	}
	if !mode.IsSymlink() {
		return nil
	}
	// Linux and macOS take targets of less than PATH_MAX bytes; a longer link cannot be checked
	// out.
	if c.size >= gitobj.MaxPath {
		return &contentError{c.at, fmt.Errorf("the target of a symbolic link has %d bytes, and may have %d", c.size, gitobj.MaxPath-1)}
	}
	target, err := c.head(gitobj.MaxPath)
	switch {
	case err != nil:
		return err
	case len(target) == 0:
		return &contentError{c.at, errors.New("a symbolic link (mode 120000) needs a target, which is its content: it is empty")}
	case bytes.IndexByte(target, 0) >= 0:
		return &contentError{c.at, errors.New("the target of a symbolic link (mode 120000) has a NUL byte, which no file system takes")}
	}
	return nil
}

// lfsSpec is how a Git LFS pointer begins (git-lfs, docs/spec.md).
const lfsSpec = "version https://git-lfs.github.com/spec/v1\n"

// maxLFSPointer bounds a pointer's size in bytes: the specification wants less than 1024.
const maxLFSPointer = 1023

// isLFSPointer reports whether a blob is a Git LFS pointer.
func isLFSPointer(blob []byte) bool {
	return len(blob) <= maxLFSPointer && strings.HasPrefix(string(blob), lfsSpec)
}

// isLFSPointer reports whether the content is a Git LFS pointer itself.
func (c content) isLFSPointer() (bool, error) {
	if c.size > maxLFSPointer {
		return false, nil
	}
	b, err := c.head(maxLFSPointer + 1)
	return err == nil && isLFSPointer(b), err
}

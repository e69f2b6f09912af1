package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// A file is a header and the content, not deflated. Deflating would save little: a file takes whole
// blocks of the disk, most directories are smaller than a block, and the ids in them do not
// deflate.
//
//	0  "ngo1"
//	4  kind, 0 for a hint record
//	5  the time at which it was put, in seconds since 1970
//	13 CRC-32C of the file's name, bytes 0 to 13 of this header, and the content
//	17 content
const (
	magic      = "ngo1"
	atKind     = 4
	atPut      = 5
	atSum      = 13
	headerSize = 17
)

// kindHint is the kind in the header of a hint record.
const kindHint gitobj.Kind = 0

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errSpoiled says that a file is not as it was put under its name.
var errSpoiled = fmt.Errorf("%w: removed it", objstore.ErrCorrupt)

// value is the content of a file.
type value struct {
	kind gitobj.Kind
	put  time.Time
	data []byte
	used time.Time // the time at which it was put or used last, about
}

// appendValue appends the file for data named path to b.
func appendValue(b []byte, path string, kind gitobj.Kind, put time.Time, data []byte) []byte {
	start := len(b)
	b = append(b, magic...)
	b = append(b, byte(kind))
	b = binary.BigEndian.AppendUint64(b, uint64(put.Unix()))
	b = binary.BigEndian.AppendUint32(b, checksum(path, b[start:], data))
	return append(b, data...)
}

// checksum covers the name, so that a file under another's name is found out.
func checksum(path string, header, data []byte) uint32 {
	sum := crc32.Update(0, castagnoli, []byte(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path)))
	return crc32.Update(crc32.Update(sum, castagnoli, header[:atSum]), castagnoli, data)
}

// read reads a file. A missing file is fs.ErrNotExist, and so is a file that is larger than limit,
// because it was put by a store that takes more, or that is too large for the room that is left. A
// spoiled file is removed, so that it can be put again, and is errSpoiled.
func read(path string, limit int64, room *objstore.Room) (v value, err error) {
	f, err := os.Open(path)
	if err != nil {
		return v, err
	}
	v, err = readFrom(f, path, limit, room)
	_ = f.Close() // nothing was written
	if errors.Is(err, errSpoiled) {
		_ = os.Remove(path) // if that fails, the next reader finds it spoiled too
	}
	return v, err
}

// readFrom reads an open file; see read.
func readFrom(f *os.File, path string, limit int64, room *objstore.Room) (v value, err error) {
	info, err := f.Stat()
	if err != nil {
		return v, err
	}
	size := info.Size()
	switch {
	case !info.Mode().IsRegular():
		return v, fmt.Errorf("%s is no file", path)
	case size > headerSize+limit:
		return v, fs.ErrNotExist
	case size < headerSize:
		return v, errSpoiled
	case !room.Take(size):
		return v, fs.ErrNotExist
	}
	defer func() {
		if err != nil {
			room.Give(size)
		}
	}()
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
			return v, errSpoiled
		}
		return v, err
	}
	v = value{
		kind: gitobj.Kind(b[atKind]),
		put:  time.Unix(int64(binary.BigEndian.Uint64(b[atPut:])), 0),
		data: b[headerSize:],
		used: info.ModTime(),
	}
	if string(b[:atKind]) != magic || binary.BigEndian.Uint32(b[atSum:]) != checksum(path, b, v.data) {
		return value{}, errSpoiled
	}
	return v, nil
}

// blockSize is the unit in which most file systems give room to files.
const blockSize = 4 << 10

// room returns the bytes that a file of n bytes takes on the disk.
func room(n int64) int64 { return (n + blockSize - 1) &^ (blockSize - 1) }

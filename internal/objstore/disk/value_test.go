package disk

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// FuzzValue reads anything as the file of an object: it has the form of a value that was put under
// this name, or it is spoiled and removed. A value that was put is read again.
func FuzzValue(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "ab", "cdef")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		f.Fatal(err)
	}
	whole := appendValue(nil, path, gitobj.KindBlob, time.Unix(1, 0), []byte("content"))
	for _, b := range [][]byte{whole, whole[:headerSize], whole[:3], nil, append([]byte("ngo2"), whole[4:]...), appendValue(nil, "other/name", 9, time.Unix(-1, 0), nil)} {
		f.Add(b, false)
	}
	f.Add([]byte("content"), true)
	const limit = 1 << 10
	f.Fuzz(func(t *testing.T, data []byte, put bool) {
		content := data
		if put {
			data = appendValue(nil, path, gitobj.KindTree, time.Unix(77, 0), content)
		}
		if err := os.WriteFile(path, data, files); err != nil {
			t.Fatal(err)
		}
		v, err := read(path, limit, nil)
		switch {
		case len(data) > headerSize+limit:
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%d bytes of file: %v", len(data), err)
			}
		case errors.Is(err, errSpoiled):
			if _, err := os.Stat(path); put || !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("spoiled, put %v, and still there: %v", put, err)
			}
		case err != nil:
			t.Error(err)
		case put && (v.kind != gitobj.KindTree || !bytes.Equal(v.data, content) || v.put.Unix() != 77):
			t.Errorf("got a %s of %d bytes, put at %v", v.kind, len(v.data), v.put)
		case !bytes.Equal(appendValue(nil, path, v.kind, v.put, v.data), data):
			t.Errorf("%q is read as what it is not", data)
		}
	})
}

package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// The files of the store, below its directory. Files of other layouts and of other programs are
// left alone.
//
//	v1/objects/ab/cdef…   an object, by the digits of its id: 40 of SHA-1, 64 of SHA-256
//	v1/notes/…            a hint record, by its key
//	v1/…/.tmp-…           an object or a hint record that is being written
//	v1/usage, v1/swept, v1/lock
const (
	layout      = "v1"
	objectsDir  = "objects"
	hintsDir    = "notes"
	tempPrefix  = ".tmp-"
	fanOut      = 2 // digits
	directories = 0o700
	files       = 0o600
)

// newToken returns a part of the names of temporary files that no other store has, in any process
// or on any machine.
func newToken() string { return strconv.Itoa(os.Getpid()) + "-" + rand.Text() }

// objectPath returns the path of an object.
func (s *Store) objectPath(id gitobj.ID) string {
	name := id.String()
	return filepath.Join(s.root, objectsDir, name[:fanOut], name[fanOut:])
}

// hintPath returns the path of a hint record. It refuses a key that is no name: it would be a path.
func (s *Store) hintPath(key string) (string, error) {
	if !hexadecimal(key) {
		return "", fmt.Errorf("hint record %.80q: a key has hexadecimal digits and nothing else", key)
	}
	return filepath.Join(s.root, hintsDir, key), nil
}

// hexadecimal reports whether a name has the form of the names of objects and hint records.
func hexadecimal(name string) bool {
	return name != "" && strings.Trim(name, "0123456789abcdef") == ""
}

// cachedirTag lets programs that make backups pass the directory over (bford.info/cachedir).
const cachedirTag = "Signature: 8a477f597d28d172789f06886806bc55\n# What is below was fetched by terraform-provider-nanogit, and will be again if it is removed.\n"

// write makes a file with this content, or no file: it gets its name when it is complete. An older
// file is replaced.
func (s *Store) write(path string, content []byte) error {
	temp := filepath.Join(filepath.Dir(path), tempPrefix+s.token+"-"+strconv.FormatUint(s.serial.Add(1), 36))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, files)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.makeDirectory(filepath.Dir(path)); err == nil {
			f, err = os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, files)
		}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

// makeDirectory makes a directory of the store, and the tag of a cache if it is missing.
func (s *Store) makeDirectory(path string) error {
	if err := os.MkdirAll(path, directories); err != nil {
		return err
	}
	tag := filepath.Join(s.Directory(), "CACHEDIR.TAG")
	if _, err := os.Lstat(tag); errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(tag, []byte(cachedirTag), files)
	}
	return nil
}

package packstage

import (
	"crypto/rand"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// createFile opens a new file in dir that the system deletes when its handle is closed, even for a
// process that is killed. Until then the file has a name, unlike on Unix.
func createFile(dir string) (file, error) {
	const flags = os.O_RDWR | os.O_CREATE | os.O_EXCL | windows.FILE_FLAG_DELETE_ON_CLOSE
	name := filepath.Join(dir, "nanogit-stage-"+rand.Text())
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

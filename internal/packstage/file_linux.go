package packstage

import (
	"os"

	"golang.org/x/sys/unix"
)

// createFile opens a new file in dir, mode 0600, that never had a name (O_TMPFILE of open(2)): it
// lives as long as its descriptor, and nothing is left of it however and whenever the process ends.
// O_EXCL says that nobody can give it a name later. On a file system without such files (NFS, some
// overlays), the file has a name, which is removed at once.
func createFile(dir string) (file, error) {
	f, err := os.OpenFile(dir, unix.O_TMPFILE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return createUnlinked(dir)
	}
	return f, nil
}

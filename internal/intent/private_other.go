//go:build !unix

package intent

import "os"

// private reports whether a directory is this user's. It is below the user's own directory for
// temporary files, so it can be nobody else's.
func private(dir string) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir()
}

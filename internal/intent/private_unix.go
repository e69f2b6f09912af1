//go:build unix

package intent

import (
	"os"
	"syscall"
)

// private reports whether a directory, by its os.Lstat, is this user's and nobody else may write to
// it.
func private(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.IsDir() && info.Mode().Perm()&0o077 == 0 && int(stat.Uid) == os.Getuid()
}

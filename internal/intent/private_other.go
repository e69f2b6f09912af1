//go:build !unix

package intent

import "os"

// private reports whether a directory, by its os.Lstat, is this user's. It is below the user's own
// directory for temporary files, so it can be nobody else's.
func private(info os.FileInfo) bool { return info.IsDir() }

//go:build unix && !linux

package packstage

// createFile opens a new file in dir, mode 0600, without a name.
func createFile(dir string) (file, error) { return createUnlinked(dir) }

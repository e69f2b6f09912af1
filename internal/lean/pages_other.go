//go:build !linux

package lean

// Pages does nothing on systems other than Linux.
func Pages() {}

//go:build !linux

package lean

// Pages does nothing here.
func Pages() {}

//go:build !linux

package intent

// Siblings returns nil: only Linux has files in memory that processes can find without a name in a
// directory, which a killed process would leave behind.
func Siblings() Link { return nil }

//go:build !linux

package intent

// Siblings is the link of this process with the others that the same engine started; nil where
// there can be none. Only Linux has files in memory that processes can find without a name in a
// directory, which a killed process would leave behind.
func Siblings() Link { return nil }

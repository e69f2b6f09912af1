//go:build !race

package peak

import (
	"os"
	"testing"
)

// program returns the test program to measure: the running program.
func program(*testing.T) (string, error) { return os.Args[0], nil }

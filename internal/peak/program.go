//go:build !race

package peak

import (
	"os"
	"testing"
)

// program is the test program that is measured: the one that runs.
func program(*testing.T) (string, error) { return os.Args[0], nil }

package property_test

import (
	"io"
	"log"
	"os"
	"testing"
)

// TestMain silences what providers log at exit: there are thousands of them.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

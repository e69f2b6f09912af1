package property_test

import (
	"io"
	"log"
	"os"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/test/acctest"
)

// TestMain silences the logs of providers at exit: there are thousands of them. Most of a script is
// waiting.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(acctest.Main(m))
}

//go:build race

package peak

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is the test program that is measured: the package's tests, built without the race
// detector. A test runs in its package's directory.
func program(t *testing.T) (string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "peak.test")
	// #nosec G204 -- a name of our own
	out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", name, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build without the race detector: %w\n%s", err, out)
	}
	return name, nil
}

package acctest_test

import (
	"os"
	"testing"
)

// The first objects fit, so that nothing shows before the writing in the background comes to those after them.
func TestACacheThatIsFullIsToldOnce(t *testing.T) {
	t.Parallel()
	applyBeside(t, func(t *testing.T, directory string) {
		t.Helper()
		if err := os.Symlink(tmpfs(t, "size=64k"), directory); err != nil {
			t.Fatal(err)
		}
	})
}

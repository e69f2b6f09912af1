package acctest_test

import (
	"os"
	"testing"
)

// The first objects fit, so nothing fails before the provider writes the later objects in the
// background; by then, a single response is left that can carry the warning.
func TestACacheThatIsFullIsToldOnce(t *testing.T) {
	t.Parallel()
	const fiftyFilesAtOnce = `
resource "nanogit_files" "f" {
  files = { for i in range(50) : "d${i}/f.txt" => { content = "file ${i}\n" } }
}
`
	applyWithSpoiledCache(t, fiftyFilesAtOnce, func(t *testing.T, directory string) {
		t.Helper()
		if err := os.Symlink(tmpfs(t, "size=64k"), directory); err != nil {
			t.Fatal(err)
		}
	})
}

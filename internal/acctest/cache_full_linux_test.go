package acctest_test

import (
	"os"
	"testing"
)

// The first objects fit, so that nothing shows before the writing in the background comes to those
// after them; and there is only one answer that can tell of it.
func TestACacheThatIsFullIsToldOnce(t *testing.T) {
	t.Parallel()
	const fiftyFilesAtOnce = `
resource "nanogit_files" "f" {
  files = { for i in range(50) : "d${i}/f.txt" => { content = "file ${i}\n" } }
}
`
	applyBeside(t, fiftyFilesAtOnce, func(t *testing.T, directory string) {
		t.Helper()
		if err := os.Symlink(tmpfs(t, "size=64k"), directory); err != nil {
			t.Fatal(err)
		}
	})
}

package gitwriter_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitwriter"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
	"github.com/nanogit/terraform-provider-nanogit/internal/test/writertest"
)

// openBelow counts the files below dir that this process has open, those without a name included.
func openBelow(t *testing.T, dir string) int {
	t.Helper()
	const fds = "/proc/self/fd"
	entries, err := os.ReadDir(fds)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		// A file that was closed since it was listed is not open.
		if name, err := os.Readlink(filepath.Join(fds, e.Name())); err == nil && strings.HasPrefix(name, dir+"/") {
			n++
		}
	}
	return n
}

func TestTheModeHoldsOverAllPushesOfAWriterAndEachFreesItsSpace(t *testing.T) {
	t.Parallel()
	for mode, want := range map[packstage.Mode][2]int{ // files open with a staged object: before, and after a push of twelve
		packstage.Memory: {0, 0},
		packstage.Disk:   {1, 1},
		packstage.Auto:   {0, 1},
	} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			m := writertest.NewMemory(t, readme)
			dir := t.TempDir()
			b := m.Branch(t, func(o *writertest.Options) { o.Stage = packstage.Options{Mode: mode, Directory: dir} })
			one := func() {
				t.Helper()
				i := len(m.Parents())
				c := writertest.Put(t, b, fmt.Sprintf("one%d", i), fmt.Sprint("one ", i))
				if got := openBelow(t, dir); got != want[min(i-1, 1)] {
					t.Errorf("with a staged object after %d commits: %d files, want %d", i, got, want[min(i-1, 1)])
				}
				b.Discard(c.Blob)
			}
			one()
			for push := range 3 {
				var changes []gitwriter.Change
				for i := range 12 {
					changes = append(changes, writertest.Put(t, b, fmt.Sprintf("d%d/f%02d", push, i), fmt.Sprint(push, i)))
				}
				if got, want := openBelow(t, dir), min(1, want[1]); got != want {
					t.Errorf("push %d: %d files open, want %d", push, got, want)
				}
				writertest.Commit(t, b, changes...)
				for _, c := range changes {
					b.Discard(c.Blob)
				}
				if got := openBelow(t, dir); got != 0 {
					t.Errorf("after push %d: %d files open, want none", push, got)
				}
				one()
			}
		})
	}
}

func TestAStageWithoutADirectoryFailsWhatNeedsItAndNothingElse(t *testing.T) {
	t.Parallel()
	m := writertest.NewMemory(t, readme)
	dir := filepath.Join(t.TempDir(), "later")
	b := m.Branch(t, func(o *writertest.Options) { o.Stage = packstage.Options{Directory: dir, AutoObjects: 4} })
	head := m.Head()
	kept := []gitwriter.Change{writertest.Put(t, b, "a", "a"), writertest.Put(t, b, "b", "b"), writertest.Put(t, b, "c", "c"), writertest.Put(t, b, "d", "d")}
	says := func(err error) {
		t.Helper()
		var e *packstage.Error
		if !errors.As(err, &e) || e.Directory != dir || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "set staging.directory") {
			t.Errorf("got error %v, want one that names the directory and what to do", err)
		}
	}
	_, err := b.StageBlob(t.Context(), 1, strings.NewReader("e"))
	says(err)
	// There is no room for the commit itself either: each of its changes fails, and stays staged.
	for _, o := range b.Commit(t.Context(), kept, writertest.Meta) {
		says(o.Err)
	}
	// Two of them fit with their tree and commit.
	b.Discard(kept[2].Blob, kept[3].Blob)
	if m.Head() != head {
		t.Error("the branch moved")
	}
	writertest.Commit(t, b, kept[:2]...)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	writertest.Commit(t, b, writertest.Put(t, b, "c", "c"), writertest.Put(t, b, "d", "d"), writertest.Put(t, b, "e", "e"))
	if n := len(m.Tree(m.Head())); n != 6 || m.Files()["e"] != "e" {
		t.Errorf("%d files, want 6", n)
	}
}

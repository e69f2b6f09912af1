package packstage

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// TestAFullDiskIsReported writes to the device that is always full.
func TestAFullDiskIsReported(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Mode: Disk, Directory: emptyAfter(t)})
	s.spool.create = func(string) (file, error) { return os.OpenFile("/dev/full", os.O_RDWR, 0) }
	for _, data := range [][]byte{small(1), noise(1, 3*chunkSize)} {
		_, err := s.PutBytes(t.Context(), gitobj.KindBlob, data)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got error %v, want one that is ENOSPC", err)
		}
	}
}

// TestADirectoryThatCannotBeWrittenToIsNamed stages as somebody who may not write there. Root may
// write everywhere: as root, the thread makes its files as nobody.
func TestADirectoryThatCannotBeWrittenToIsNamed(t *testing.T) {
	dir := emptyAfter(t)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		runtime.LockOSThread() // and never unlocked: the thread ends with the test
		const nobody = 65534
		if err := unix.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := unix.Setfsuid(0); err != nil {
				t.Error(err)
			}
		}()
	}
	for _, mode := range []Mode{Disk, Auto} {
		s := newStage(t, Options{Mode: mode, Directory: dir, AutoObjects: 1})
		if mode == Auto {
			putBytes(t, s, small(1))
		}
		before := s.Stats()
		_, err := s.PutBytes(t.Context(), gitobj.KindBlob, small(2))
		var e *Error
		if !errors.As(err, &e) || e.Op != "create" || e.Directory != dir || !errors.Is(err, syscall.EACCES) || !strings.Contains(err.Error(), "set staging.directory") {
			t.Errorf("%s: got error %v, want one that is EACCES and says what to do", mode, err)
		}
		if got := s.Stats(); got != before {
			t.Errorf("%s: got %+v, want %+v as before", mode, got, before)
		}
	}
}

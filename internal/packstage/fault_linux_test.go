package packstage

import (
	"errors"
	"os"
	"syscall"
	"testing"

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

// TestTheFileHasNoNameAndIsPrivate looks at the open file the way another process could.
func TestTheFileHasNoNameAndIsPrivate(t *testing.T) {
	t.Parallel()
	dir := emptyAfter(t)
	s := newStage(t, Options{Mode: Disk, Directory: dir})
	putBytes(t, s, small(1))
	mustBeEmpty(t, dir)
	f, ok := s.spool.f.(*os.File)
	if !ok {
		t.Fatalf("the file is a %T", s.spool.f)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	if sys, ok := info.Sys().(*syscall.Stat_t); !ok || sys.Nlink != 0 {
		t.Errorf("the file still has a name: %+v", info.Sys())
	}
}
